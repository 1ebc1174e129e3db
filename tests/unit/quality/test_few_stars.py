"""Clouds over fields of few stars, and stars that tell nothing."""

import numpy as np
import pytest

from plateworks.quality.judging import judge
from plateworks.quality.measured import Measured, Stars
from plateworks.quality.night import measure_night
from plateworks.quality.registration import register
from plateworks.quality.throughput import follow

SHAPE = (1000, 1500)
#: Flux of stars of a field, by which the limit of detection is 100.
FLUX = np.array([4000.0, 2500, 1500, 900, 700, 500, 400])


def stars(xy: np.ndarray, flux: np.ndarray, sky: np.ndarray | None = None) -> Stars:
    """Round stars, brightest first; solved where `sky` tells where they are."""
    order = np.argsort(-flux, kind="stable")
    xy, flux = xy[order], flux[order]
    ra, dec = (np.full(len(xy), np.nan),) * 2 if sky is None else sky[order].T
    return Stars(*xy.T, ra, dec, flux, np.full(len(xy), 20.0), np.zeros(len(xy)), np.zeros(len(xy)))


def light(seen: Stars, number: int = 0, **values) -> Measured:
    known = {
        "frame": f"light_{number}", "object": "M 31", "camera": "camera", "filter": "Ha",
        "width": SHAPE[1], "height": SHAPE[0], "exposure_s": 60.0, "airmass": 1.2,
        "mjd": 61000.0 + number / 700, "solved": False, "sources": len(seen.x), "fwhm_px": 3.0,
        "ellipticity": 0.0, "sky": 500.0, "sky_noise": 10.0, "reason": None, "zero_point": None,
        "zero_point_error": None, "ra_deg": None, "dec_deg": None, "scale_arcsec": None,
    }  # fmt: skip
    return Measured(known | values, (10.0, 41.0), SHAPE, seen, np.full(48, 500.0))


def narrow_night(through: np.ndarray) -> list[Measured]:
    """Lights of seven stars, through which so much comes, each with three sources of no star."""
    rng = np.random.default_rng(8)
    field = rng.uniform([150, 150], [1350, 850], (len(FLUX), 2))
    lights = []
    for number, part in enumerate(through):
        flux = part * FLUX * np.exp(rng.normal(0, 0.02, len(FLUX)))
        shown = flux > 100
        xy = (field + rng.uniform(-20, 20, 2) + rng.normal(0, 0.1, field.shape))[shown]
        strange = rng.uniform([1, 1], SHAPE[::-1], (3, 2))
        seen = stars(np.vstack([xy, strange]), np.append(flux[shown], [130.0, 120, 110]))
        lights.append(light(seen, number))
    return lights


@pytest.mark.parametrize("part", [0.6, 0.13, 0.03])
def test_a_cloud_over_few_stars_is_one_however_many_of_them_are_left(part):
    through = np.r_[np.ones(12), np.full(4, part)]
    lights = judge(measure_night(narrow_night(through)))
    assert list(lights.cause) == ["cloud" if one < 1 else "" for one in through]
    assert "not judged" not in set(lights.verdict)


def test_faint_stars_that_all_lights_show_tell_by_their_absence_of_a_cloud_or_a_lost_focus():
    rng = np.random.default_rng(9)
    field = rng.uniform([150, 150], [1350, 850], (8, 2))
    for wide, cause in ((3.0, "cloud"), (7.5, "focus")):
        lights = []
        for number in range(14):
            # None stands far above the limit; what is left of the last is no star.
            seen = stars(
                field + rng.normal(0, 0.1, field.shape), 150 * np.exp(rng.normal(0, 0.05, 8))
            )
            if number == 11:
                seen = stars(rng.uniform([1, 1], SHAPE[::-1], (4, 2)), np.full(4, 110.0))
            lights.append(light(seen, number, fwhm_px=wide if number == 11 else 3.0))
        assert list(judge(measure_night(lights)).cause) == [""] * 11 + [cause] + [""] * 2


def test_few_sources_are_paired_by_three_of_them_and_many_are_not():
    rng = np.random.default_rng(3)
    for count, paired in ((8, True), (60, False)):
        field = rng.uniform([1, 1], SHAPE[::-1], (count, 2))
        others = rng.uniform([1, 1], SHAPE[::-1], (count - 3, 2))
        seen = np.vstack([field[:3] + np.array([12.0, -7.5]), others])
        found = register(
            stars(field, np.arange(count, 0, -1.0)), stars(seen, np.arange(count, 0, -1.0))
        )
        assert (found is not None) is paired
        if found is not None:
            np.testing.assert_allclose(
                found.places(field[:3]), field[:3] + np.array([12.0, -7.5]), atol=1e-6
            )
            np.testing.assert_array_equal(found.field, [0, 1, 2])


def test_stars_that_the_edge_cuts_are_no_obstruction():
    rng = np.random.default_rng(5)
    inside = rng.uniform([30, 30], [1470, 970], (150, 2))
    corner = rng.uniform([1, 20], [4, 110], (8, 2))  # all that the first cell has
    inside = inside[(inside > [200, 180]).any(axis=1)]
    lights = []
    for number in range(12):
        shift = np.array([6.0 if number < 11 else 0.0, 0.0])
        xy = np.vstack([corner, inside]) + shift
        cut = xy[:, 0] < 5
        flux = np.linspace(9000, 2000, len(xy)) * np.where(cut, 0.4, 1.0)
        lights.append(light(stars(xy, flux), number))
    assert np.isnan(follow(lights)[11].cells.through[0])
    assert list(measure_night(lights).blocked_cells) == [0] * 12


def test_a_light_that_is_not_solved_says_how_far_it_is_off_among_solved_ones():
    rng = np.random.default_rng(6)
    plane = rng.uniform([-400, -400], [1900, 1400], (200, 2))
    lights = []
    for number in range(8):
        shift = np.array([500.0, 0.0]) if number == 7 else rng.uniform(-5, 5, 2)
        xy = plane + shift
        there = (xy > 1).all(axis=1) & (xy < SHAPE[::-1]).all(axis=1)
        sky = np.array([10.0, 0.0]) + (plane - [750, 500]) / 3600
        flux = np.linspace(9000, 2000, len(plane))
        seen = stars(xy[there], flux[there], None if number == 7 else sky[there])
        centre = np.array([10.0, 0.0]) - shift / 3600
        solved = {} if number == 7 else {
            "solved": True, "ra_deg": centre[0], "dec_deg": centre[1], "scale_arcsec": 1.0,
        }  # fmt: skip
        lights.append(light(seen, number, **solved))
    night = measure_night(lights)
    assert night.off_field[7] == pytest.approx(0.5, abs=0.02)
    assert night.off_field[:7].max() < 0.02
    assert judge(night).cause[7] == "wrong pointing"
