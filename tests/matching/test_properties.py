"""What holds for any masters, any lights and any options."""

from __future__ import annotations

import math
import os
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cards import PLAIN_LIGHT, PLAIN_RAW, frame
from frames import defaults
from frames import settings as configuration
from plain_rules import KINDS, Rules
from plateworks.inventory.scan import Inventory
from plateworks.inventory.sets import Setup
from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.maintenance import Change, MaintenanceLog
from plateworks.matching.match import Match
from plateworks.matching.matcher import Matcher
from plateworks.planning.plan import build_plan

DEFAULTS = defaults()["matching"]


def numbered(masters: list[Candidate]) -> list[Candidate]:
    """Give masters paths in their order."""
    return [replace(one, path=f"{i:02d}.fits") for i, one in enumerate(masters)]


# Few values of each, so that masters meet and tie; dates on a grid that limits fall upon.
DATES = st.one_of(st.none(), st.integers(0, 96).map(lambda eighths: 60000.0 + eighths / 8))
DAYS = st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0])
SETUPS = st.builds(
    Setup,
    camera=st.sampled_from(["asi2600mm", "asi2600mm-pro", "asi2600mm", None]),
    width=st.sampled_from([100, 100, 100, 50]),
    height=st.just(80),
    xbin=st.sampled_from([1, 1, 1, None]),
    ybin=st.just(1),
    gain=st.sampled_from([100.0, 100.0, 0.0, None]),
    offset=st.sampled_from([50.0, 50.0, None]),
    readout_mode=st.sampled_from([None, None, "slow"]),
)
OPTICS = {
    "temperature": st.sampled_from([-10.0, -10.0, -9.0, -7.0, -6.9, 5.0, None]),
    "exposure": st.sampled_from([120.0, 120.0, 60.0, 30.0, 130.0, 180.0, 0.0, None]),
    "filter": st.sampled_from(["ha", "ha", "l", "oiii", None]),
    "telescope": st.sampled_from([None, "esprit", "esprit", "rc8"]),
    "focal_length": st.sampled_from([None, 500.0, 505.0, 520.0]),
    "rotator": st.sampled_from([None, None, 0.0, 1.0, 359.5, 90.0]),
}
NIGHT = st.one_of(st.none(), st.integers(60000, 60012))
NEEDS = st.builds(Need, setup=SETUPS, mjd=DATES, night=NIGHT, **OPTICS)
MASTERS = st.lists(
    st.builds(
        Candidate,
        path=st.just(""),
        kind=st.sampled_from(["bias", "dark", "dark", "darkflat", "flat", "flat"]),
        setup=SETUPS,
        mjd=DATES,
        bias_inside=st.sampled_from([True, True, False, None]),
        made=st.booleans(),
        night=NIGHT,
        **OPTICS,
    ),
    max_size=10,
).map(numbered)
#: What a master needs to serve this need, whatever the date.
NEED_OF_ALL = Need(
    Setup("asi2600mm", 100, 80, 1, 1, 100.0, 50.0, None), -10.0, 120.0, "ha", None, None, None, None
)
A_LITTLE_ELSE = {
    name: st.one_of(*[st.just(getattr(NEED_OF_ALL, name))] * 4, other)
    for name, other in OPTICS.items()
}
MASTERS_THAT_FIT = st.builds(
    Candidate,
    path=st.just(""),
    kind=st.sampled_from(["bias", "dark", "dark", "darkflat", "flat", "flat"]),
    setup=st.just(NEED_OF_ALL.setup),
    temperature=st.sampled_from([-10.0, -8.0]),
    exposure=st.sampled_from([120.0, 60.0]),
    filter=st.sampled_from(["ha", "l"]),
    telescope=st.none(),
    focal_length=st.none(),
    rotator=st.none(),
    mjd=st.none(),
    bias_inside=st.booleans(),
    made=st.booleans(),
    night=NIGHT,
)
CHANGES = st.lists(
    st.builds(
        Change,
        mjd=st.integers(0, 96).map(lambda eighths: 60000.0 + eighths / 8),
        camera=st.sampled_from(["asi2600mm", "asi2600", "qhy600"]),
        comment=st.just("cleaned"),
        when=st.just("then"),
    ),
    max_size=3,
)
OPTIONS = st.fixed_dictionaries(
    {
        "temperature_tolerance_degC": st.sampled_from([0.0, 1.0]),
        "temperature_good_degC": st.sampled_from([3.0, 1.0]),
        "dark_policy": st.sampled_from(["scale", "nearest", "longest_not_longer", "exact"]),
        "dark_scale": st.sampled_from(["exposure", "optimise", "none"]),
        "substitute_filter": st.sampled_from(["L", None]),
        "rotator_tolerance_deg": st.sampled_from([1.0, 10.0]),
        "maintenance_bounds": st.sampled_from([["flat"], ["flat", "dark"], ["dark"], []]),
        "prefer": st.sampled_from(["new", "library"]),
        "by_date": st.sampled_from(["nearest", "newest"]),
        "flat_future_days": DAYS,
        "flat_max_age_days": st.one_of(st.none(), DAYS),
        "fresh_days": st.fixed_dictionaries({"bias": DAYS, "dark": DAYS, "flat": DAYS}),
    }
).map(lambda some: DEFAULTS | some)


