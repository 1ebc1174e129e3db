"""Changes of level: found and dated, and none where a series drifts, or is poor for a while."""

import numpy as np
import pytest

from plateworks.quality.changepoints import changes_of

YEAR = 365


def nights(seed, count=200, years=3):
    rng = np.random.default_rng(seed)
    days = np.sort(rng.choice(years * YEAR, count, replace=False)).astype(float)
    return rng, days, rng.normal(size=count)


COURSES = {
    "level": lambda days: 0 * days,
    "drift": lambda days: days / 40,
    "year": lambda days: 3 * np.sin(2 * np.pi * days / YEAR + 1),
}


@pytest.mark.parametrize("course", COURSES)
def test_a_step_of_three_sigma_is_dated_to_a_night(course):
    off = []
    for seed in range(20):
        rng, days, values = nights(seed)
        values += COURSES[course](days)
        place = int(rng.integers(12, 188))
        values[place:] -= 3.0
        off += [abs(one.place - place) for one in changes_of(days, values)]
    assert sum(one <= 1 for one in off) >= 18
    assert len(off) <= 20


@pytest.mark.parametrize("course", COURSES)
def test_without_a_step_nothing_changes(course):
    for seed in range(20):
        _, days, values = nights(seed + 100)
        assert changes_of(days, values + COURSES[course](days)) == []


def test_a_change_tells_its_levels_and_size():
    _, days, values = nights(1)
    values[80:] += 10
    [one] = changes_of(days, 500 + 2 * values)
    assert one.place == 80
    assert (one.before, one.after) == (pytest.approx(500, abs=2), pytest.approx(520, abs=2))
    assert one.sigmas == pytest.approx(10, rel=0.25)


def test_three_nights_that_stand_out_are_no_change_and_six_are_two():
    _, days, values = nights(2)
    some = values.copy()
    some[50:53] += 30
    assert changes_of(days, some) == []
    values[50:56] += 30
    assert [one.place for one in changes_of(days, values)] == [50, 56]


def test_a_level_told_in_whole_numbers_changes_where_it_does():
    _, days, values = nights(3)
    coarse = np.round(values / 4)
    assert changes_of(days, coarse) == []
    coarse[120:] += 2
    assert [one.place for one in changes_of(days, coarse)] == [120]


def test_a_gap_of_months_in_a_drift_is_no_change():
    _, days, values = nights(4, 100, years=1)
    days[50:] += 200
    assert changes_of(days, values + days / 10) == []


@pytest.mark.parametrize("count", [0, 1, 7])
def test_few_nights_tell_nothing(count):
    assert changes_of(np.arange(float(count)), np.repeat([1.0, 9.0], 4)[:count]) == []


def test_what_never_differs_never_changes():
    assert changes_of(np.arange(50.0), np.full(50, 3.0)) == []
