"""How wide stars are beside those of other lights."""

import numpy as np
import pandas as pd

from plateworks.quality.comparisons import width
from plateworks.quality.history import usual_of

#: The field of these lights is found.
FOUND = {"star_flux": 1.0, "stars_matched": 60, "stars_expected": 60}


def test_a_change_of_filter_while_the_seeing_worsens_is_no_jump():
    # The last red frames are wide beside the others of their filter, as all green ones are.
    course = np.r_[np.zeros(20), np.linspace(0, 0.38, 20), np.full(20, 0.38)]
    night = pd.DataFrame(
        {
            "filter": ["R"] * 40 + ["G"] * 20,
            "airmass": 1.0,
            "mjd": 61000 + np.arange(60) / 700,
            "sources": 80,
            **FOUND,
            "fwhm_px": 3 * np.exp(course),
        }
    )
    assert not width(night, usual_of([])).beyond.any()
    night.loc[7, "fwhm_px"] *= 1.6
    assert list(np.flatnonzero(width(night, usual_of([])).beyond)) == [7]


def test_a_seeing_that_comes_and_goes_in_hours_is_no_lost_focus_until_stars_are_twice_as_wide():
    # Twenty minutes of seeing by two thirds worse, in the only long spell of one filter.
    mjd = 61000 + np.r_[np.arange(20) / 720, 0.2 + np.arange(100) / 720]
    course = np.r_[0.25 + 0.25 * np.sin(np.pi * np.arange(20) / 20), np.zeros(100)]
    course[20:] = 0.09 * np.sin(np.arange(100) / 16)
    night = pd.DataFrame(
        {
            "filter": "Ha", "airmass": 1.0, "mjd": mjd, "sources": 60, **FOUND,
            "fwhm_px": 3 * np.exp(course),
        }
    )  # fmt: skip
    assert not width(night, usual_of([])).beyond.any()
    night.loc[:19, "fwhm_px"] *= 1.5
    assert width(night, usual_of([])).beyond[:20].all()


def test_the_width_of_few_sources_counts_where_they_are_stars_of_the_field():
    night = pd.DataFrame({
        "filter": "Ha", "airmass": 1.2, "mjd": 61000 + np.arange(12) / 400, "sources": 18,
        "stars_matched": 9, "stars_expected": 9, "star_flux": 1.0, "fwhm_px": 3.0,
    })  # fmt: skip
    night.loc[5, ["sources", "fwhm_px"]] = 4, 8.0
    for matched, wide in ((4, True), (2, False)):
        night.loc[5, "stars_matched"] = matched
        assert list(width(night, usual_of([])).beyond) == [wide and at == 5 for at in range(12)]
