"""Small frames and few stars: what their numbers cannot bear is not judged, and it is said so."""

import numpy as np
import pandas as pd
import pytest

from plateworks.quality.comparisons import width
from plateworks.quality.history import usual_of
from plateworks.quality.judging import judge
from plateworks.quality.measured import NO_STARS, Measured
from plateworks.quality.night import measure_night

#: Side of a cell in pixels -> whether a star of 3 pixels may be what makes its sky another.
SIDES = {9: True, 16: True, 60: False}
#: Of a field in which there is nothing to find.
LOST = {"star_flux": np.nan, "stars_matched": 0, "stars_expected": 1}


def night(side: int, fwhm: float = 3.0, noise: float = 30.0) -> pd.DataFrame:
    """Lights of two stars each, of which one brightens a cell by a fifth; no field is found."""
    shape = (6 * side, 8 * side)
    lights = []
    for number in range(6):
        sky = np.full(48, 300.0) * (1 + 0.002 * np.cos(np.arange(48.0) * (number + 1)))
        sky[20] *= 1.22 if number == 4 else 1.0
        values = {
            "frame": f"light_{number}", "object": "M 92", "camera": "guide", "filter": "L",
            "width": shape[1], "height": shape[0], "exposure_s": 20.0, "mjd": 61000 + number / 900,
            "sources": 2, "fwhm_px": fwhm, "sky": 300.0, "sky_noise": noise, "airmass": 1.1,
            "reason": None, "zero_point": None, "zero_point_error": None, "scale_arcsec": None,
            "ra_deg": None, "dec_deg": None,
        }  # fmt: skip
        lights.append(Measured(values, (259.0, 43.1), shape, NO_STARS, sky))
    return measure_night(lights)


@pytest.mark.parametrize("side", SIDES)
def test_a_cell_that_a_star_may_light_is_not_judged_by_its_sky(side):
    lights = night(side)
    if SIDES[side]:
        assert set(lights.judged_cells) == {0}
        assert lights.blocked_cells.isna().all()
        assert set(judge(lights).verdict) == {"not judged"}
    else:
        assert set(lights.judged_cells) == {48}
        assert list(lights.blocked_cells) == [0, 0, 0, 0, 1, 0]


def test_wide_stars_and_a_noisy_sky_leave_larger_cells_unjudged():
    assert set(night(60, fwhm=16.0).judged_cells) == {0}
    assert set(night(60, noise=9000.0).judged_cells) == {0}


@pytest.mark.parametrize(("sources", "wide"), [(2, False), (4, False), (9, False), (40, True)])
def test_a_width_of_few_stars_has_to_be_off_by_more(sources, wide):
    lights = pd.DataFrame({
        "filter": "Ha", "airmass": 1.2, "mjd": 61000 + np.arange(9) / 400,
        "sources": sources, **LOST, "fwhm_px": [2.9, 3.1, 3.0, 4.8, 3.0, 2.95, 3.05, 3.0, 3.1],
    })  # fmt: skip
    assert list(width(lights, usual_of([])).beyond) == [wide and at == 3 for at in range(9)]


def test_a_doubled_width_shows_by_ten_stars():
    lights = pd.DataFrame({
        "filter": "Ha", "airmass": 1.2, "mjd": 61000 + np.arange(9) / 400,
        "sources": 10, **LOST, "fwhm_px": [2.9, 3.1, 3.0, 6.2, 3.0, 2.95, 3.05, 3.0, 3.1],
    })  # fmt: skip
    assert list(np.flatnonzero(width(lights, usual_of([])).beyond)) == [3]
