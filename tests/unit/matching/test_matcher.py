"""Which master serves which frame, how well, and why not another."""

from dataclasses import replace

import pytest

from plateworks.inventory.sets import Setup
from plateworks.matching import flatrules
from plateworks.matching import matcher as matching_matcher
from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.match import ACCEPTABLE, EXACT, GOOD, LAST_RESORT
from plateworks.matching.matcher import Matcher
from plateworks.settings.matching import Matching
from plateworks.settings.reading import read_section

SETUP = Setup("asi2600", 100, 80, 1, 1, 100.0, 50.0, None)
NEED = Need(SETUP, -10.0, 120.0, "ha", "tak", 500.0, None, 60000.0)


def master(kind="dark", **changes) -> Candidate:
    plain = Candidate(
        path=f"{kind}.fits", kind=kind, setup=SETUP, temperature=-10.0, exposure=120.0, filter="ha",
        telescope="tak", focal_length=500.0, rotator=None, mjd=59999.0, bias_inside=True, made=True,
    )  # fmt: skip
    return replace(plain, **changes)


def matcher(*masters, **options) -> Matcher:
    return Matcher(masters, read_section(Matching, options))


def test_a_dark_of_the_same_exposure_and_temperature_is_exact():
    match = matcher(master()).best(NEED, "dark")
    assert (match.level, match.k, match.reason) == (EXACT, 1.0, "exact")


def test_among_equal_darks_the_newest_is_taken_and_the_next_is_named():
    old, new = master(path="a", mjd=59990.0), master(path="b", mjd=59999.0)
    match = matcher(old, new).best(NEED, "dark")
    assert (match.master.path, match.runner_up) == ("b", "a")


def test_exposures_as_a_camera_measures_them_are_equal():
    assert matcher(master(exposure=120.5)).best(NEED, "dark").level == EXACT
    assert matcher(master(exposure=121.0)).best(NEED, "dark").level == ACCEPTABLE
    assert matcher(master(exposure=123.0)).best(NEED, "dark").level == LAST_RESORT


def test_a_dark_of_nearly_the_exposure_serves_where_no_bias_lets_it_be_scaled():
    near = matcher(master(exposure=118.0)).best(NEED, "dark")
    assert (near.level, near.k, near.bias) == (ACCEPTABLE, 1.0, None)
    assert near.reason == "exposure 118 s instead of 120 s, unscaled, which is near enough"
    few = matcher(master(exposure=118.0, frames=20)).best(NEED, "dark")
    assert few.cost < 1.0 < matcher(master(exposure=115.0, frames=20)).best(NEED, "dark").cost
    strict = matcher(master(exposure=118.0), dark_policy="nearest").best(NEED, "dark")
    assert strict.level == LAST_RESORT


def test_an_exact_dark_far_away_in_time_beats_a_fresh_one_of_another_exposure():
    far, near = master(path="a", mjd=59000.0), master(path="b", exposure=100.0)
    match = matcher(far, near, master("bias")).best(NEED, "dark")
    assert (match.master.path, match.level) == ("a", GOOD)
    assert "1000 days older" in match.reason


def test_a_dark_of_another_exposure_is_scaled_where_bias_is_known():
    match = matcher(master(exposure=60.0), master("bias", exposure=0.0)).best(NEED, "dark")
    assert (match.level, match.k, match.bias.kind) == (ACCEPTABLE, 2.0, "bias")
    assert "60 s scaled by 2" in match.reason


def test_without_bias_the_nearest_exposure_is_a_last_resort():
    match = matcher(master(path="a", exposure=60.0), master(path="b", exposure=130.0)).best(
        NEED, "dark"
    )
    assert (match.master.path, match.level, match.k) == ("b", LAST_RESORT, 1.0)


def test_scaling_can_be_switched_off():
    match = matcher(master(exposure=60.0), master("bias"), dark_scale="none").best(NEED, "dark")
    assert (match.level, match.k, match.bias) == (LAST_RESORT, 1.0, None)


def test_a_dark_without_bias_brings_its_bias_along():
    match = matcher(master(bias_inside=False), master("bias")).best(NEED, "dark")
    assert (match.level, match.bias.kind) == (EXACT, "bias")


def test_a_dark_without_bias_is_refused_where_no_bias_matches():
    alone = matcher(master(bias_inside=False))
    assert alone.best(NEED, "dark") is None
    [refusal] = alone.refusals(NEED, "dark")
    assert (refusal.field, refusal.wanted) == ("BIASSUB", "a master bias")


def test_a_master_that_does_not_tell_its_bias_state_is_not_exact():
    match = matcher(master(bias_inside=None)).best(NEED, "dark")
    assert match.level == GOOD
    assert "bias" in match.reason


@pytest.mark.parametrize(
    ("celsius", "level"), [(-10.0, EXACT), (-11.0, EXACT), (-13.0, GOOD), (-15.0, LAST_RESORT)]
)
def test_temperature_lowers_the_level_of_a_dark(celsius, level):
    assert matcher(master(temperature=celsius)).best(NEED, "dark").level == level


def test_an_unknown_temperature_on_one_side_is_acceptable():
    match = matcher(master(temperature=None)).best(NEED, "dark")
    assert match.level == ACCEPTABLE
    assert "temperature unknown in the master" in match.reason


def test_what_both_sides_do_not_know_is_no_difference():
    bare = replace(SETUP, gain=None, offset=None)
    need = replace(NEED, setup=bare, temperature=None)
    assert matcher(master(setup=bare, temperature=None)).best(need, "dark").level == EXACT


