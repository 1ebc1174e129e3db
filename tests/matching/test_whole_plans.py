"""What holds for any night that is planned."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cards import PLAIN_LIGHT, PLAIN_RAW, frame
from drawn import Bytes, drawn
from frames import settings as configuration
from plain_rules import told
from plateworks.inventory.scan import Inventory
from plateworks.planning.plan import Plan, build_plan

CARDS = {
    "IMAGETYP": ("LIGHT", "LIGHT", "DARK", "BIAS", "FLAT", "DARKFLAT"),
    "EXPTIME": (120, 60, 2),
    "FILTER": ("Ha", "L", "R", None),
    "GAIN": (100, 100, None),
    "ROTATOR": (None, None, 90.0),
}
MINUTES = 4 * 24 * 60
LETTERS = "abcXYZ0189 _-ü"
Night = list[tuple[int, dict]]


def planned(night: Night, paths: list[str], order: Sequence[int] = ()) -> dict:
    """Plan frames under given paths; return what each light gets, by the light's time."""
    plan = plan_of(night, paths, order)
    return {
        light.frame.mjd: (light.source.id, light.dark, light.flat, light.refused)
        for light in plan.lights
    }


def plan_of(night: Night, paths: list[str], order: Sequence[int] = ()) -> Plan:
    frames = [
        frame(path, PLAIN_LIGHT, {**cards, "MJD-OBS": 60000.0 + minute / 1440})
        for path, (minute, cards) in zip(paths, night, strict=True)
    ]
    frames = [frames[i] for i in order] if order else frames
    complete = configuration("raw", masters={"min_frames": 1}, matching={"accept_level": 3})
    return build_plan(Inventory(tuple(frames), ()), complete)


def plain_paths(night: Night) -> list[str]:
    return [f"raw/{i:03d}.fits" for i in range(len(night))]


def frames_of_four_nights(of: Bytes) -> Night:
    """Return frames of which no two are of one time."""
    some = of.several(lambda of: of.each(CARDS), 14, 2)
    return list(zip(of.random().sample(range(MINUTES), len(some)), some, strict=True))


def under_other_names(of: Bytes) -> tuple[Night, list[str], list[int]]:
    night, chance = frames_of_four_nights(of), of.random()
    names: dict[str, str] = {}
    while len(names) < len(night):
        name = "".join(chance.choices(LETTERS, k=chance.randint(1, 8)))
        names.setdefault(name.casefold(), name)
    paths = [f"raw/{name[:2]}/{name}.fits" for name in names.values()]
    return night, paths, chance.sample(range(len(night)), len(night))


@settings(max_examples=150)
@given(drawn(under_other_names, 100))
def test_names_folders_and_order_of_files_change_no_match(example):
    night, paths, order = example
    assert planned(night, paths, order) == planned(night, plain_paths(night))


@settings(max_examples=150)
@given(drawn(frames_of_four_nights, 100), st.integers(0, 13))
def test_one_more_light_changes_no_other_match(night, which):
    lights = [i for i, (_, cards) in enumerate(night) if cards["IMAGETYP"] == "LIGHT"]
    if not lights:
        return
    added = lights[which % len(lights)]
    before = [one for i, one in enumerate(night) if i != added]
    without, together = planned(before, plain_paths(before)), planned(night, plain_paths(night))
    assert {mjd: together[mjd] for mjd in without} == without


@settings(max_examples=150)
@given(drawn(frames_of_four_nights, 100))
def test_what_a_flat_itself_lacks_is_told_of_its_lights_and_changes_no_choice(night):
    plan = plan_of(night, plain_paths(night))
    made = {master.path: master for master in plan.usable}
    for light in plan.lights:
        if light.flat is None:
            continue
        fit = plan.matcher.best(plan.need_of(light.frame), "flat")
        assert light.flat.master == fit.master
        matches = made[fit.master.path].matches
        levels = [None if match is None else match.level for match in matches]
        assert light.flat.level == told(fit.level, levels)
        assert light.level >= light.flat.level


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
