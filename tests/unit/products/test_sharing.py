"""Masters shared through a folder: made once, and never mistaken for another."""

import os
from pathlib import Path

import pytest

from exposed import expose_set
from frames import settings
from plateworks.errors import PlateworksError
from plateworks.inventory.scan import scan
from plateworks.inventory.sources import Source
from plateworks.jobs.jobs import Jobs
from plateworks.planning.plan import build_plan
from plateworks.products import sharing
from plateworks.products.masters import make_master


@pytest.fixture
def made(monkeypatch) -> list[str]:
    """The masters that are really combined."""
    outputs = []

    def make(order, output, **how):
        outputs.append(output)
        make_master(order, output, **how)

    monkeypatch.setattr(sharing, "make_master", make)
    return outputs


@pytest.fixture
def raw(tmp_path) -> Path:
    expose_set(tmp_path / "raw", "bias", 3)
    return tmp_path / "raw"


def provide(raw: Path, night: str, **masters: object) -> Path:
    """Provide the master bias of `raw` to the results of a night."""
    given = settings(raw, raw.parent / night, masters=masters)
    plan = build_plan(scan([Source(str(raw))], raw.parent / f"{night}.json"), given)
    (master,) = plan.to_make
    order = Jobs(plan).master(master.path)
    sharing.provide_master(order, master.path, share=str(raw.parent / "share"))
    return Path(master.path)


def test_a_second_run_takes_the_master_of_the_first(raw, made):
    first, second = provide(raw, "one"), provide(raw, "two")
    assert first.read_bytes() == second.read_bytes()
    assert len(made) == 1


@pytest.mark.parametrize("harm", ["cut", "flipped", "without its digest"])
def test_a_shared_master_that_is_not_as_it_was_made_is_made_anew(raw, made, caplog, harm):
    right = provide(raw, "one").read_bytes()
    (shared,) = (raw.parent / "share").rglob("*.fits")
    if harm == "cut":
        os.truncate(shared, 2880 * (len(right) // 2880 - 1))  # whole blocks: it still looks right
    elif harm == "flipped":
        shared.write_bytes(right[:-5000] + bytes([right[-5000] ^ 1]) + right[-4999:])
    else:
        shared.with_name(f"{shared.name}.digest").unlink()
    assert provide(raw, "two").read_bytes() == right
    assert len(made) == 2 and f"{shared} is not as it was made" in caplog.text
    provide(raw, "three")
    assert len(made) == 2


def test_a_copy_may_be_removed_and_changed_without_harm_to_others(raw, made):
    first, second = provide(raw, "one"), provide(raw, "two")
    kept = second.read_bytes()
    with open(first, "r+b") as file:
        file.write(b"spoilt")
    first.unlink()
    assert second.read_bytes() == kept == provide(raw, "one").read_bytes()
    assert len(made) == 1


def test_a_changed_frame_another_setting_or_one_more_frame_make_another_master(raw, made):
    provide(raw, "one")
    provide(raw, "two", rejection_map=True)
    stamp = raw / "bias_20250815_0000.fits"
    os.utime(stamp, ns=(1, 1))
    provide(raw, "three")
    expose_set(raw, "bias", 4)
    provide(raw, "four")
    assert len(made) == len(set(made)) == 4


def test_without_a_shared_folder_the_master_is_made_in_its_place(raw, made, tmp_path):
    plan = build_plan(
        scan([Source(str(raw))], tmp_path / "scan.json"), settings(raw, tmp_path / "one")
    )
    (master,) = plan.to_make
    sharing.provide_master(Jobs(plan).master(master.path), master.path)
    assert made == [master.path]


def test_a_shared_folder_that_cannot_be_written_is_named_with_its_setting(raw):
    (raw.parent / "share").write_text("this is no folder")
    with pytest.raises(PlateworksError, match=r"share/.*masters\.share"):
        provide(raw, "one")
