"""What a master costs a frame, and what a new night changes for the nights before it."""

import math
from dataclasses import replace

import pytest

from plateworks.inventory.sets import Setup
from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.choices import dark_for_flat, dark_for_light
from plateworks.matching.match import ACCEPTABLE, EXACT, GOOD, LAST_RESORT
from plateworks.matching.matcher import Matcher
from plateworks.settings.matching import AcceptLevel, Matching

SETUP = Setup("cam", 100, 80, 1, 1, 100.0, 50.0, None)
NIGHT = 60000
LIGHT = Need(SETUP, -10.0, 60.0, "ha", None, None, None, NIGHT + 0.4, NIGHT)
FLAT = replace(LIGHT, exposure=1.59)


def master(kind: str, exposure: float, frames: int | None, *, days: int = 0, **more) -> Candidate:
    plain = Candidate(
        path=f"{kind}_{exposure:g}_{days}.fits", kind=kind, setup=SETUP, temperature=-10.0,
        exposure=exposure, filter=None, telescope=None, focal_length=None, rotator=None,
        mjd=NIGHT + days + 0.3, bias_inside=True, made=True, night=NIGHT + days, frames=frames,
    )  # fmt: skip
    return replace(plain, **more)


def matcher(*masters: Candidate, **options) -> Matcher:
    return Matcher(masters, Matching(**options))


def test_noise_falls_with_the_root_of_the_frames():
    [few, many] = (matcher(master("dark", 60, n)).best(LIGHT, "dark") for n in (4, 64))
    assert (few.level, few.cost, many.cost) == (EXACT, 0.5, 0.125)


def test_a_scaled_dark_costs_its_factor_and_what_is_left_of_one_bias():
    dark, bias = master("dark", 120, 20), master("bias", 0, 20)
    match = matcher(dark, bias).best(LIGHT, "dark")
    # K D and (1 - K) B, both halves, and the doubt of what is acceptable.
    noise = math.hypot(0.5, 0.5) / math.sqrt(20)
    assert match.cost == pytest.approx(math.hypot(noise, 0.7))


def test_biases_of_two_nights_cost_their_noise_each():
    dark, own = master("dark", 120, 20, days=-9), master("bias", 0, 20, days=-9)
    match = matcher(dark, own, master("bias", 0, 20)).best(LIGHT, "dark")
    noise = math.sqrt((0.25 + 1.0 + 0.25) / 20)
    assert match.cost == pytest.approx(math.hypot(noise, 0.7, 0.1 * 9 / 90))


def test_a_flat_dark_among_darks_is_not_scaled_by_thirty_for_lights():
    short, long, bias = master("dark", 2, 50), master("dark", 120, 10), master("bias", 0, 30)
    match = dark_for_light(LIGHT, matcher(short, long, bias))
    assert (match.master, match.k, match.level) == (long, 0.5, ACCEPTABLE)


def test_bias_alone_takes_the_place_of_a_dark_beyond_the_limit():
    match = dark_for_light(LIGHT, matcher(master("dark", 10, 30), master("bias", 0, 30)))
    assert (match.master.kind, match.level) == ("bias", ACCEPTABLE)
    assert match.reason == "bias alone, a dark of 10 s would be scaled by 6"


@pytest.mark.parametrize("exposure", [0.05, 1.0])
def test_for_flats_bias_alone_is_better_than_a_dark_scaled_up(exposure):
    match = dark_for_flat(FLAT, matcher(master("dark", exposure, 50), master("bias", 0, 30)))
    assert match.master.kind == "bias"


def test_a_dark_that_is_next_to_nothing_short_of_a_flat_goes_before_bias_alone():
    flat = replace(LIGHT, exposure=30.3)
    match = dark_for_flat(flat, matcher(master("dark", 30, 20), master("bias", 0, 30)))
    assert (match.master.kind, match.k) == ("dark", pytest.approx(1.01))


def test_bias_alone_says_that_darks_were_there():
    match = dark_for_flat(FLAT, matcher(master("dark", 1.0, 50), master("bias", 0, 30)))
    assert match.reason == "bias alone, which costs less than the darks there"


