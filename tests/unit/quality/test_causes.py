"""Which cause is named where several measures of a light are off, and whose level counts."""

import numpy as np
import pandas as pd

from plateworks.quality import comparisons
from plateworks.quality.causes import causes_of
from plateworks.quality.comparisons import Comparison, stretch
from plateworks.quality.history import usual_of


def test_a_cell_that_is_darker_yet_in_a_dim_light_is_the_thick_of_a_cloud():
    night = pd.DataFrame({
        "blocked_cells": [2, 2, 0], "sources": 90, "stars_expected": 60, "field": 1,
        "star_flux": [0.4, 1.0, 0.4],
    })  # fmt: skip
    none = Comparison(np.zeros(3), np.ones(3))
    light = Comparison(np.array([0.9, 0.01, 0.9]), np.full(3, 0.1))
    found = causes_of(night, light, none, none, none, none, none)
    assert list(found) == ["cloud", "obstruction", "cloud"]


def test_a_catalogue_that_is_off_in_one_field_makes_no_cloud_of_it_but_a_cloud_does():
    rng = np.random.default_rng(5)
    for lost, clouded in ((0.11, False), (0.4, True)):
        night = pd.DataFrame({
            "filter": "B", "field": np.repeat([1, 2, 3], 19), "airmass": 1.2, "star_flux": 1.0,
            "mjd": 61000 + np.arange(57) / 700, "star_flux_error": 0.01, "zero_point_error": 0.01,
            "zero_point": 22 + rng.normal(0, 0.01, 57) - np.repeat([0, lost, 0.02], 19),
        })  # fmt: skip
        found = comparisons.light(night, usual_of([])).beyond
        assert list(found) == [clouded and 19 <= at < 38 for at in range(57)]


def test_fields_of_few_lights_share_the_shape_of_their_object_through_other_filters():
    # Stars of one object are long by the mount; the other's are round, and one light of it trails.
    rng = np.random.default_rng(12)
    along = np.r_[np.full(20, 0.1), np.zeros(12)]
    along[25] = 0.12
    night = pd.DataFrame({
        "object": ["M 13"] * 20 + ["M 57"] * 12, "field": np.repeat(np.arange(8), 4),
        "stretch": np.abs(along + rng.normal(0, 0.005, 32)), "stretch_deg": 0.0,
        "stretch_error": 0.01,
    })  # fmt: skip
    assert list(np.flatnonzero(stretch(night).beyond)) == [25]