@settings(max_examples=1500, deadline=None)
@given(need=NEEDS, masters=MASTERS, options=OPTIONS, changes=CHANGES)
def test_every_choice_is_that_of_the_plain_rules(need, masters, options, changes):
    matcher = Matcher(masters, options, MaintenanceLog(changes))
    rules = Rules(masters, options, changes)
    for slot in KINDS:
        expected = rules.ranked(need, slot)
        assert [said(match) for match in matcher.ranked(need, slot)] == expected
        best = matcher.best(need, slot)
        assert (best and said(best)) == (expected[0] if expected else None)
        assert (best.runner_up if best else "") == (expected[1].path if expected[1:] else "")
        unfit = {one.path for one in masters if one.kind in KINDS[slot]}
        accept = options["accept_level"][slot]
        unfit -= {choice.path for choice in expected if choice.level <= accept}
        assert {refusal.path for refusal in matcher.refusals(need, slot)} == unfit


def said(match: Match) -> tuple:
    bias = match.bias and match.bias.path
    return match.master.path, match.level, match.k, bias, match.optimise


def levels(ranked: list[Match]) -> list[tuple[str, int]]:
    return [(match.master.path, match.level) for match in ranked]


def beside(limit: float) -> list[float]:
    """A date, and those next to it."""
    return [math.nextafter(limit, -math.inf), limit, math.nextafter(limit, math.inf), limit + 1e-10]


@settings(max_examples=300, deadline=None)
@given(
    masters=st.lists(st.builds(replace, MASTERS_THAT_FIT, mjd=DATES), min_size=1, max_size=5),
    options=OPTIONS, changes=CHANGES, data=st.data(), days=st.tuples(*[st.floats(0, 6)] * 5),
)  # fmt: skip
def test_no_stretch_of_time_hides_a_change_of_choice(masters, options, changes, data, days):
    """At the last bit of a limit a light gets what it would get alone."""
    masters = numbered(masters)
    future, oldest, *fresh = days
    options = options | {
        "flat_future_days": future,
        "flat_max_age_days": data.draw(st.sampled_from([None, oldest])),
        "fresh_days": dict(zip(("bias", "dark", "flat"), fresh, strict=True)),
    }
    log = MaintenanceLog(changes)
    limits = {change.mjd for change in changes}
    dated = [master.mjd for master in masters if master.mjd is not None]
    limits |= {mjd + sign * some for mjd in dated for sign in (-1, 1) for some in days}
    some = data.draw(st.permutations(sorted(limits)))[:14]
    moments = data.draw(st.permutations([None, *(mjd for limit in some for mjd in beside(limit))]))
    shared = Matcher(masters, options, log)
    for moment in moments:
        night = None if moment is None else math.floor(moment)
        assert_alone(shared, replace(NEED_OF_ALL, mjd=moment, night=night))