def test_a_longer_dark_is_scaled_down_rather_than_a_shorter_one_up():
    need = replace(LIGHT, exposure=180.0)
    darks = master("dark", 100, 60), master("dark", 300, 20)
    assert matcher(*darks, master("bias", 0, 30)).best(need, "dark").master == darks[1]


# What each constant of the cost decides.


def chosen(need: Need, slot: str, *masters: Candidate, **options) -> Candidate:
    return matcher(*masters, **options).best(need, slot).master


@pytest.mark.parametrize(("frames", "kept"), [(30, True), (20, False)])
def test_an_exact_dark_of_25_frames_is_worth_any_number_that_is_good(frames, kept):
    exact, good = master("dark", 60, frames), master("dark", 60, 10_000, days=-95)
    assert matcher(good).best(LIGHT, "dark").level == GOOD
    # Its night is made ours, so that nothing but the level tells them apart.
    assert (chosen(LIGHT, "dark", exact, replace(good, night=NIGHT)) == exact) == kept


def test_three_exact_frames_are_worth_more_than_any_number_that_is_acceptable():
    exact, unknown = master("dark", 60, 3), master("dark", 60, 10_000, temperature=None)
    assert matcher(unknown).best(LIGHT, "dark").level == ACCEPTABLE
    assert chosen(LIGHT, "dark", exact, replace(unknown, path="a.fits")) == exact


def test_a_last_resort_is_worth_less_than_one_frame_that_is_acceptable():
    far, unknown = master("dark", 60, 10_000, temperature=5.0), master("dark", 60, 1)
    unknown = replace(unknown, temperature=None)
    for accept in (2, 3):
        best = matcher(far, unknown, accept_level=AcceptLevel(dark=accept)).best(LIGHT, "dark")
        assert best.master == unknown
    assert matcher(far).best(LIGHT, "dark").level == LAST_RESORT


@pytest.mark.parametrize(("exposure", "kind"), [(45.0, "dark"), (35.0, "bias")])
def test_where_dark_current_is_known_bias_alone_goes_before_a_dark_scaled_up_by_half(
    exposure, kind
):
    masters = master("dark", exposure, 50), master("bias", 0, 50)
    match = dark_for_light(LIGHT, matcher(*masters, dark_current=0.001))
    assert (match.master.kind, match.level) == (kind, ACCEPTABLE)


def test_a_dark_scaled_by_the_limit_is_as_doubtful_as_a_last_resort():
    masters = master("dark", 30, 10_000), master("bias", 0, 10_000)
    assert matcher(*masters).best(LIGHT, "dark").cost == pytest.approx(3.0, abs=0.01)


def test_bias_alone_is_to_a_flat_a_dark_that_is_scaled_by_nothing():
    bias = master("bias", 0, 10_000)
    least = dark_for_flat(FLAT, matcher(master("dark", 1e5, 10_000), bias))
    alone = dark_for_flat(FLAT, matcher(bias))
    assert (least.master.kind, alone.master.kind) == ("dark", "bias")
    assert least.cost == pytest.approx(alone.cost, rel=1e-3)


def test_of_two_good_darks_the_nearer_in_temperature_serves_whatever_its_frames():
    near, far = (master("dark", 60, n, temperature=t) for n, t in ((20, -8.9), (10_000, -7.0)))
    assert chosen(LIGHT, "dark", near, replace(far, path="a.fits")) == near


@pytest.mark.parametrize(("frames", "kept"), [(18, True), (15, False)])
def test_a_dark_as_old_as_it_may_be_makes_up_for_it_by_a_third_more_frames(frames, kept):
    own, old = master("dark", 60, frames), master("dark", 60, 20, days=-89)
    assert (chosen(LIGHT, "dark", own, old) == own) == kept


@pytest.mark.parametrize(("frames", "told"), [(8, False), (13, True)])
def test_a_master_that_tells_no_number_of_frames_counts_as_ten(frames, told):
    silent, telling = master("dark", 60, None, path="a.fits"), master("dark", 60, frames)
    assert (chosen(LIGHT, "dark", silent, telling) == telling) == told


