"""Frames that did not solve: searched for again once they may, with all else left as it is."""

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from faults import Fault, injected
from night import write_small_night
from plateworks.demo.scene import INDEX
from plateworks.sky import engines
from plateworks.sky.engines.indexes import USUAL_PLACES
from workflow import Run, snakemake

#: Kills the child process of the engine `embedded` as it starts.
EMBEDDED = """
import os, signal, sys
if "worker.py" in " ".join(sys.orig_argv):
    os.kill(os.getpid(), signal.SIGKILL)
"""
#: The same for the program `solve-field`.
PROGRAM = "#!/bin/sh\nkill -9 $$\n"
SETTINGS = """raw: raw
calibrate: {{allow_uncalibrated: true}}
solve: {{engine: {engine}, index_dirs: [index]}}
"""


@pytest.fixture(params=list(engines.ENGINES))
def night(request, tmp_path) -> tuple[Path, str]:
    """A night of three lights, the last without stars, its folder of indexes still empty."""
    if lack := engines.ENGINES[request.param].lack():
        pytest.skip(f"the engine {request.param} needs {lack}")
    raw = write_small_night(tmp_path, width=480, height=360, lights=(3, 0))
    calibration = [path for path in raw.iterdir() if "calibration" in path.name]
    for folder in calibration:
        shutil.rmtree(folder)
    lights = sorted(raw.rglob("*LIGHT*/**/*.fits"))
    with fits.open(lights[-1], mode="update") as hdus:
        noise = np.random.default_rng(1).normal(1000.0, 10.0, hdus[0].data.shape)
        hdus[0].data[:] = noise.astype(hdus[0].data.dtype)
    (tmp_path / "index").mkdir()
    (tmp_path / "settings.yaml").write_text(SETTINGS.format(engine=request.param))
    return tmp_path, request.param


@pytest.fixture
def run(night, tmp_path):
    """A function that runs the workflow where no index is found but in the night's own folder."""
    usual = (Fault("stat", os.path.expanduser(place), errno.ENOENT) for place in USUAL_PLACES)
    faults = injected(tmp_path / "faults", *usual)

    def running(*arguments: str, **environment: str) -> Run:
        return snakemake(
            night[0], "solved", *arguments, "--configfile", "settings.yaml",
            apart=True, **faults.environment, **environment,
        )  # fmt: skip

    return running


def made(folder: Path, stage: str) -> dict[str, bytes]:
    """Return what is made in a stage."""
    paths = sorted((folder / "results" / stage).rglob("*.fits"))
    return {path.name: path.read_bytes() for path in paths}


def solved(folder: Path) -> list[bool]:
    paths = sorted((folder / "results" / "solved").rglob("*.fits"))
    return [fits.getval(path, "PLTSOLVD") for path in paths]


def test_an_index_that_is_installed_solves_what_is_open_and_nothing_else_is_made(night, run):
    folder, _ = night
    first = run()
    assert first.code == 0, first.text
    assert solved(folder) == [False, False, False]
    assert first.text.count("no index file was found") >= 1
    calibrated = made(folder, "calibrated")
    assert "Nothing to be done" in run().text

    shutil.copy(INDEX, folder / "index")
    second = run()
    assert second.code == 0, second.text
    assert second.stages == {"solve": 1, "solved": 1}
    assert solved(folder) == [True, True, False]
    assert made(folder, "calibrated") == calibrated
    assert "Nothing to be done" in run().text

    before = made(folder, "solved")
    shutil.copy(INDEX, folder / "index" / "index-other.fits")
    third = run()
    assert third.code == 0, third.text
    assert third.stages == {"solve": 1, "solved": 1}
    [log] = (folder / "results" / "logs" / "solve").glob("*.log")
    assert log.read_text().count(": solved already") == 2
    assert log.read_text().count(": not solved: ") == 1
    assert made(folder, "solved") == before


def test_an_engine_that_is_killed_fails_its_job_by_name_and_the_next_run_solves(night, run):
    folder, engine = night
    shutil.copy(INDEX, folder / "index")
    (deadly := folder / "deadly").mkdir()
    (deadly / "sitecustomize.py").write_text(EMBEDDED)
    (deadly / "solve-field").write_text(PROGRAM)
    (deadly / "solve-field").chmod(0o755)
    killed = run(PYTHONPATH=str(deadly), PATH=f"{deadly}{os.pathsep}{os.environ['PATH']}")
    assert killed.code == 1
    conclusion = killed.text.rpartition("Made so far")[2]
    assert "1 job failed\n    results/solved/" in conclusion
    assert f"The engine {engine} failed" in conclusion and "status -9" in conclusion
    assert made(folder, "solved") == {}
    calibrated = made(folder, "calibrated")
    again = run()
    assert again.code == 0, again.text
    assert again.stages == {"solve": 1, "solved": 1}
    assert solved(folder) == [True, True, False]
    assert made(folder, "calibrated") == calibrated
