"""What is refused in a plan, and what the refusal says: the nearest miss, and the way in."""

import csv

import pytest

from frames import rows_of, write_frame, write_night
from plateworks.errors import PlateworksError
from plateworks.jobs.jobs import Jobs
from plateworks.report.plantables import write_tables
from plateworks.report.preview import summarise


def test_a_light_of_another_filter_is_refused_by_name_and_the_others_go_on(tmp_path, planned):
    write_night(tmp_path / "raw")
    odd = write_frame(tmp_path / "raw" / "odd.fits", "LIGHT", exptime=60.0, filter="Ha")
    plan = planned(matching={"substitute_filter": None})
    [refused] = [light for light in plan.lights if light.refused]
    assert refused.frame.path == str(odd)
    assert refused.refused == (
        "no master flat matches: FILTER l instead of ha "
        "(flat_l_20250815.fits; matching.substitute_filter)"
    )
    assert len(plan.to_calibrate) == 3
    rows = rows_of(plan, tmp_path / "plan", "refusals")
    assert ("flat", "FILTER", "ha", "l") in {
        (row["slot"], row["field"], row["wanted"], row["found"]) for row in rows
    }


def test_the_nearest_miss_is_named_first_with_what_would_let_it_in(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    for i in range(3):
        for band in "RGB":
            write_frame(raw / f"{band}_{i}.fits", "FLAT", exptime=2.0, filter=band)
        when = f"2025-08-19T19:0{i}:00"
        write_frame(raw / f"late_{i}.fits", "FLAT", exptime=2.0, filter="Ha", date_obs=when)
    write_frame(
        raw / "odd.fits", "LIGHT", exptime=60.0, filter="Ha", date_obs="2025-08-15T23:00:00"
    )
    plan = planned(matching={"substitute_filter": None, "flat_future_days": 3})
    [refused] = [light for light in plan.lights if light.refused]
    assert refused.refused.startswith(
        "no master flat matches: date 3.8 days later instead of at most 3 days later "
        "(flat_ha_20250819.fits; matching.flat_future_days), FILTER "
    )


def test_frames_that_are_there_are_never_none(tmp_path, planned):
    raw = write_night(tmp_path / "raw", frames=2)
    plan = planned()
    assert {light.refused for light in plan.lights} == {
        "no master dark matches: frames 2 instead of at least 3 "
        "(dark_60s_m10c_20250815.fits; masters.min_frames); no master flat matches: frames 2 "
        "instead of at least 3 (flat_l_20250815.fits; masters.min_frames)"
    }
    for i in range(3):
        write_frame(raw / f"more_{i}.fits", "DARK", exptime=60.0, date_obs="2025-08-15T21:00:00")
    plan = planned(masters={"subtract_bias": True})
    lacking = "the frames of one are there, which lacks a master bias (dark_60s"
    assert all(lacking in light.refused for light in plan.lights)
    assert not any("there is none" in light.refused for light in plan.lights)


def notes_of(plan, folder):
    """Return what the light's note, the terminal and ``associations.csv`` say of refused lights."""
    write_tables(plan, folder)
    with open(folder / "associations.csv", newline="", encoding="utf-8") as stream:
        said = {row["reason"] for row in csv.DictReader(stream) if row["slot"] == "dark"}
    refused = {light.refused for light in plan.lights}
    assert said == refused and all(one in summarise(plan) for one in refused)
    return refused


@pytest.mark.parametrize("entry", ["dark_?.fits", "dark_60s_m10c_20250815"])
def test_darks_that_the_user_leaves_out_are_there_and_the_refusal_says_so(tmp_path, planned, entry):
    raw = write_night(tmp_path / "raw", frames=5)
    for path in raw.glob("bias*"):
        path.unlink()
    [note] = notes_of(planned(exclude=[entry]), tmp_path / "plan")
    assert note.startswith("no master dark matches: 5 files are there, but set aside: it")
    assert note.endswith(f"left out by the config key exclude ({entry}) (dark_0.fits; exclude)")


def test_damaged_darks_are_told_by_their_names_where_there_are_no_others(tmp_path, planned):
    raw = write_night(tmp_path / "raw", frames=5)
    for path in [*raw.glob("bias*"), *raw.glob("dark_*")]:
        path.write_bytes(path.read_bytes()[:3000])
    [note] = notes_of(planned(calibrate={"require": ["dark"]}), tmp_path / "plan")
    assert note.startswith("no master dark matches: 5 files are there, but set aside: is shorter")


def test_darks_cut_short_are_told_by_their_headers_where_their_names_say_nothing(tmp_path, planned):
    raw = write_night(tmp_path / "raw", frames=5)
    for number, path in enumerate(sorted(raw.glob("dark_*"))):
        (raw / f"n{number}.fits").write_bytes(path.read_bytes()[:3000])
        path.unlink()
    cut = write_frame(raw / "m.fits", "LIGHT", exptime=60.0, filter="L")
    cut.write_bytes(cut.read_bytes()[:3000])
    [note] = notes_of(planned(), tmp_path / "plan")
    assert "; of the darks: 5 files are there, but set aside: is shorter" in note


def test_bias_alone_tells_of_the_darks_that_are_set_aside(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    for i in range(3):
        write_frame(raw / f"dark_{i}.fits", "DARK", exptime=60.0, calstat="BD")
    [note] = notes_of(planned(), tmp_path / "plan")
    assert note.startswith("the best dark is of level 3 (bias alone, no dark), matching.accept_le")
    assert "; of the darks: 3 files are there, but set aside: bias and dark are taken" in note


@pytest.mark.parametrize(
    ("cards", "told"),
    [
        ({"exptime": 90.0}, "dark"),
        ({"exptime": 3.0, "filter": "R"}, "flat"),
        ({"exptime": 90.0, "gain": 7}, ""),
        ({"exptime": 0.0}, "bias"),
        ({"exptime": 17.0}, ""),
    ],
)
def test_a_file_of_no_kind_is_told_where_it_may_be_what_lacks(tmp_path, planned, cards, told):
    raw = tmp_path / "raw"
    write_frame(raw / "a.fits", "LIGHT", exptime=90.0, filter="R")
    write_frame(raw / "what.fits", "", **cards)
    plan = planned(calibrate={"require": ["bias", "dark", "flat"]})
    [light] = plan.lights
    clauses = [one for one in light.refused.split("; no ") if "1 file is there" in one]
    assert [
        one for one in ("dark", "flat", "bias") if any(f"{one} match" in c for c in clauses)
    ] == [one for one in (told,) if one]


def test_files_set_aside_that_would_not_serve_are_not_the_nearest_miss(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    for i in range(3):
        write_frame(raw / f"odd_{i}.fits", "FLAT", exptime=2.0, filter="Ha", gain=7)
        write_frame(raw / f"mine_{i}.fits", "LIGHT", exptime=60.0, filter="Ha")
    plan = planned(exclude=["odd*"], matching={"substitute_filter": None})
    [note] = {light.refused for light in plan.lights if light.refused}
    assert note.startswith("no master flat matches: FILTER l instead of ha (flat_l_20250815")


def test_flats_that_nothing_calibrates_say_one_cause_in_each_sentence(tmp_path, planned):
    write_night(tmp_path / "raw", frames=4)
    plan = planned(exclude=["dark*", "bias*"], calibrate={"require": ["flat"]})
    assert {light.refused for light in plan.lights} == {
        "no master flat matches: the frames of one are there, which lacks bias or darks for its "
        "own frames (flat_l_20250815.fits; raw: add such frames)"
    }
    [flat] = plan.masters
    assert flat.refused.startswith(
        "4 of 4 frames are left out: no flat-dark, dark or bias matches this flat of 2 s: 4 files "
        "are there, but set aside: it is left out by the config key exclude (bias*) (bias_0.fits; "
    )
    assert ".  Take some, or set matching.accept_level.darkflat: 3" in plan.rejects[-1].reason
    assert "Take some" not in flat.refused


WARM = {"set_temp": 20.0, "ccd_temp": 20.0}


def test_a_dark_that_is_too_poor_for_flats_is_named_once(tmp_path, planned):
    for i in range(3):
        write_frame(tmp_path / "raw" / f"dark_{i}.fits", "DARK", exptime=600.0, **WARM)
        flat = tmp_path / "raw" / f"flat_{i}.fits"
        write_frame(flat, "FLAT", exptime=2.0, filter="L", **WARM)
    plan = planned()
    [flat] = [one for one in plan.masters if one.refused]
    assert flat.refused == (
        "3 of 3 frames are left out: the only dark for this flat of 2 s is a last resort (exposure "
        "600 s instead of 2 s, unscaled)"
    )


def test_strict_matching_makes_a_refused_light_an_error(tmp_path, planned):
    write_night(tmp_path / "raw")
    write_frame(tmp_path / "raw" / "odd.fits", "LIGHT", exptime=60.0, filter="Ha")
    with pytest.raises(PlateworksError, match=r"(?s)matching\.strict.*odd\.fits.*FILTER"):
        planned(matching={"strict": True, "substitute_filter": None})


def test_lights_without_calibration_frames_are_refused_unless_allowed(tmp_path, planned):
    write_frame(tmp_path / "raw" / "light.fits", "LIGHT", exptime=60.0, filter="L")
    assert planned().lights[0].refused.startswith("no master dark matches: there is none")
    allowed = planned(calibrate={"allow_uncalibrated": True})
    assert not allowed.lights[0].refused
    [light] = Jobs(allowed).calibration(allowed.lights).lights
    assert light.frame.subtraction.masters == ()
    assert light.flat is None


def test_electrons_of_which_nobody_knows_are_refused_and_the_setting_is_named(tmp_path, planned):
    for name, egain in (("told", 0.5), ("silent", None)):
        cards = {"EGAIN": egain, "GAIN": 100}
        write_frame(tmp_path / "raw" / f"{name}.fits", "LIGHT", exptime=60.0, filter="L", **cards)
    calibrate = {"allow_uncalibrated": True, "units": "electron"}

    def refused(**more):
        plan = planned(calibrate=calibrate | more)
        return {light.name: light.refused for light in plan.lights if light.refused}

    assert list(refused()) == ["silent"]
    assert "calibrate.egain" in refused()["silent"] and "EGAIN" in refused()["silent"]
    assert refused(egain=0.8) == refused(gain_is_egain=True) == refused(units="adu") == {}


@pytest.mark.parametrize(("frames", "planned_ones"), [(3, 3), (1, 0)])
def test_flats_that_may_tell_the_gain_let_a_silent_light_be_planned(
    frames, planned_ones, tmp_path, planned
):
    raw = write_night(tmp_path / "raw", frames=frames)
    for path in sorted(raw.glob("light_*.fits")):
        write_frame(path, "LIGHT", exptime=60.0, filter="L", egain=None)
    plan = planned(calibrate={"units": "electron"}, masters={"min_frames": 1})
    assert sum(not light.refused for light in plan.lights) == planned_ones


def test_a_dark_of_another_size_is_its_own_set_and_says_so_in_the_refusals(tmp_path, planned):
    write_night(tmp_path / "raw")
    for i in range(3):
        write_frame(tmp_path / "raw" / f"wide_{i}.fits", "DARK", width=48, exptime=60.0)
    plan = planned()
    assert len([m for m in plan.to_make if m.name.startswith("dark_60s")]) == 2
    rows = rows_of(plan, tmp_path / "plan", "refusals")
    assert ("dark", "size", "32x24", "48x24") in {
        (row["slot"], row["field"], row["wanted"], row["found"]) for row in rows
    }