def test_a_flat_costs_its_noise_its_level_and_its_age():
    def cost(days: int) -> float:
        return matcher(flat(days, 16)).best(LIGHT, "flat").cost

    assert cost(0) == 0.25
    assert cost(-2) == pytest.approx(math.hypot(0.25, 0.1))
    assert cost(-4) == pytest.approx(math.hypot(0.25, 0.2, 0.2))
    assert cost(-40) == pytest.approx(math.hypot(0.25, 0.2, 2.0))


def flat(days: int, frames: int) -> Candidate:
    return master("flat", 2.0, frames, days=days, filter="ha", mjd=NIGHT + days + 0.4)


def test_a_flat_of_a_later_night_must_be_better_by_the_margin():
    before, after = flat(-2, 20), flat(1, 20)
    assert chosen(LIGHT, "flat", before, after) == before
    assert chosen(LIGHT, "flat", before, after, change_margin=0.0) == after
    assert chosen(LIGHT, "flat", before, flat(1, 40)).night == NIGHT + 1
    assert chosen(LIGHT, "flat", before, after, by_date="newest") == after


def test_a_light_without_flats_of_its_past_takes_the_nearest_that_come():
    assert chosen(LIGHT, "flat", flat(5, 20), flat(9, 90)).night == NIGHT + 5


EARLIER = master("dark", 60, 20, days=-1), master("bias", 0, 20)


def test_five_flat_darks_of_a_later_night_leave_flats_as_they_are():
    before = dark_for_flat(FLAT, matcher(*EARLIER))
    after = dark_for_flat(FLAT, matcher(*EARLIER, master("darkflat", 1.59, 5, days=9)))
    assert before.master == after.master == EARLIER[0]


@pytest.mark.parametrize(("frames", "taken"), [(3, True), (5, False), (20, False)])
def test_flat_darks_of_a_later_night_are_taken_where_the_flat_has_clearly_less_noise(frames, taken):
    earlier = master("dark", 60, frames, days=-1), master("bias", 0, frames)
    later = master("darkflat", 1.59, 40, days=9)
    assert (dark_for_flat(FLAT, matcher(*earlier, later)).master == later) == taken


def test_few_flat_darks_of_a_later_night_do_not_replace_bias_alone():
    bias = master("bias", 0, 3)
    for frames, kind in ((5, "bias"), (60, "darkflat")):
        later = master("darkflat", 1.59, frames, days=9)
        assert dark_for_flat(FLAT, matcher(bias, later)).master.kind == kind


def test_flat_darks_of_the_own_night_go_before_a_scaled_dark():
    own = master("darkflat", 1.59, 5)
    assert dark_for_flat(FLAT, matcher(*EARLIER, own)).master == own


def test_own_darks_of_the_day_after_go_before_scaled_ones():
    later = master("dark", 60, 20, days=1)
    match = matcher(master("dark", 120, 20), master("bias", 0, 20), later).best(LIGHT, "dark")
    assert (match.master, match.level) == (later, EXACT)


@pytest.mark.parametrize(("before", "frames", "stays"), [(5, 20, True), (3, 20, False)])
def test_the_margin_is_of_the_noise_of_the_whole_frame(before, frames, stays):
    """Darks that bring 0.45 of a read noise leave 6 % more in a frame than those of 0.22."""
    darks = master("dark", 60, before), master("dark", 60, frames, days=3)
    assert (matcher(*darks).best(LIGHT, "dark").master == darks[0]) == stays


def test_bias_alone_goes_before_a_dark_where_the_whole_frame_gains_by_the_margin():
    """A dark that is scaled up makes a frame of 1.88 read noises, or of 2; bias alone of 1.72."""
    for exposure, kind in ((39.2, "dark"), (38.0, "bias")):
        masters = master("dark", exposure, 10_000), master("bias", 0, 10_000)
        match = dark_for_light(LIGHT, matcher(*masters, dark_current=1e-6))
        assert match.master.kind == kind


@pytest.mark.parametrize(("margin", "days"), [(0.1, 0), (0.0, 3)])
def test_the_margin_that_a_later_night_must_gain_can_be_set(margin, days):
    darks = master("dark", 60, 20), master("dark", 60, 22, days=3)
    best = matcher(*darks, change_margin=margin).best(LIGHT, "dark")
    assert best.master == darks[0 if days == 0 else 1]
