"""What to capture next, shown by capturing it: with the frames of a gap the levels are as told."""

import csv

import pytest

from frames import remove, write_frame, write_lights, write_night
from plateworks.report.missing import missing
from plateworks.report.plantables import write_tables
from plateworks.report.preview import summarise


def test_a_complete_night_lacks_nothing(tmp_path, planned):
    write_night(tmp_path / "raw")
    assert missing(planned()) == []


def test_a_scaled_dark_asks_for_the_dark_of_the_exposure(tmp_path, planned, capture):
    raw = write_night(tmp_path / "raw")
    write_lights(raw, exptime=300.0)
    [gap] = missing(planned())
    assert gap.title == "dark for 300 s at −10 °C, gain 100"
    assert (gap.kind, gap.exposure_s, gap.set_temp_degC, gap.gain) == ("dark", 300.0, -10.0, 100.0)
    assert (gap.lights, gap.refused, gap.level_now, gap.level_then) == (2, 0, 2, 0)
    assert (gap.frames, gap.nights, gap.reason) == (
        20,
        "20250815",
        "bias alone, a dark of 60 s would be scaled by 5",
    )
    capture(gap)
    plan = planned()
    assert {light.level for light in plan.lights} == {0}
    assert missing(plan) == []


def test_a_filter_without_flat_asks_for_it_with_the_words_of_the_header(tmp_path, planned, capture):
    raw = write_night(tmp_path / "raw")
    write_lights(raw, filter="H-Alpha", telescop="FSQ 106", rotatang=12.0)
    [gap] = missing(planned(matching={"substitute_filter": None}))
    assert (gap.kind, gap.filter, gap.telescope) == ("flat", "H-Alpha", "FSQ 106")
    assert (gap.rotator_deg, gap.exposure_s) == (12.0, None)
    assert (gap.lights, gap.refused, gap.level_now, gap.level_then) == (2, 2, None, 0)
    assert gap.reason == "no flat in H-Alpha at rotator 12°, gain 100"
    capture(gap)
    plan = planned(matching={"substitute_filter": None})
    assert not any(light.refused for light in plan.lights)
    assert missing(plan) == []


def test_refused_lights_are_told_the_easiest_rescue_and_the_best(tmp_path, planned, capture):
    raw = write_night(tmp_path / "raw")
    remove(raw, "bias")
    write_lights(raw, exptime=300.0)
    gaps = {gap.kind: gap for gap in missing(planned())}
    assert set(gaps) == {"bias", "dark"}
    assert (gaps["bias"].level_now, gaps["bias"].level_then, gaps["bias"].refused) == (3, 2, 2)
    assert "a bias would let another dark serve" in gaps["bias"].reason
    assert gaps["dark"].level_then == 0
    capture(gaps["bias"])
    plan = planned()
    assert not any(light.refused for light in plan.lights)
    assert [gap.kind for gap in missing(plan)] == ["dark"]


def test_a_bias_free_dark_asks_for_bias_alone(tmp_path, planned, capture):
    raw = write_night(tmp_path / "raw")
    remove(raw, "bias", "dark")
    write_frame(raw / "m.fits", "Master Dark", exptime=60.0, biassub=True)
    plan = planned()
    assert plan.found[0].bias_inside is False
    [gap] = missing(plan)
    assert (gap.kind, gap.refused, gap.level_then) == ("bias", 3, 0)
    capture(gap)
    assert {light.level for light in planned().lights} == {0}


def test_darks_to_be_freed_of_bias_ask_for_the_bias_they_lack(tmp_path, planned, capture):
    raw = write_night(tmp_path / "raw")
    remove(raw, "bias", "darkflat", "flat")
    changes = {"masters": {"subtract_bias": True}, "calibrate": {"require": ["dark"]}}
    gaps = [gap for gap in missing(planned(**changes)) if gap.kind != "flat"]
    assert [(gap.kind, gap.level_now, gap.level_then) for gap in gaps] == [("bias", None, 0)]
    assert "dark_60s_m10c_20250815 is not made for want of it" in gaps[0].reason
    capture(gaps[0])
    assert {light.dark.level for light in planned(**changes).lights} == {0}


def test_neither_dark_nor_bias_asks_for_both_where_darks_are_freed_of_bias(tmp_path, planned):
    write_lights(tmp_path / "raw")
    changes = {"masters": {"subtract_bias": True}, "calibrate": {"require": ["dark"]}}
    kinds = [gap.kind for gap in missing(planned(**changes))]
    assert sorted(kinds) == ["bias", "dark", "flat"]


