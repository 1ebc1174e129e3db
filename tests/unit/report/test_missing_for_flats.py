"""What to capture next for flats and their masters, shown by capturing it."""

from frames import remove, write_frame, write_lights, write_night
from plateworks.report.missing import missing
from plateworks.report.preview import summarise

#: By this policy a dark of another exposure is a last resort for flats too where it is not scaled.
SCALED = {"dark_policy": "scale_longest_not_longer"}


def test_flats_that_nothing_calibrates_ask_for_their_flat_darks(tmp_path, planned, capture):
    raw = write_night(tmp_path / "raw")
    remove(raw, "bias", "darkflat", "dark")
    for i in range(3):
        write_frame(raw / f"dark_{i}.fits", "DARK", exptime=60.0)
    [gap] = missing(planned(matching=SCALED))
    assert (gap.kind, gap.exposure_s, gap.refused) == ("darkflat", 2.0, 3)
    assert "flat_l_20250815 is not made for want of it" in gap.reason
    capture(gap)
    assert {light.level for light in planned(matching=SCALED).lights} == {0}


def test_flats_of_a_hundredth_of_a_second_ask_for_bias_and_no_flat_darks(
    tmp_path, planned, capture
):
    raw = write_night(tmp_path / "raw", flat_exposure=0.01)
    remove(raw, "bias", "darkflat")
    gaps = missing(planned(matching=SCALED))
    assert [(gap.kind, gap.level_then) for gap in gaps] == [("bias", 0)]
    capture(gaps[0])
    assert not any(light.refused for light in planned(matching=SCALED).lights)


def test_sky_flats_of_many_exposures_ask_for_bias(tmp_path, planned, capture):
    raw = write_night(tmp_path / "raw")
    remove(raw, "bias", "darkflat", "flat")
    for i in range(6):
        write_frame(raw / f"sky_{i}.fits", "FLAT", exptime=1.0 + 0.3 * i, filter="L")
    gaps = missing(planned(matching=SCALED))
    assert [(gap.kind, gap.level_then) for gap in gaps] == [("bias", 0)]
    capture(gaps[0])
    assert not any(light.refused for light in planned(matching=SCALED).lights)


def test_flats_with_a_poor_dark_of_their_own_ask_for_a_better_one(tmp_path, planned, capture):
    raw = write_night(tmp_path / "raw", flat_exposure=200.0)
    remove(raw, "darkflat")
    [gap] = missing(planned())
    assert (gap.kind, gap.exposure_s, gap.lights) == ("darkflat", 200.0, 3)
    assert (gap.level_now, gap.level_then) == (2, 0)
    assert gap.reason.startswith("flat_l_20250815: ")
    capture(gap)
    assert missing(planned()) == []


def test_flats_whose_dark_current_cannot_be_found_ask_for_no_flat_darks(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    remove(raw, "darkflat")
    plan = planned()
    assert missing(plan) == []
    assert {light.word for light in plan.lights} == {"exact"}


def test_flat_darks_that_would_spare_next_to_nothing_are_not_asked_for(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    remove(raw, "darkflat", "flat")
    for i in range(5):
        write_frame(raw / f"d_{i}.fits", "DARK", exptime=18.4)
        write_frame(raw / f"f_{i}.fits", "FLAT", exptime=18.0, filter="L")
    plan = planned()
    [flat] = [one for one in plan.masters if one.source.key.kind == "flat"]
    assert {match.reason for match in flat.matches} == {"18.4 s scaled by 0.978"}
    assert missing(plan) == []


def test_flats_that_are_there_are_not_asked_for_again(tmp_path, planned, capture):
    raw = write_night(tmp_path / "raw")
    remove(raw, "bias", "darkflat", "dark", "flat", "light")
    for i in range(3):
        write_frame(raw / f"d_{i}.fits", "DARK", exptime=60.0, date_obs="2025-08-14T22:00:00")
        write_frame(raw / f"f_{i}.fits", "FLAT", filter="R", date_obs="2025-04-14T20:00:00")
    write_lights(raw, filter="R")
    plan = planned()
    assert all(light.refused for light in plan.lights)
    [gap] = [gap for gap in missing(plan) if gap.level_now is None]
    assert (gap.kind, gap.refused, gap.level_then) == ("darkflat", 2, 1)


def test_what_a_flat_lacks_may_lie_there_set_aside(tmp_path, planned):
    write_night(tmp_path / "raw")
    plan = planned(exclude=["darkflat*", "bias*", "dark_*"], calibrate={"require": ["flat"]})
    [gap] = [gap for gap in missing(plan) if gap.kind == "darkflat"]
    assert (gap.refused, gap.setting) == (3, "exclude")
    assert "flat_l_20250815 is not made for want of it; 3 files are there, but set" in gap.reason


def test_an_old_flat_is_a_gap_that_does_not_press(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    write_lights(raw, date_obs="2025-08-25T23:00:00")
    [gap] = missing(planned())
    assert (gap.kind, gap.level_now, gap.level_then, gap.urgent) == ("flat", 1, 0, False)
    assert "To capture next" not in summarise(planned())