@pytest.mark.parametrize(
    ("field", "value", "keyword"),
    [
        ("camera", "asi294", "INSTRUME"),
        ("xbin", 2, "XBINNING"),
        ("gain", 0.0, "GAIN"),
        ("offset", 10.0, "OFFSET"),
        ("readout_mode", "fast", "READOUTM"),
    ],
)
def test_a_setup_that_differs_is_refused_with_both_readings(field, value, keyword):
    setup = replace(SETUP, readout_mode="slow")
    need = replace(NEED, setup=setup)
    other = matcher(master(setup=replace(setup, **{field: value})))
    assert other.best(need, "dark") is None
    [refusal] = other.refusals(need, "dark")
    assert refusal.field == keyword
    assert refusal.wanted == str(getattr(setup, field))
    assert refusal.found == str(value)


def test_a_frame_of_another_size_is_refused_even_if_nothing_else_is_known():
    other = matcher(master(setup=replace(SETUP, camera=None, width=99)))
    assert other.best(NEED, "dark") is None
    [refusal] = other.refusals(NEED, "dark")
    assert (refusal.field, refusal.wanted, refusal.found) == ("size", "100x80", "99x80")


def test_a_gain_unknown_on_one_side_is_acceptable():
    match = matcher(master(setup=replace(SETUP, gain=None))).best(NEED, "dark")
    assert match.level == ACCEPTABLE


def test_a_flat_of_days_later_is_good_as_one_of_days_before_is():
    for mjd in (59990.0, 60010.0):
        assert matcher(master("flat", mjd=mjd)).best(NEED, "flat").level == GOOD


def test_the_newest_flat_is_taken_up_to_two_days_after_the_light_where_that_is_the_limit():
    old = master("flat", path="a", mjd=59999.0)
    good = master("flat", path="b", mjd=60001.9)
    late = master("flat", path="c", mjd=60002.1)
    found = matcher(old, good, late, flat_future_days=2.0)
    assert found.best(NEED, "flat").master.path == "b"
    assert [r.field for r in found.refusals(NEED, "flat")] == ["date"]


def test_a_flat_may_be_limited_in_age():
    old = matcher(master("flat", mjd=59900.0), flat_max_age_days=30.0)
    assert old.best(NEED, "flat") is None
    assert old.refusals(NEED, "flat")[0].setting == "matching.flat_max_age_days"


def test_an_old_flat_is_good_where_no_limit_is_set():
    assert matcher(master("flat", mjd=59900.0)).best(NEED, "flat").level == GOOD


@pytest.fixture
def judged(monkeypatch) -> list[str]:
    """The flats that are judged, each time that one is."""
    paths: list[str] = []

    def noted(need, match, *others):
        paths.append(match.master.path)
        return flatrules.judge_flat(need, match, *others)

    monkeypatch.setattr(matching_matcher, "judge_flat", noted)
    return paths


def test_what_frames_between_two_dates_need_is_judged_once(judged):
    fresh = [master("flat", path=f"{i}.fits", mjd=59999.5 + i / 100) for i in range(9)]
    found = matcher(*fresh, accept_level=0)
    needs = [replace(NEED, mjd=60000.0 + minute / 1440) for minute in range(200)]
    for need in needs:
        assert found.best(need, "flat").master.path == "8.fits"
        assert not found.misses(need, "flat")
    assert sorted(judged) == [one.path for one in fresh]


def test_days_are_counted_from_each_frame_though_its_choice_is_made_once(judged):
    found = matcher(*(master("flat", path=f"{i}.fits", mjd=59990.0 - i) for i in range(9)))
    days = [found.best(replace(NEED, mjd=60000.0 + i), "flat").reason for i in range(3)]
    assert days == ["10 days older", "11 days older", "12 days older"]
    assert len(judged) == 9 + 3  # all of them once, and the best of them for each frame


def test_what_bias_costs_is_told_without_the_dark_current_that_a_dark_takes():
    options = read_section(Matching, {"dark_current": 0.01})
    for seconds in (120.0, 60.0):
        found = Matcher([master("bias", frames=25)], options)
        assert found.best(replace(NEED, exposure=seconds), "bias").cost == pytest.approx(0.2)


@pytest.mark.parametrize("name", ["oiii", None])
def test_a_flat_of_another_filter_or_of_none_is_refused(name):
    other = matcher(master("flat", filter=name))
    assert other.best(NEED, "flat") is None
    [refusal] = other.refusals(NEED, "flat")
    assert (refusal.field, refusal.wanted) == ("FILTER", "ha")


def test_flats_and_lights_without_filter_match():
    assert (
        matcher(master("flat", filter=None)).best(replace(NEED, filter=None), "flat").level == EXACT
    )


def test_a_flat_of_another_telescope_is_refused_and_a_refocused_one_is_not():
    assert matcher(master("flat", telescope="rc8")).best(NEED, "flat") is None
    assert matcher(master("flat", focal_length=800.0)).best(NEED, "flat") is None
    assert matcher(master("flat", focal_length=503.0)).best(NEED, "flat").level == EXACT


def test_a_flat_dark_is_preferred_to_a_dark_as_long():
    both = matcher(master("dark", path="a"), master("darkflat", path="b"))
    assert both.best(NEED, "darkflat").master.path == "b"
    assert both.best(NEED, "dark").master.path == "a"


def test_the_order_of_masters_makes_no_difference():
    masters = [master(path=p, mjd=59999.0) for p in "abcd"]
    assert matcher(*masters).best(NEED, "dark") == matcher(*reversed(masters)).best(NEED, "dark")