@pytest.mark.parametrize(
    ("by_session", "frames", "night"),
    [(["bias", "dark", "darkflat", "flat"], 20, "20250815"), ([], 1, "all nights")],
)
def test_a_set_that_was_begun_tells_how_many_are_lacking(
    tmp_path, planned, capture, by_session, frames, night
):
    raw = write_night(tmp_path / "raw")
    (raw / "dark_0.fits").unlink()
    changes = {"grouping": {"by_session": by_session}}
    gap = next(gap for gap in missing(planned(**changes)) if gap.kind == "dark")
    assert (gap.frames, gap.level_then) == (frames, 0)
    assert f"2 frames of {night} are too few (masters.min_frames)" in gap.reason
    assert gap.setting == "masters.min_frames"  # with 2 they are the master that is wanted
    capture(gap)
    assert {light.level for light in planned(**changes).lights} == {0}


def test_a_dark_scaled_by_little_is_good_enough_but_not_one_scaled_by_much(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    write_lights(raw, name="near", exptime=58.0)
    write_lights(raw, name="far", exptime=45.0)
    plan = planned()
    levels = {light.frame.exposure: light.dark.level for light in plan.lights}
    assert levels == {60.0: 0, 58.0: 2, 45.0: 2}
    assert [(gap.kind, gap.exposure_s) for gap in missing(plan)] == [("dark", 45.0)]


def test_exposures_that_a_camera_rounds_otherwise_ask_for_one_set(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    for day, exposure in ((12, 199.9987), (13, 200.0012)):
        date = f"2025-08-{day}T23:00:00"
        write_lights(raw, name=f"d{day}", exptime=exposure, date_obs=date)
    darks = [gap for gap in missing(planned()) if gap.kind == "dark"]
    assert [(gap.lights, gap.nights) for gap in darks] == [(4, "20250812 20250813")]


def test_where_a_dark_is_not_scaled_by_policy_a_near_one_is_asked_for(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    write_lights(raw, exptime=58.0)
    [gap] = missing(planned(matching={"dark_policy": "exact"}))
    assert (gap.title, gap.refused) == ("dark for 58 s at −10 °C, gain 100", 2)
    assert gap.setting == "matching.dark_policy"


def test_the_setting_that_would_do_is_named_beside_what_to_capture(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    write_lights(raw, date_obs="2025-08-10T23:00:00")
    matching = {"flat_future_days": 2}
    plan = planned(matching=matching)
    [gap] = [gap for gap in missing(plan) if gap.kind == "flat"]
    assert (gap.refused, gap.setting) == (2, "matching.flat_future_days")
    assert gap.reason.startswith("no flat in L")
    assert "; date 4.8 days later instead of" in gap.reason
    assert "nothing -> exact  or set matching.flat_future_days" in summarise(plan)
    matching["flat_future_days"] = 5
    assert not any(light.refused for light in planned(matching=matching).lights)


def test_a_filter_of_other_colour_is_no_alternative_to_capturing(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    write_lights(raw, filter="Ha")
    [gap] = missing(planned(matching={"substitute_filter": None}))
    assert (gap.kind, gap.setting) == ("flat", "")


def test_what_is_set_aside_is_told_beside_what_to_capture(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    [gap] = missing(planned(exclude=["flat_*"]))
    assert (gap.kind, gap.refused, gap.setting) == ("flat", 3, "exclude")
    assert "; 3 files are there, but set aside: it is left out by the config key" in gap.reason
    for path in raw.glob("flat_*"):
        path.write_bytes(path.read_bytes()[:3000])
    [gap] = missing(planned())
    assert gap.setting == "" and "3 files are there, but set aside: is shorter" in gap.reason


def test_a_gap_counts_each_light_once_and_names_all_its_nights(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    for day in (15, 16):
        write_lights(raw, 2, f"d{day}", exptime=300.0, date_obs=f"2025-08-{day}T23:00:00")
        write_lights(
            raw, 3, f"ha{day}", exptime=300.0, filter="Ha", date_obs=f"2025-08-{day}T23:00:00"
        )
    gaps = {gap.kind: gap for gap in missing(planned())}
    assert (gaps["dark"].lights, gaps["dark"].nights) == (10, "20250815 20250816")
    assert gaps["flat"].lights == 6
    assert list(gaps) == ["dark", "flat"]


def test_pinned_masters_leave_no_gap(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    write_lights(raw, exptime=300.0)
    pin = [{"select": {"match": "more*"}, "use": {"dark": "dark_60s_m10c_20250815"}}]
    assert missing(planned(overrides=pin)) == []


def test_of_lights_that_could_be_better_the_page_never_says_exact(tmp_path, planned):
    raw = write_night(tmp_path / "raw", flat_exposure=200.0)
    remove(raw, "darkflat", "dark")
    plan = planned(matching={"accept_level": {"dark": 3}})
    [gap] = [gap for gap in missing(plan) if gap.kind == "darkflat"]
    assert (gap.now, gap.then) == ("acceptable", "exact")
    assert {light.flat.word for light in plan.lights} == {"acceptable"}
    text = summarise(plan)
    assert "flat: made with bias_" in text and "acceptable -> exact" in text
    assert not [line for line in text.splitlines() if line.split()[1:3] == ["light_l", "exact"]]


def test_a_bias_that_no_light_needs_better_is_not_asked_for(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    remove(raw, "bias")
    for i in range(3):
        write_frame(raw / f"b_{i}.fits", "BIAS", exptime=0.0, date_obs="2025-03-01T20:00:00")
    plan = planned(calibrate={"require": ["bias", "dark", "flat"]})
    assert {light.word for light in plan.lights} == {"exact"}
    assert missing(plan) == []


def test_a_light_of_unknown_exposure_asks_for_no_dark_that_would_not_help(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    write_lights(raw, exptime=None)
    assert [gap.kind for gap in missing(planned())] == []


def test_the_table_and_the_summary_tell_the_same(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    write_lights(raw, exptime=300.0)
    plan = planned()
    write_tables(plan, tmp_path / "plan")
    with open(tmp_path / "plan" / "missing.csv", newline="", encoding="utf-8") as stream:
        [row] = csv.DictReader(stream)
    assert (row["kind"], row["exposure_s"], row["frames"]) == ("dark", "300.0", "20")
    assert "20 x  dark for 300 s at −10 °C, gain 100  2 lights" in summarise(plan)


@pytest.mark.parametrize(
    ("absent", "field"),
    [
        ({"gain": None}, "gain"),
        ({"offset": None}, "offset"),
        ({"set_temp": None, "ccd_temp": None}, "temp"),
    ],
)
def test_what_one_header_leaves_out_is_no_reason_to_capture(tmp_path, planned, absent, field):
    raw = write_night(tmp_path / "raw")
    write_lights(raw, 1, "bare", **absent)
    plan = planned()
    assert {light.level for light in plan.lights} == {0, 2}
    assert missing(plan) == []
    [note] = [one for one in summarise(plan).splitlines() if "bare_0.fits: no " in one]
    assert note.endswith(f"say it by path_rules: set {field}.")
    value = {"gain": 100, "offset": 50, "temp": -10}[field]
    plan = planned(path_rules=[{"match": "bare_*", "set": {field: value}}])
    assert {light.level for light in plan.lights} == {0}
    assert "bare_0.fits: no " not in summarise(plan)


def test_what_is_captured_for_a_silent_header_says_what_the_camera_does(tmp_path, planned, capture):
    raw = write_night(tmp_path / "raw")
    remove(raw, "light")
    changes = {"matching": {"substitute_filter": None}}
    write_lights(raw, exptime=60.0, filter="R", offset=None)
    [gap] = missing(planned(**changes))
    assert (gap.kind, gap.filter, gap.offset) == ("flat", "R", 50.0)
    assert (gap.level_now, gap.level_then, gap.refused) == (None, 2, 2)
    capture(gap)
    plan = planned(**changes)
    assert {light.level for light in plan.lights} == {2}
    assert missing(plan) == []


def test_a_camera_that_never_says_its_gain_is_asked_for_what_it_writes(tmp_path, planned, capture):
    for i in range(3):
        write_frame(tmp_path / "raw" / f"dark_{i}.fits", "DARK", exptime=60.0, gain=None)
    write_lights(tmp_path / "raw", exptime=300.0, gain=None)
    changes = {"calibrate": {"require": ["dark"]}}
    [gap] = [gap for gap in missing(planned(**changes)) if gap.kind == "dark"]
    assert (gap.exposure_s, gap.gain, gap.level_then) == (300.0, None, 0)
    assert "in the header, though" not in summarise(planned(**changes))
    capture(gap)
    assert {light.dark.level for light in planned(**changes).lights} == {0}