@settings(max_examples=200, deadline=None)
@given(
    needs=st.lists(
        st.builds(replace, st.just(NEED_OF_ALL), mjd=DATES, night=NIGHT, **A_LITTLE_ELSE)
    ),
    masters=st.lists(st.builds(replace, MASTERS_THAT_FIT, mjd=DATES, **A_LITTLE_ELSE)),
    options=OPTIONS,
    changes=CHANGES,
)
def test_what_other_lights_need_changes_no_choice(needs, masters, options, changes):
    shared = Matcher(numbered(masters), options, MaintenanceLog(changes))
    for need in needs:
        assert_alone(shared, need)


@pytest.mark.parametrize(
    ("slot", "field", "other"),
    [
        ("flat", "rotator", 90.0),
        ("flat", "filter", "oiii"),
        ("flat", "telescope", "rc8"),
        ("flat", "focal_length", 900.0),
        ("dark", "exposure", 60.0),
        ("dark", "temperature", 5.0),
        ("bias", "temperature", 5.0),
    ],
)
def test_a_light_that_differs_in_one_field_is_looked_at_anew(slot, field, other):
    need = replace(NEED_OF_ALL, mjd=60000.0, telescope="esprit", focal_length=500.0, rotator=0.0)
    known = {name: getattr(need, name) for name in (*OPTICS, "setup", "mjd")}
    matcher = Matcher([Candidate("m.fits", slot, bias_inside=True, made=False, **known)], DEFAULTS)
    assert matcher.best(need, slot).level == 0
    changed = replace(need, **{field: other})
    match = matcher.best(changed, slot)
    assert match is None or match.level > 0
    assert_alone(matcher, changed)


def assert_alone(shared: Matcher, need: Need) -> None:
    """Assert that a matcher that knows other needs chooses as one that knows none."""
    for slot in KINDS:
        alone = Matcher(shared.masters, shared._options, shared._log)
        assert shared.best(need, slot) == alone.best(need, slot)
        assert shared.refusals(need, slot) == alone.refusals(need, slot)
        assert levels(shared.ranked(need, slot)) == levels(alone.ranked(need, slot))


@settings(max_examples=300, deadline=None)
@given(need=NEEDS, masters=MASTERS, options=OPTIONS, changes=CHANGES, data=st.data())
def test_neither_order_nor_refused_masters_change_a_choice(need, masters, options, changes, data):
    log = MaintenanceLog(changes)
    first = Matcher(masters, options, log)
    mixed = Matcher(data.draw(st.permutations(masters)), options, log)
    for slot in KINDS:
        ranked = first.ranked(need, slot)
        assert mixed.ranked(need, slot) == ranked
        fit = {match.master.path for match in ranked} | {
            m.path for m in masters if m.kind == "bias"
        }
        fewer = Matcher([one for one in masters if one.path in fit], options, log)
        assert fewer.ranked(need, slot) == ranked
        assert fewer.best(need, slot) == first.best(need, slot)


# -- whole plans ---------------------------------------------------------------------------------

CARDS = st.fixed_dictionaries(
    {
        "IMAGETYP": st.sampled_from(["LIGHT", "LIGHT", "DARK", "BIAS", "FLAT", "DARKFLAT"]),
        "EXPTIME": st.sampled_from([120, 60, 2]),
        "FILTER": st.sampled_from(["Ha", "L", "R", None]),
        "GAIN": st.sampled_from([100, 100, None]),
        "ROTATOR": st.sampled_from([None, None, 90.0]),
    }
)
#: Frames of four nights, no two at one time.
NIGHTS = st.lists(
    st.tuples(st.integers(0, 4 * 24 * 60), CARDS), min_size=2, max_size=14, unique_by=lambda x: x[0]
)


