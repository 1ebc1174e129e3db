"""How wide, how round and how bright stars are: those that were drawn give back what they were."""

import numpy as np
import pytest
from scipy.ndimage import uniform_filter1d
from scipy.spatial import KDTree

from plateworks.pixels.masks import SATURATED
from plateworks.sky.measures import mean_direction
from plateworks.sky.sources import IS_SATURATED, extract
from pointstars import EGAIN, SKY, draw_stars, fit_fwhm


def matched(found, drawn):
    """Return which drawn star each source is."""
    distance, which = KDTree(np.column_stack([drawn.x, drawn.y])).query(
        np.column_stack([found.x, found.y])
    )
    assert (distance < 1).mean() > 0.95
    return which


@pytest.mark.parametrize("bayer", [None, "RGGB"])
@pytest.mark.parametrize("beta", [2.5, 3.3, 4.0, None])
@pytest.mark.parametrize("fwhm", [1.5, 2.1, 3.7, 8.0])
def test_stars_are_as_wide_as_they_were_drawn(fwhm, beta, bayer):
    found = extract(draw_stars(fwhm, beta).image, bayer=bayer, egain=EGAIN)
    assert len(found.typical) > 30
    assert found.median_fwhm == pytest.approx(fwhm, rel=0.03)
    sure = found.typical[:20]
    assert np.nanmedian(np.abs(found.fwhm[sure] / fwhm - 1)) < 0.03


@pytest.mark.parametrize(("fwhm", "beta"), [(1.7, 3.0), (3.0, 2.6), (5.0, None)])
def test_each_star_is_as_wide_as_a_plain_fit_finds_it(fwhm, beta):
    drawn = draw_stars(fwhm, beta, stars=25, shape=(200, 200), faintest=500)
    found = extract(drawn.image, egain=EGAIN)
    fitted = [fit_fwhm(drawn.image, x, y, fwhm) for x, y in zip(found.x, found.y, strict=True)]
    assert len(fitted) == 25
    assert np.median(np.abs(found.fwhm / fitted - 1)) < 0.02
    assert np.abs(found.fwhm / fitted - 1).max() < 0.06


@pytest.mark.parametrize("bayer", [None, "GBRG"])
def test_a_neighbour_three_widths_away_makes_no_star_wider(bayer):
    found = extract(draw_stars(3.0, 3.0, pairs=3.0, seed=4).image, bayer=bayer, egain=EGAIN)
    assert len(found) > 110
    assert np.nanmedian(found.fwhm) == pytest.approx(3.0, rel=0.05)
    assert found.median_fwhm == pytest.approx(3.0, rel=0.03)


def test_saturated_stars_are_flagged_and_count_for_no_width():
    drawn = draw_stars(2.8, 3.0, brightest=20_000)
    full = SKY + np.percentile(drawn.image - SKY, 99.7)
    mask = np.where(drawn.image >= full, SATURATED, 0).astype(np.uint8)
    found = extract(np.minimum(drawn.image, full), mask, egain=EGAIN)
    flagged = found.flags & IS_SATURATED != 0
    assert 10 < flagged.sum() < 40 and np.nanmedian(found.fwhm[flagged]) > 3.1
    assert found.median_fwhm == pytest.approx(2.8, rel=0.03)


def test_the_colours_of_a_mosaic_make_no_star_much_wider_or_longer():
    found = extract(draw_stars(3.0, 3.0, colours=[0.5, 1, 1, 0.6]).image, bayer="RGGB")
    assert found.median_fwhm == pytest.approx(3.0, rel=0.04)
    assert found.median_ellipticity < 0.05


@pytest.mark.parametrize("bayer", [None, "RGGB"])
@pytest.mark.parametrize("theta", [-60.0, 0.0, 35.0, 88.0])
def test_long_stars_are_as_long_as_they_were_drawn_in_that_direction(theta, bayer):
    found = extract(draw_stars(3.2, ellipticity=0.3, theta=theta).image, bayer=bayer, egain=EGAIN)
    some = found.typical
    assert found.median_ellipticity == pytest.approx(0.3, abs=0.03)
    direction, alignment = mean_direction(found.ellipticity[some], found.theta[some])
    assert abs((direction - theta + 90) % 180 - 90) < 2 and alignment > 0.95
    assert found.median_fwhm == pytest.approx(3.2, rel=0.03)


@pytest.mark.parametrize("bayer", [None, "RGGB"])
@pytest.mark.parametrize(("fwhm", "beta"), [(1.8, None), (3.0, 3.0), (6.0, 2.6)])
def test_the_flux_is_all_the_light_and_its_error_is_true(fwhm, beta, bayer):
    drawn = draw_stars(fwhm, beta, stars=144, shape=(1000, 1000), faintest=15, brightest=150)
    found = extract(drawn.image, bayer=bayer, egain=EGAIN)
    truth = drawn.flux[matched(found, drawn)]
    assert np.median(found.flux / truth) == pytest.approx(1.0, abs=0.02)
    pull = (found.flux - np.median(found.flux / truth) * truth) / found.flux_err
    assert 1.4826 * np.median(np.abs(pull)) == pytest.approx(1.0, abs=0.2)


def test_without_the_gain_the_error_is_that_of_the_sky_alone():
    image = draw_stars(3.0, brightest=20_000).image
    known, unknown = extract(image, egain=EGAIN), extract(image)
    assert (known.flux == unknown.flux).all()
    photons = known.flux_err**2 - unknown.flux_err**2
    assert np.allclose(photons, known.flux / EGAIN, rtol=0.15)


def test_stars_that_are_long_in_all_directions_have_none():
    theta = np.arange(-90.0, 90.0, 10.0)
    assert mean_direction(np.full(18, 0.2), theta)[1] < 1e-9
    assert mean_direction(np.full(18, 0.2), np.full(18, 91.0)) == pytest.approx((-89.0, 1.0))
    assert np.isnan(mean_direction(np.array([np.nan]), np.array([np.nan]))[0])


@pytest.mark.parametrize("length", [5, 15])
def test_a_frame_that_trailed_tells_its_direction_and_has_long_stars(length):
    drawn = draw_stars(3.0, 3.0, faintest=300)
    found = extract(uniform_filter1d(drawn.image, length, axis=1), egain=EGAIN)
    some = found.typical
    direction, alignment = mean_direction(found.ellipticity[some], found.theta[some])
    assert abs(direction) < 2 and alignment > 0.95
    # The moments of a line are a twelfth of the square of its length.
    ratio = (1 + length**2 / 12 / (3.0 / 2.3548) ** 2) ** -0.5
    assert found.median_ellipticity == pytest.approx(1 - ratio, abs=0.1)
