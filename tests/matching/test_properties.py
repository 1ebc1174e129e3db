"""What holds for any masters, any lights and any options."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings

import drawn
from drawn import NEED_OF_ALL, OPTICS, Bytes, numbered
from plain_costs import KINDS
from plain_rules import Rules
from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.choices import dark_for_flat, dark_for_light
from plateworks.matching.maintenance import MaintenanceLog
from plateworks.matching.match import Match
from plateworks.matching.matcher import Matcher
from plateworks.settings.matching import FreshDays, Matching


def any_masters(of: Bytes) -> tuple:
    need, options, changes = drawn.need(of), drawn.options(of), drawn.changes(of)
    return need, options, changes, drawn.masters(of, need), of.random()


@settings(max_examples=1500)
@given(drawn.drawn(any_masters))
def test_every_choice_is_that_of_the_plain_rules(example):
    need, options, changes, masters, _ = example
    matcher = Matcher(masters, options, MaintenanceLog(changes))
    rules = Rules(masters, options, changes)
    for slot in KINDS:
        expected = rules.ranked(need, slot)
        assert [said(match) for match in matcher.ranked(need, slot)] == expected
        best = matcher.best(need, slot)
        assert (best and said(best)) == (expected[0] if expected else None)
        assert (best.runner_up if best else "") == (expected[1].path if expected[1:] else "")
        unfit = {one.path for one in masters if one.kind in KINDS[slot]}
        accept = options.accept_level.of(slot)
        unfit -= {choice.path for choice in expected if choice.level <= accept}
        assert {refusal.path for refusal in matcher.refusals(need, slot)} == unfit


def any_archive(of: Bytes) -> tuple:
    need = drawn.a_little_else(of, drawn.NEED_OF_ALL) if of.number(4) == 3 else drawn.NEED_OF_ALL
    night = 60000 + of.number(13)
    mjd = night + of.number(9) / 8 if of.number(5) else drawn.date(of)
    night = night if of.number(5) else drawn.night(of)
    need = replace(need, night=night, mjd=mjd, bright=of.pick((False, True)))
    return need, drawn.options(of), drawn.changes(of), drawn.archive(of)


@settings(max_examples=1500)
@given(drawn.drawn(any_archive, 900))
def test_of_an_archive_those_near_in_time_are_chosen_as_if_all_were_judged(example):
    need, options, changes, masters = example
    matcher = Matcher(masters, options, MaintenanceLog(changes))
    rules = Rules(masters, options, changes)
    for slot in KINDS:
        expected, best = rules.ranked(need, slot), matcher.best(need, slot)
        assert (best and said(best)) == (expected[0] if expected else None)
        assert (best.runner_up if best else "") == (expected[1].path if expected[1:] else "")
        assert [said(match) for match in matcher.ranked(need, slot)] == expected
    for slot, dark_for in (("dark", dark_for_light), ("darkflat", dark_for_flat)):
        match = dark_for(need, matcher)
        assert (match and (match.master.path, match.level)) == rules.dark_or_bias(need, slot)


@settings(max_examples=800)
@given(drawn.drawn(any_masters))
def test_bias_alone_serves_where_the_plain_rules_say_so(example):
    need, options, changes, masters, _ = example
    matcher = Matcher(masters, options, MaintenanceLog(changes))
    rules = Rules(masters, options, changes)
    for slot, dark_for in (("dark", dark_for_light), ("darkflat", dark_for_flat)):
        match = dark_for(need, matcher)
        expected = rules.dark_or_bias(need, slot)
        assert (match and (match.master.path, match.level)) == expected


@settings(max_examples=500)
@given(drawn.drawn(any_masters))
def test_what_fails_in_the_fewest_points_is_the_first_miss(example):
    need, options, changes, masters, _ = example
    matcher = Matcher(masters, options, MaintenanceLog(changes))
    rules, by_path = Rules(masters, options, changes), {one.path: one for one in masters}
    for slot in KINDS:
        misses = matcher.misses(need, slot)
        assert sorted(misses) == sorted(matcher.refusals(need, slot))
        points = [rules.points(need, by_path[one.path], slot) for one in misses]
        assert points == sorted(points)


def said(match: Match) -> tuple:
    bias, own = (one and one.path for one in (match.bias, match.dark_bias))
    told = match.master.path, match.level, match.k, bias, own, match.optimise
    return (*told, match.beyond, match.unscaled)


def levels(ranked: list[Match]) -> list[tuple[str, int]]:
    return [(match.master.path, match.level) for match in ranked]


def beside(limit: float) -> list[float]:
    """A date, and those next to it."""
    return [math.nextafter(limit, -math.inf), limit, math.nextafter(limit, math.inf), limit + 1e-10]


def masters_that_fit(of: Bytes) -> tuple:
    """Masters that differ in their dates above all, and moments at which one or other expires."""
    future, oldest, *fresh = (6 * of.part() for _ in range(5))
    fresh = dict(zip(("bias", "dark", "flat"), fresh, strict=True))
    options = replace(
        drawn.options(of),
        flat_future_days=future,
        flat_max_age_days=of.pick((None, oldest)),
        fresh_days=FreshDays(**fresh),
    )
    changes, masters = drawn.changes(of), numbered(of.several(drawn.master_that_fits, 5, 1))
    limits = {change.mjd for change in changes}
    for master in masters:
        if master.mjd is not None:
            days = [fresh["dark" if master.kind == "darkflat" else master.kind]]
            days += [future, oldest] if master.kind == "flat" else []
            limits |= {master.mjd + sign * some for some in days for sign in (-1, 1)}
    order = of.random()
    some = order.sample(sorted(limits), min(len(limits), 7))
    moments = [None, *(moment for limit in some for moment in beside(limit))]
    order.shuffle(moments)
    return masters, options, changes, moments


@settings(max_examples=300)
@given(drawn.drawn(masters_that_fit, 200))
def test_no_stretch_of_time_hides_a_change_of_choice(example):
    """At the last bit of a limit a light gets what it would get alone."""
    masters, options, changes, moments = example
    shared = Matcher(masters, options, MaintenanceLog(changes))
    for moment in moments:
        night = None if moment is None else math.floor(moment)
        assert_alone(shared, replace(NEED_OF_ALL, mjd=moment, night=night))


def needs_and_masters(of: Bytes) -> tuple:
    def need(of: Bytes) -> Need:
        return drawn.a_little_else(
            of, replace(NEED_OF_ALL, mjd=drawn.date(of), night=drawn.night(of))
        )

    def master(of: Bytes) -> Candidate:
        return drawn.a_little_else(of, drawn.master_that_fits(of))

    options, changes = drawn.options(of), drawn.changes(of)
    return of.several(need, 8), numbered(of.several(master, 8)), options, changes


@settings(max_examples=200)
@given(drawn.drawn(needs_and_masters))
def test_what_other_lights_need_changes_no_choice(example):
    needs, masters, options, changes = example
    shared = Matcher(masters, options, MaintenanceLog(changes))
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
    one = Candidate("m.fits", slot, bias_inside=True, made=False, **known)
    matcher = Matcher([one], Matching())
    assert matcher.best(need, slot).level == 0
    changed = replace(need, **{field: other})
    match = matcher.best(changed, slot)
    assert match is None or match.level > 0
    assert_alone(matcher, changed)


def assert_alone(shared: Matcher, need: Need) -> None:
    """Assert that a matcher that knows other needs chooses as one that knows none."""
    for slot in KINDS:
        alone = Matcher(shared.masters, shared.options, shared._log)
        assert shared.best(need, slot) == alone.best(need, slot)
        assert shared.refusals(need, slot) == alone.refusals(need, slot)
        assert levels(shared.ranked(need, slot)) == levels(alone.ranked(need, slot))


@settings(max_examples=300)
@given(drawn.drawn(any_masters))
def test_neither_order_nor_refused_masters_change_a_choice(example):
    need, options, changes, masters, order = example
    log = MaintenanceLog(changes)
    first = Matcher(masters, options, log)
    mixed = Matcher(order.sample(masters, len(masters)), options, log)
    for slot in KINDS:
        ranked = first.ranked(need, slot)
        assert mixed.ranked(need, slot) == ranked
        fit = {match.master.path for match in ranked} | {
            m.path for m in masters if m.kind == "bias"
        }
        fewer = Matcher([one for one in masters if one.path in fit], options, log)
        assert fewer.ranked(need, slot) == ranked
        assert fewer.best(need, slot) == first.best(need, slot)


def earlier_and_later(of: Bytes) -> tuple:
    """Masters of nights before and after one that has its own."""
    earlier = of.several(drawn.master_that_fits, 4)
    later = of.several(drawn.master_that_fits, 4)
    return (
        [replace(one, night=60001, mjd=60001.7, frames=20) for one in earlier],
        [
            replace(one, night=60004 + i % 3, mjd=60004.6 + i % 3, frames=20 + of.pick((0, 4)))
            for i, one in enumerate(later)
        ],
        drawn.options(of),
    )


@settings(max_examples=300)
@given(drawn.drawn(earlier_and_later, 150))
def test_nights_added_later_change_nothing_for_one_that_has_its_own(example):
    """Its own are of one kind each, complete, and of the best level there is."""
    earlier, after, options = example
    own = [
        Candidate(
            "", kind, NEED_OF_ALL.setup, -10.0, 120.0, "ha", None, None, None, 60003.7, True,
            made=True, night=60003, frames=20,
        )
        for kind in KINDS
    ]  # fmt: skip
    options = replace(
        options, by_date="nearest", prefer="new", flat_max_age_days=None, change_margin=0.1
    )
    options = replace(options, fresh_days=FreshDays(bias=5.0, dark=5.0, flat=5.0))
    masters = numbered([*own, *earlier, *after])
    need = replace(NEED_OF_ALL, mjd=60003.9, night=60003)
    before, then = (Matcher(some, options) for some in (masters[: -len(after) or None], masters))
    for slot in KINDS:
        match = then.best(need, slot)
        assert match.master.night == 60003
        assert said(match) == said(before.best(need, slot))
