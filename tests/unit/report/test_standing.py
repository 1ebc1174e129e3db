"""What is there already is not said to be made."""

import os
import re

import pytest

from finished import BEGAN_NS, make, run
from frames import write_frame, write_night
from plateworks.report.ingredients import products
from plateworks.report.made import MadeOf
from plateworks.report.preview import summarise
from plateworks.report.standing import Standing

BEFORE = "2025-08-15T20:59:00"


@pytest.fixture
def raw(tmp_path):
    return write_night(tmp_path / "raw")


def said(plan):
    """Return what is said of masters, of lights, and of each master by its name."""
    text = summarise(plan)
    masters = re.search(r"^Masters: (.*)$", text, re.MULTILINE)[1]
    lights = re.search(r"^Lights: (.*)$", text, re.MULTILINE)[1]
    rows = re.findall(r"^  (make|there) +(\S+) ", text, re.MULTILINE)
    return masters, lights, {name: state for state, name in rows}


def test_before_a_run_all_is_to_be_made(raw, planned):
    masters, lights, states = said(planned())
    assert masters == "4 to make, 0 found"
    assert lights == "3 to calibrate and solve, 0 refused"
    assert set(states.values()) == {"make"}


def test_after_a_run_all_is_there(raw, planned):
    run(planned())
    masters, lights, states = said(planned())
    assert masters == "0 to make, 4 made already, 0 found"
    assert lights == "0 to calibrate and solve, 3 done already, 0 refused"
    assert set(states.values()) == {"there"}


def test_what_is_made_again_is_not_there_nor_what_is_made_of_it(raw, planned):
    run(planned())
    changed = planned(masters={"method": {"flat": "mean"}})
    masters, lights, states = said(changed)
    assert masters == "1 to make, 3 made already, 0 found"
    assert lights == "3 to calibrate and solve, 0 refused"
    assert states.pop("flat_l_20250815") == "make"
    assert set(states.values()) == {"there"}


def test_a_file_of_another_program_is_not_there_nor_what_is_made_of_it(raw, planned):
    run(planned())
    [dark] = [one.path for one in products(planned()) if one.kind == "darkflat"]
    write_frame(dark, "DARK", exptime=2.0)
    masters, lights, _ = said(planned())
    assert masters == "2 to make, 2 made already, 0 found"
    assert lights == "3 to calibrate and solve, 0 refused"


def test_a_flat_is_made_again_with_its_dark(raw, planned):
    run(planned())
    [dark] = [one.path for one in products(planned()) if one.kind == "darkflat"]
    os.unlink(dark)
    states = said(planned())[2]
    assert [name for name, state in states.items() if state == "make"] == [
        "darkflat_2s_m10c_20250815", "flat_l_20250815"
    ]  # fmt: skip


def test_a_light_that_is_solved_from_a_changed_one_is_solved_again(raw, planned):
    write_frame(raw / "first.fits", "LIGHT", exptime=60.0, filter="L", date_obs=BEFORE)
    for i in range(3):
        write_frame(raw / f"long_{i}.fits", "DARK", exptime=120.0, date_obs=BEFORE)
    last = "2025-08-15T23:30:00"
    write_frame(raw / "last.fits", "LIGHT", exptime=120.0, filter="L", date_obs=last)
    run(planned())
    write_frame(raw / "dark_9.fits", "DARK", exptime=60.0, date_obs="2025-08-15T20:30:30")
    changed = planned()
    standing = Standing(changed)
    calibrated = {os.path.basename(path) for path in standing.to_renew}
    assert len(calibrated) == 4 and "last.fits" not in calibrated
    assert [light.frame.path for light in changed.to_calibrate if standing.of_light(light)] == []


def test_a_light_is_made_again_whose_flat_was_made_of_a_changed_dark(raw, planned):
    run(planned())
    write_frame(raw / "darkflat_9.fits", "DARKFLAT", exptime=2.0, date_obs="2025-08-15T19:30:30")
    assert len(Standing(planned()).to_renew) == 3


def test_a_light_is_not_done_whose_solved_frame_or_list_is_gone(raw, planned):
    for kind, left in (("solved", 2), ("list", 0)):
        run(planned())
        one = next(one.path for one in products(planned()) if one.kind == kind)
        os.unlink(one)
        done = f", {left} done already" if left else ""
        assert said(planned())[1] == f"{3 - left} to calibrate and solve{done}, 0 refused"
        make(one, 1)
        MadeOf(planned().settings.results).record(planned(), BEGAN_NS)


def test_only_a_new_light_is_to_be_made(raw, planned):
    run(planned())
    write_frame(raw / "new.fits", "LIGHT", exptime=60.0, filter="L", date_obs="2025-08-15T22:30:00")
    assert said(planned())[1] == "1 to calibrate and solve, 3 done already, 0 refused"


def test_where_all_is_there_one_line_is_enough(raw, planned):
    assert "Masters: 4 to make" in summarise(planned(), briefly=True)
    run(planned())
    text = summarise(planned(), briefly=True)
    line = f"All is there of 15 raw frames in {raw}: 4 masters; 3 lights, calibrated and solved"
    assert line in text.splitlines()
    assert len(text.splitlines()) < 8


def test_where_frames_are_not_solved_nothing_is_said_of_solving(raw, planned):
    plan = planned(stages=["masters", "calibrated"])
    assert said(plan)[1] == "3 to calibrate, 0 refused"
