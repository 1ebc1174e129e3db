"""The tables of docs/coming-from.md on ap-wbpp-calibration, as far as headers alone decide."""

import re
from pathlib import Path

import pytest

from frames import write_frame
from plateworks.metadata.normalise import read_frame
from plateworks.planning.plan import Plan
from plateworks.planning.run import plan_run
from plateworks.report.preview import summarise
from plateworks.settings.configuration import complete, load_yaml
from presets import test_wbpp_commands  # noqa: F401 (its tests show most rows)
from presets.page import section
from workflow import ROOT

PAGE = section("ap-wbpp-calibration")


def planned(folder: Path, sets: dict, **settings) -> Plan:
    """Return the plan of headers alone: three frames of each entry, which says how they differ."""
    for name, cards in sets.items():
        kind = cards.get("imagetyp", name.split("_")[0])
        for number in range(cards.get("count", 3)):
            said = {key: value for key, value in cards.items() if key != "count"}
            write_frame(folder / "raw" / f"{name}_{number}.fits", kind, **said)
    given = load_yaml(ROOT / "config" / "presets" / "wbpp.yaml") | settings
    given |= {"raw": str(folder / "raw"), "results": str(folder / "out")}
    return plan_run(complete(given), rescan=True)


SETTINGS = [{"instrume": "Other"}, {"set_temp": -5.0, "ccd_temp": -5.0}, {"gain": 0},
            {"offset": 10}, {"readoutm": "Fast"}, {"width": 64}, {"xbinning": 2}]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("bias", []),
        ("dark", [{"exptime": 61.0}]),
        ("flat", [{"filter": "Ha"}, {"date_obs": "2025-08-16T19:00:00"}]),
    ],
)
def test_frames_that_differ_in_a_keyword_of_the_guide_make_masters_of_their_own(
    tmp_path, kind, more
):
    usual = {"exptime": 60.0, "filter": "L" if kind == "flat" else None, "imagetyp": kind}
    sets = {f"{kind}_{i}": usual | one for i, one in enumerate([{}, *SETTINGS, *more])}
    plan = planned(tmp_path, sets, matching={"accept_level": 3})
    made = {frame.path for master in plan.usable for frame in master.source.frames[:1]}
    assert len(plan.usable) == len(made) == len(sets)
    assert all(len(master.source.frames) == 3 for master in plan.usable)


def test_every_spelling_of_a_keyword_is_read(tmp_path):
    cards = {"exptime": None, "set_temp": None, "ccd_temp": None}
    write_frame(
        tmp_path / "a.fits", "flat", **cards, exposure=4.5, settemp=-10.0, readoutm="Fast",
        filter="Ha", date_obs="2026-01-28T03:00:00",
    )  # fmt: skip
    frame = read_frame(tmp_path / "a.fits")
    assert (frame.exposure, frame.set_temp, frame.readout_mode) == (4.5, -10.0, "Fast")
    assert (frame.gain, frame.offset, frame.filter) == (100, 50, "Ha")
    write_frame(tmp_path / "b.fits", "flat", exptime=4.5, filter="Ha")
    assert read_frame(tmp_path / "b.fits").exposure == 4.5


def test_the_night_of_a_flat_is_that_of_the_site(tmp_path):
    morning = {"exptime": 2.0, "filter": "L", "date_obs": "2026-01-28T03:00:00"}
    plan = planned(tmp_path, {"flat": morning}, matching={"accept_level": 3},
                   site={"longitude": -70.0})  # fmt: skip
    [master] = plan.usable
    assert "DATE-OBS_2026-01-27" in master.path


def test_a_library_is_matched_by_the_settings_of_the_camera_alone(tmp_path):
    old = {"date_obs": "2016-03-01T20:00:00", "telescop": "Another"}
    for name, cards in (
        ("b", {"imagetyp": "Master Bias", "exptime": 0.0}),
        ("d", {"imagetyp": "Master Dark", "exptime": 1.0, "filter": "R"}),
        ("other", {"imagetyp": "Master Dark", "exptime": 2.0, "gain": 200}),
    ):
        write_frame(tmp_path / "library" / f"{name}.fits", "dark", **old, **cards)
    flat = {"exptime": 2.0, "filter": "L"}
    plan = planned(tmp_path, {"flat": flat}, library=[str(tmp_path / "library")])
    [flats] = plan.usable
    match = flats.matches[0]
    assert Path(match.master.path).name == "d.fits"
    assert Path(match.bias.path).name == "b.fits"


def test_where_no_dark_is_shorter_than_the_flat_the_next_longer_is_taken(tmp_path):
    flat = {"exptime": 2.0, "filter": "L"}
    darks = {f"dark_{seconds}": {"exptime": seconds} for seconds in (10.0, 60.0)}
    plan = planned(tmp_path, {"flat": flat, "bias": {"exptime": 0.0}, **darks})
    [flats] = [master for master in plan.usable if master.source.key.kind == "flat"]
    assert {match.master.exposure for match in flats.matches} == {10.0}


def test_too_few_frames_are_named_before_the_run(tmp_path):
    plan = planned(
        tmp_path, {"bias": {"exptime": 0.0, "count": 2}}, masters={"engine": "pixinsight"}
    )
    assert plan.usable == ()
    assert re.search(r"bias.* 2 frames|2 .*bias", summarise(plan))


def test_the_project_is_described():
    assert (ROOT / "README.md").exists()
    assert (ROOT / "scripts" / "plateworks" / "interop" / "masterscript.py").exists()
