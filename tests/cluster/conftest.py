"""What the tests of clusters share: a Slurm, and a night that was reduced without one."""

import pytest

import slurm as slurm_
from night import Reduced, reduce, write_small_night
from smallnight import SETTINGS


@pytest.fixture(scope="session")
def slurm(tmp_path_factory):
    """A Slurm of one node, with the partition ``night``."""
    lacking = slurm_.missing()
    if lacking:
        pytest.skip(f"Slurm is not installed (Debian: slurm-wlm, munge): no {', '.join(lacking)}")
    folder = tmp_path_factory.mktemp("slurm")
    with slurm_.running(folder, "night") as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", running.path)
        yield running


@pytest.fixture(scope="session")
def night(tmp_path_factory) -> Reduced:
    """The demonstration night in small, reduced on this computer."""
    folder = tmp_path_factory.mktemp("local")
    write_small_night(folder, 480, 320, lights=(4, 0))
    local = reduce(folder, **SETTINGS)
    assert local.run.code == 0, local.run.text
    assert [row["solved"] for row in local.table("report/solved.csv")] == ["True"] * 4
    return local
