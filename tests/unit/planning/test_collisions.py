"""No product takes the place of what is read, or of what somebody typed."""

import re
from pathlib import Path

import pytest

from frames import settings, write_frame, write_night
from orders import HOT
from plateworks.errors import ConfigError
from plateworks.jobs.jobs import Jobs
from plateworks.planning.repairs import lists_to_make
from plateworks.planning.run import plan_run
from plateworks.products.cosmetics import make_cosmetic_list


def write_darks(folder) -> None:
    for i in range(3):
        when = f"2025-08-15T20:{i:02d}:00"
        write_frame(folder / f"d{i}.fits", "DARK", exptime=120.0, date_obs=when)


def test_a_product_never_takes_the_place_of_a_frame(tmp_path):
    raw = tmp_path / "raw"
    write_darks(raw)
    complete = settings([f"={raw}/d{i}.fits" for i in range(3)], raw, names={"dark": "d0.fits"})
    with pytest.raises(ConfigError, match=r"d0\.fits is read as a frame.*names\.dark"):
        plan_run(complete, rescan=True)


def test_a_list_made_takes_the_place_of_a_list_made_before_and_of_no_other(tmp_path):
    raw = tmp_path / "raw"
    write_darks(raw)
    names = {"cosmetic": "cosme{exposure}.lst"}
    complete = settings(raw, raw, names=names)
    plan = plan_run(complete, rescan=True)
    [(path, _)] = lists_to_make(plan).items()
    typed = Path(path)
    typed.write_text("P 3 4\n")
    with pytest.raises(ConfigError, match=rf"{re.escape(path)}.* did not write.*names\.cosmetic"):
        plan_run(complete, rescan=True)
    assert typed.read_text() == "P 3 4\n"
    make_cosmetic_list(HOT, plan.frames[0].path, path)
    assert list(lists_to_make(plan_run(complete, rescan=True))) == [path]


def test_a_list_made_before_is_not_taken_for_that_of_another_dark(tmp_path):
    """The second run of calibrate … -d dark.fit, with products beside the dark."""
    write_frame(tmp_path / "dark.fit", "DARK", exptime=60.0)
    write_frame(tmp_path / "light.fit", "LIGHT", exptime=60.0)
    files = {"library": [f"{tmp_path}/dark.fit"], "calibrate": {"require": []}}
    names = {"cosmetic": "cosme60s.lst"}
    complete = settings(f"={tmp_path}/light.fit", tmp_path, names=names, **files)
    for _ in range(2):
        plan = plan_run(complete, rescan=True)
        assert plan.lists == {}
        [(path, dark)] = lists_to_make(plan).items()
        make_cosmetic_list(HOT, dark, path)


@pytest.mark.parametrize("product", ["dark", "badpix", "calibrated", "solved"])
def test_an_image_of_another_program_is_neither_taken_for_a_product_nor_lost(
    tmp_path, planned, product
):
    write_night(tmp_path / "raw")
    plan = planned()
    jobs = Jobs(plan)
    path = {
        "dark": next(one.path for one in plan.to_make if one.source.key.kind == "dark"),
        "badpix": next(path for path in jobs.cosmetic_files() if path.endswith(".fits")),
        "calibrated": jobs.calibrated_files()[1],
        "solved": jobs.solved_files()[0],
    }[product]
    theirs = write_frame(path, "LIGHT", swcreate="Another")
    before = theirs.read_bytes()
    with pytest.raises(ConfigError, match=rf"{re.escape(path)} was not written.*names\.{product}"):
        planned()
    assert theirs.read_bytes() == before
    write_frame(path, "LIGHT", pwvers="0.1.0")
    assert planned().digest == plan.digest


def test_of_many_images_of_another_program_the_first_is_named_and_the_others_counted(
    tmp_path, planned
):
    write_night(tmp_path / "raw")
    for path in Jobs(planned()).calibrated_files():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(b"XISF0100 by another program")
    with pytest.raises(ConfigError, match=r"light_0000\.fits \(and 2 more like it\) was not"):
        planned()


def test_what_was_set_aside_in_its_job_is_ours(tmp_path, planned):
    write_night(tmp_path / "raw")
    write_frame(Jobs(planned()).calibrated_files()[0], "LIGHT", pwfail="is gone")
    assert len(planned().to_calibrate) == 3


def test_jobs_on_other_computers_do_not_look_into_the_products_again(tmp_path, planned):
    write_night(tmp_path / "raw")
    write_frame(Jobs(planned()).calibrated_files()[0], "LIGHT")
    complete = settings(tmp_path / "raw", tmp_path / "results")
    assert len(plan_run(complete, rescan=False).to_calibrate) == 3
