"""Verdicts on nights drawn in pixels, through our own extraction."""

import numpy as np
import pytest

from pixelnights import KINDS, judged


@pytest.mark.parametrize(
    ("name", "seed", "frames"),
    [
        ("moonlit", 1, 12),
        ("narrow-band", 2, 16),  # few stars, whose light is known to some percent
        ("low", 4, 12),  # stars that the edge cuts
        ("rotation", 3, 10),
        ("short", 1, 5),
    ],
)
def test_all_lights_of_a_clear_night_are_good(name, seed, frames):
    lights = judged(KINDS[name]._replace(frames=(frames, frames)), seed)
    assert len(lights) == frames
    assert dict(lights.cause[lights.cause != ""]) == {}


def test_in_a_night_with_many_poor_lights_each_has_its_cause_and_the_others_none():
    lights = judged(KINDS["40 % bad"]._replace(frames=(20, 20), moon=True, flip=True), 2)
    assert len(set(lights.truth)) >= 4
    assert list(lights.cause) == list(lights.truth)


def test_a_focus_that_drifts_away_shows_beside_the_sharpest_lights():
    lights = judged(KINDS["focus drifts"]._replace(frames=(16, 16)), 1)
    wide = lights[lights.truth == "focus"]
    assert len(wide) >= 3
    assert set(wide.cause) == {"focus"}
    assert set(lights.cause[lights.truth == ""]) == {""}


def test_clouds_from_the_first_light_on_are_clouds():
    lights = judged(KINDS["bad from the start"]._replace(frames=(16, 16)), 1)
    cloudy = lights[lights.truth == "cloud"]
    assert len(cloudy) >= 4
    assert set(cloudy.cause) == {"cloud"}
    assert set(lights.cause[lights.truth == ""]) == {""}


def test_dew_is_told_from_clouds_by_its_course():
    lights = judged(KINDS["dew"]._replace(frames=(24, 24)), 1)
    dewy = lights[lights.truth == "dew"]
    assert len(dewy) >= 5
    assert np.mean(dewy.cause == "dew") > 0.9
    assert set(lights.cause[lights.truth == ""]) == {""}
