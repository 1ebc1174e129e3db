"""Until when masters serve: by drifts that are known, by what changes, and by the log."""

import pytest

from plateworks.orders.trends import TrendOrder, Upkeep, day_of, night_of
from plateworks.quality.expiry import expiries_of
from plateworks.report.trendsources import follow
from plateworks.settings.expiry import Expiry
from trendnights import FIRST, SIDE, Camera, until, write_defects, write_masters

USUAL = Expiry()
DRIFTS = {
    "bias": ({"drifts": {"bias": 0.01}}, ("bias", "dark")),
    "dark": ({"drifts": {"dark": 0.2}}, ("dark",)),
    "births": ({"births": 10.0}, ("dark",)),
    "shape": ({"drifts": {"shape": 0.02}}, ("flat",)),
}


@pytest.fixture
def expiries(tmp_path):
    """Write a year and a half of a camera, and tell until when its masters serve."""

    def tell(upkeep=(), bounds=("flat",), borne=USUAL, **changes):
        camera = Camera(seed=8, nights=40, ends=540, **changes)
        masters = write_masters(tmp_path, camera)
        order = TrendOrder(
            masters=masters, lights=(), defects=write_defects(tmp_path / "d.csv", camera),
            upkeep=upkeep, bounds=bounds, expiry=borne, pixels=SIDE**2,
        )  # fmt: skip
        return camera, expiries_of(order, *follow(order, tmp_path / "memory.json"))

    return tell


@pytest.mark.parametrize("name", DRIFTS)
def test_what_drifts_ends_when_the_tolerance_is_reached_within_a_fifth(expiries, name):
    changes, kinds = DRIFTS[name]
    camera, found = expiries(**changes)
    ended = [one for one in found if one.until]
    assert {one.kind for one in ended} == set(kinds)
    for one in (one for one in found if one.kind in kinds):
        day = day_of(one.night)
        time = day_of(one.until) - day
        assert time == pytest.approx(until(camera, name, day, USUAL), rel=0.2, abs=1), one


def test_a_tolerance_of_half_as_much_is_reached_in_half_the_time(expiries):
    changes, _ = DRIFTS["bias"]
    _, usual = expiries(**changes)
    _, strict = expiries(**changes, borne=Expiry(bias_level=0.25))
    days = [
        sum(day_of(one.until) - day_of(one.night) for one in found if one.kind == "bias")
        for found in (usual, strict)
    ]
    assert days[1] == pytest.approx(days[0] / 2, rel=0.05)


def test_a_step_ends_the_time_of_those_before_it_and_of_none_behind(expiries):
    camera, found = expiries(steps={"bias": (300, 12.0)})  # by 4.8 ADU, of which 3 are borne
    first = night_of(FIRST + next(day for day in camera.days if day >= 300))
    for one in found:
        assert one.until == (first if one.kind != "flat" and one.night < first else "")
        assert not one.until or one.why.startswith("bias level 50")


def test_a_camera_that_stays_as_it_is_needs_no_new_masters(expiries):
    _, found = expiries()
    assert len(found) == 5 * 59
    assert {one.until for one in found} == {""} == {one.why for one in found}


def test_pixels_that_come_and_go_end_nothing(expiries):
    _, found = expiries(passing=20.0)
    assert {one.until for one in found} == {""}


@pytest.mark.parametrize("bounds", [("flat",), ("flat", "dark"), ()])
def test_an_entry_of_the_log_ends_what_it_concerns_until_then(expiries, bounds):
    upkeep = (
        Upkeep(night=night_of(FIRST + 400), words="maintenance of May (new filter)"),
        Upkeep(night=night_of(FIRST + 200), words="maintenance of April"),
    )
    _, found = expiries(upkeep, bounds)
    for one in found:
        later = [entry for entry in reversed(upkeep) if entry.night > one.night]
        if later and one.kind in bounds:
            assert (one.until, one.why) == (later[0].night, later[0].words)
        else:
            assert one.until == ""