def planned(night: list, paths: list[str], order: list[int] | None = None) -> dict:
    """Plan frames under given paths; return what each light gets, by the light's time."""
    frames = [
        frame(path, PLAIN_LIGHT, {**cards, "MJD-OBS": 60000.0 + minute / 1440})
        for path, (minute, cards) in zip(paths, night, strict=True)
    ]
    frames = [frames[i] for i in order] if order else frames
    complete = configuration("raw", masters={"min_frames": 1}, matching={"accept_level": 3})
    plan = build_plan(Inventory(tuple(frames), ()), complete)
    return {
        light.frame.mjd: (light.source.id, light.dark, light.flat, light.refused)
        for light in plan.lights
    }


def plain_paths(night: list) -> list[str]:
    return [f"raw/{i:03d}.fits" for i in range(len(night))]


@settings(max_examples=150, deadline=None)
@given(night=NIGHTS, data=st.data())
def test_names_folders_and_order_of_files_change_no_match(night, data):
    names = data.draw(
        st.lists(
            st.text("abcXYZ0189 _-ü", min_size=1, max_size=8), min_size=len(night),
            max_size=len(night), unique_by=str.casefold,
        )
    )  # fmt: skip
    paths = [f"raw/{name[:2]}/{name}.fits" for name in names]
    order = data.draw(st.permutations(range(len(night))))
    assert planned(night, paths, order) == planned(night, plain_paths(night))


@settings(max_examples=150, deadline=None)
@given(night=NIGHTS, data=st.data())
def test_one_more_light_changes_no_other_match(night, data):
    lights = [i for i, (_, cards) in enumerate(night) if cards["IMAGETYP"] == "LIGHT"]
    if not lights:
        return
    added = data.draw(st.sampled_from(lights))
    before = [one for i, one in enumerate(night) if i != added]
    without, together = planned(before, plain_paths(before)), planned(night, plain_paths(night))
    assert {mjd: together[mjd] for mjd in without} == without


@settings(max_examples=300, deadline=None)
@given(
    first=st.lists(st.builds(replace, MASTERS_THAT_FIT, mjd=DATES), max_size=4),
    later=st.lists(st.builds(replace, MASTERS_THAT_FIT, mjd=DATES), max_size=4),
    options=OPTIONS,
)
def test_nights_added_later_change_nothing_for_one_that_has_its_own(first, later, options):
    """Its own are of one kind each, complete, and of the best level there is."""
    own = [
        Candidate(
            "", kind, NEED_OF_ALL.setup, -10.0, 120.0, "ha", None, None, None, 60003.7, True,
            made=True, night=60003,
        )
        for kind in KINDS
    ]  # fmt: skip
    options = options | {"by_date": "nearest", "prefer": "new", "flat_max_age_days": None}
    options |= {"fresh_days": {"bias": 5.0, "dark": 5.0, "flat": 5.0}}
    earlier = [replace(one, night=60001, mjd=60001.7) for one in first]
    after = [replace(one, night=60004 + i % 3, mjd=60004.6 + i % 3) for i, one in enumerate(later)]
    masters = numbered([*own, *earlier, *after])
    need = replace(NEED_OF_ALL, mjd=60003.9, night=60003)
    before, then = (Matcher(some, options) for some in (masters[: -len(after) or None], masters))
    for slot in KINDS:
        match = then.best(need, slot)
        assert match.master.night == 60003
        assert said(match) == said(before.best(need, slot))


@pytest.fixture
def zone():
    """A function that sets the computer's zone for the time of a test."""
    before = os.environ.get("TZ")

    def change(name: str | None) -> None:
        os.environ.pop("TZ", None)
        if name is not None:
            os.environ["TZ"] = name
        time.tzset()

    yield change
    change(before)


def test_the_zone_of_the_computer_changes_no_match(zone):
    kinds = [{"IMAGETYP": plain["IMAGETYP"]} for plain in PLAIN_RAW.values()]
    night = [(4 * number, cards) for number, cards in enumerate(kinds * 300)]
    zone("UTC")
    expected = planned(night, plain_paths(night))
    assert len({source for source, *_ in expected.values()}) == 5  # nights
    for name in ("Pacific/Auckland", "America/Los_Angeles", "Asia/Kathmandu", None):
        zone(name)
        assert planned(night, plain_paths(night)) == expected
