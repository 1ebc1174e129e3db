"""What a night would be, were nothing wrong: twilight, and what air takes."""

import numpy as np
import pandas as pd
import pytest

from plateworks.quality.comparisons import sky, width
from plateworks.quality.courses import without_air
from plateworks.quality.history import usual_of

#: The field of these lights is found.
FOUND = {"star_flux": 1.0, "stars_matched": 90, "stars_expected": 90}


def risen(cloud: float, dawn: bool = False) -> pd.DataFrame:
    """Lights of a night on which the Moon rises, with a cloud that it lights; or dawn comes."""
    hours = np.arange(60) / 15
    level = 1 + 1.2 * np.clip(hours - 1, 0, None)
    level[30] *= cloud
    if dawn:
        level += np.exp(4.5 * np.clip(hours - 3, 0, None)) - 1
    return pd.DataFrame(
        {
            "filter": "B", "field": 1, "sky": level, "sky_noise": np.sqrt(level),
            "exposure_s": 1.0, "mjd": 61000 + hours / 24,
        }
    )  # fmt: skip


def test_a_cloud_that_the_moon_lights_makes_no_twilight_of_the_frames_after_it():
    assert not sky(risen(2.6)).beyond.any()


def test_dawn_is_twilight_to_the_last_frame():
    found = sky(risen(1.0, dawn=True)).beyond
    assert found[-8:].all()
    assert not found[:45].any()


def moonset(lamp: float = 1.0) -> pd.DataFrame:
    """Lights of one field through a night, at whose beginning the Moon sets; a lamp lights two."""
    hours = np.arange(120) / 12
    level = 1 + 5.5 * np.clip(1 - hours / 1.6, 0, None)
    level[60:62] *= lamp
    return pd.DataFrame(
        {
            "filter": "L", "field": 1, "sky": level, "sky_noise": np.sqrt(level),
            "exposure_s": 1.0, "mjd": 61000 + hours / 24,
        }
    )  # fmt: skip


def test_a_moon_of_six_times_the_sky_in_a_tenth_of_the_lights_is_no_glare():
    assert not sky(moonset()).beyond.any()


def test_a_lamp_that_lights_two_frames_is_glare():
    assert list(np.flatnonzero(sky(moonset(lamp=6.0)).beyond)) == [60, 61]


def test_a_seeing_that_worsens_through_a_night_is_no_focus_that_drifts():
    night = pd.DataFrame(
        {
            "filter": "R", "airmass": 1.0, "mjd": 61000 + np.arange(60) / 300,
            "sources": 150, **FOUND, "fwhm_px": 2 * np.exp(np.linspace(0, 0.6, 60)),
        }
    )  # fmt: skip
    assert not width(night, usual_of([])).beyond.any()
    night["fwhm_px"] = 2 * np.exp(np.linspace(0, 0.95, 60))
    found = width(night, usual_of([])).beyond
    assert found[-5:].all()
    assert not found[:45].any()


def test_what_air_takes_is_told_beside_a_field_under_clouds():
    air = np.append(np.linspace(1.0, 1.6, 40), np.linspace(1.7, 1.5, 9))
    flux = -0.24 * air + 0.005 * np.cos(np.arange(49))
    flux[41:] -= np.linspace(0.4, 2.0, 8)
    _, extinction = without_air(flux, air, np.repeat([0, 1], [40, 9]))
    assert extinction == pytest.approx(0.24, abs=0.03)
