"""Verdicts on simulated nights whose faults are known, with room beside what is asked."""

import numpy as np
import pandas as pd
import pytest

from measurednights import FAULTS, Weather, draw_night, judged_night
from plateworks.quality.judging import judge
from plateworks.quality.night import measure_night


def of_nights(seeds, **options) -> pd.DataFrame:
    return pd.concat([judged_night(seed, **options) for seed in seeds])


@pytest.fixture(scope="module")
def faulty():
    return of_nights((1, 2, 3), faults=FAULTS, most=120, share=0.25)


@pytest.mark.parametrize(
    ("fault", "least"),
    [("cloud", 0.85), ("obstruction", 0.85), ("focus", 0.9), ("trailing", 0.9),
     ("wrong pointing", 0.9)],
)  # fmt: skip
def test_a_fault_is_named_by_its_cause(faulty, fault, least):
    some = faulty[faulty.truth == fault]
    assert len(some) >= 4
    assert (some.cause == fault).mean() >= least


def test_frames_beside_those_with_faults_are_good(faulty):
    good = faulty[faulty.truth == ""]
    assert (good.cause != "").mean() <= 0.02


@pytest.mark.parametrize("knows_air", [True, False])
def test_moonlight_air_and_breathing_seeing_are_no_faults(knows_air):
    lights = of_nights((21, 22), most=120, knows_air=knows_air)
    assert (lights.cause != "").mean() <= 0.03


def test_twilight_is_told_from_moonlight():
    weather = Weather(0, moon=0.5, moon_up=(1, 9), dawn=5.0)
    lights = judged_night(7, weather=weather, most=120)
    dawn = lights[lights.truth == "moon or dawn"]
    assert len(dawn) > 10
    assert (dawn.cause == "moon or dawn").mean() > 0.7
    assert set(lights[lights.truth == ""].cause) == {""}


def test_dew_that_grows_through_the_night_is_no_cloud():
    weather = Weather(0, dew=(1.0, 4.0), seeing=3.0, breath=0.03)
    lights = judged_night(2, weather=weather, most=200, fields=1, frames=(40, 60))
    flagged = lights[lights.cause != ""]
    assert len(flagged) > 10
    assert set(flagged.truth) <= {"dew", "little"}
    assert (flagged.cause == "dew").mean() > 0.9


def test_a_wholly_cloudy_night_shows_beside_earlier_ones_alone():
    weather = Weather(0, haze=0.5)
    options = {"weather": weather, "most": 60, "fields": 2, "zero_points": True}
    alone, told = judged_night(9, **options), judged_night(9, earlier=6, **options)
    assert (alone.cause == "cloud").mean() < 0.05
    assert (told.cause == "cloud").mean() > 0.7


def test_a_clear_night_after_clear_ones_is_good():
    lights = judged_night(11, most=60, fields=2, zero_points=True, earlier=6)
    assert (lights.cause != "").mean() <= 0.02


def test_few_frames_of_a_field_are_not_judged_and_it_is_said():
    night = measure_night(draw_night(5, fields=1, frames=(12, 13)).lights)
    few = night[night.field == night.field[0]].head(3)
    judged = judge(few)
    assert set(judged.verdict) == {"not judged"}
    assert set(judged.why) == {"too few to judge: 3 of 5"}
    assert set(judged.cause) == {""}


def test_each_verdict_comes_with_a_sentence_that_has_its_limit(faulty):
    assert not faulty[faulty.cause == ""].query("verdict == 'flagged'").size
    for _, light in faulty[faulty.cause != ""].iterrows():
        assert light.why, light
    cloud = faulty[(faulty.cause == "cloud") & np.isfinite(faulty.transparency)].iloc[0]
    expected = f"{cloud.transparency:.0%} of the light comes through, limit "
    assert cloud.why == expected + f"{cloud.transparency_limit:.0%}"


def test_the_same_night_is_judged_the_same():
    once, twice = (judged_night(3, faults=FAULTS, most=60) for _ in range(2))
    pd.testing.assert_frame_equal(once, twice)
