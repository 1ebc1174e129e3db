"""Cosmic rays: found, repaired, and not confused with stars, saturation or missing pixels."""

import numpy as np
import pytest
from astroscrappy import detect_cosmics
from scipy.ndimage import binary_dilation

from plateworks.pixels.cfa import MONO, MOSAIC
from plateworks.pixels.cosmics import clean, unexplained_variance

EGAIN, READ_NOISE = 0.5, 3.0
CAMERA = {"egain": EGAIN, "read_noise": READ_NOISE}


def star_field(shape=(120, 140), stars=8, rays=15, seed=1, width=2.0):
    """Return a noisy field in ADU, and where cosmic rays hit its sky.

    Nothing is near the edges, where L.A.Cosmic is less sure of itself.
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[0], : shape[1]]
    electrons = np.full(shape, 150.0)
    for _ in range(stars):
        at = rng.uniform(15, shape[0] - 15), rng.uniform(15, shape[1] - 15)
        spread = ((y - at[0]) ** 2 + (x - at[1]) ** 2) / (2 * width**2)
        electrons += 10 ** rng.uniform(2.5, 4) * np.exp(-spread)
    inside = (np.minimum(y, x) > 12) & (shape[0] - y > 12) & (shape[1] - x > 12)
    hit = np.zeros(shape, bool)
    hit.ravel()[rng.choice(np.flatnonzero(inside & (electrons < 160)), rays, replace=False)] = True
    electrons = rng.poisson(electrons) + rng.normal(0, READ_NOISE, shape)
    electrons[hit] += 3000
    return (electrons / EGAIN).astype(np.float32), hit


def away_from(mask, reach=2):
    """Where no pixel of `mask` is near."""
    return ~binary_dilation(mask, iterations=reach)


def test_cosmic_rays_are_found_and_repaired_and_nothing_else_is_touched():
    image, truth = star_field()
    before = image.copy()
    cleaned, hit = clean(image, **CAMERA)
    assert (hit & truth).sum() == truth.sum()
    assert (hit & away_from(truth)).sum() <= 2
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(cleaned[~hit], image[~hit])
    assert (image[truth] - cleaned[truth]).min() > 2500 / EGAIN
    assert cleaned.dtype == np.float32


def test_the_mask_is_that_of_astroscrappy_in_electrons():
    image, _ = star_field(seed=2)
    electrons = image * np.float32(EGAIN)
    want, repaired = detect_cosmics(electrons, gain=1.0, readnoise=READ_NOISE, satlevel=np.inf)
    cleaned, hit = clean(image, **CAMERA)
    np.testing.assert_array_equal(hit, want)
    np.testing.assert_allclose(cleaned[hit], repaired[hit] / EGAIN, rtol=1e-5)
    in_electrons, again = clean(electrons, egain=1.0, read_noise=READ_NOISE)
    np.testing.assert_array_equal(again, hit)
    np.testing.assert_allclose(in_electrons, cleaned * EGAIN, rtol=1e-5)


@pytest.mark.parametrize("cell", [MONO, MOSAIC], ids=str)
def test_the_noise_of_a_subtracted_dark_is_not_taken_for_cosmic_rays(cell):
    rng = np.random.default_rng(5)
    shape, sky, dark = (256, 256), 4.0, 30.0
    electrons = rng.poisson(sky + dark, shape) - dark + rng.normal(0, READ_NOISE, shape)
    truth = np.zeros(shape, bool)
    truth[20:-20:40, 20:-20:40] = True
    electrons[truth] += 1000
    image = (electrons / EGAIN).astype(np.float32)
    image[90, 90] = np.nan
    camera = CAMERA | {"cell": cell}
    extra = unexplained_variance(image, **camera)
    assert np.median(extra) == pytest.approx(dark / EGAIN**2, rel=0.1)
    assert np.isfinite(extra).all()
    without, found = (clean(image, **camera, extra=one)[1] for one in (None, extra))
    assert np.count_nonzero(without & ~truth) > 500
    assert np.count_nonzero(found & away_from(truth, 4)) < 10
    assert found[truth].all()


def test_noise_that_the_level_explains_counts_once():
    image, _ = star_field(stars=0, rays=0)
    assert unexplained_variance(image, **CAMERA).mean() < 0.1 * 150 / EGAIN**2
    nothing = np.zeros(image.shape, np.float32)
    image, _ = star_field()
    np.testing.assert_array_equal(
        clean(image, **CAMERA, extra=nothing)[1], clean(image, **CAMERA)[1]
    )


def test_saturated_stars_are_left_alone_by_a_level_in_adu():
    image, _ = star_field(stars=5, rays=0)
    image[60:66, 80:86] = 60000  # a flat top with sharp edges
    assert clean(image, **CAMERA)[1][58:68, 78:88].any()
    assert not clean(image, **CAMERA, saturation_adu=60000)[1][58:68, 78:88].any()
    # The level is in ADU: a comparison in electrons would take the star for unsaturated.
    assert clean(image, **CAMERA, saturation_adu=60001)[1][58:68, 78:88].any()


def test_missing_pixels_stay_missing_and_make_no_cosmic_rays():
    image, truth = star_field()
    whole, found = clean(image, **CAMERA)
    holes = np.zeros(image.shape, bool)
    holes[50:60, 50:60] = holes[:, 100] = True
    holes[np.random.default_rng(0).random(image.shape) < 0.01] = True
    image[holes] = np.nan
    cleaned, hit = clean(image, **CAMERA)
    np.testing.assert_array_equal(np.isnan(cleaned), holes)
    assert not hit[holes].any()
    assert (hit & truth & away_from(holes)).sum() == (truth & away_from(holes)).sum() > 8
    assert (hit & ~found).sum() <= 3
    assert np.isfinite(whole).all()


def test_masked_pixels_are_never_hit():
    image, truth = star_field()
    mask = np.zeros(image.shape, bool)
    mask[:60] = True
    _, hit = clean(image, **CAMERA, mask=mask)
    assert not hit[:60].any()
    assert (hit & truth)[60:].sum() == truth[60:].sum()


def test_a_colour_pattern_is_not_taken_for_cosmic_rays():
    image, truth = star_field(stars=0)
    image[::2, ::2] *= 0.3
    image[1::2, 1::2] *= 0.5
    cleaned, hit = clean(image, **CAMERA, cell=MOSAIC)
    assert (hit & truth).sum() == truth.sum()
    assert (hit[::2, ::2] & ~truth[::2, ::2]).sum() <= 3
    # The repair takes the colour of the pixel, not that of its neighbours.
    red = truth.copy()
    red[1::2] = red[:, 1::2] = False
    assert np.abs(cleaned[red] - 90).max() < 40
    for y in (0, 1):
        for x in (0, 1):
            plane = np.ascontiguousarray(image[y::2, x::2])
            np.testing.assert_array_equal(hit[y::2, x::2], clean(plane, **CAMERA)[1])


@pytest.mark.parametrize("value", [np.nan, 100.0])
def test_an_empty_frame_has_no_cosmic_rays(value):
    image = np.full((40, 40), value, np.float32)
    cleaned, hit = clean(image, **CAMERA)
    assert not hit.any()
    np.testing.assert_array_equal(cleaned, image)


def test_the_parameters_reach_the_method():
    image, truth = star_field()
    assert clean(image, **CAMERA, sigclip=1000)[1].sum() == 0
    assert clean(image, **CAMERA, sigclip=3, objlim=1)[1].sum() > truth.sum() + 10
    assert clean(image, **CAMERA, sigfrac=0.01)[1].sum() > clean(image, **CAMERA)[1].sum()
    assert clean(image, **CAMERA, niter=0)[1].sum() == 0
