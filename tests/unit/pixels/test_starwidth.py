"""The width of stars: as they are sampled, wherever in their pixels, and of nothing else."""

import numpy as np
import pytest

from plateworks.pixels.starwidth import lattices, star_width
from starfields import SATURATION, StarField


def measured(field, image=None):
    return star_width(
        field.image if image is None else image,
        egain=field.camera["egain"],
        saturation_adu=SATURATION,
        bayer=field.bayer,
    )


@pytest.mark.parametrize("bayer", [None, "RGGB", "GRBG", "BGGR"])
@pytest.mark.parametrize("fwhm", [1.4, 2.0, 3.1, 4.5])
def test_the_width_of_gaussian_stars_is_found_to_a_few_percent(fwhm, bayer):
    found = measured(StarField(fwhm, integrated=False, bayer=bayer, rays=0))
    assert found.fwhm == pytest.approx(fwhm, rel=0.1)
    assert found.y.size >= 8


def test_pixels_that_collect_light_make_sharp_stars_wider():
    found = measured(StarField(1.3))
    assert found.fwhm == pytest.approx((1.3**2 + 2.3548**2 / 12) ** 0.5, rel=0.05)


def test_elongated_stars_are_as_wide_as_where_they_are_sharper():
    round_, long = (measured(StarField(3.0, elongation=ratio)) for ratio in (1.0, 1.8))
    assert 0.7 * round_.fwhm < long.fwhm < 0.95 * round_.fwhm


@pytest.mark.parametrize("bayer", [None, "GBRG"])
def test_many_cosmic_rays_do_not_make_stars_sharper(bayer):
    without, with_many = (
        measured(StarField(2.5, bayer=bayer, rays=rays, stars=80)) for rays in (0, 600)
    )
    assert with_many.fwhm == pytest.approx(without.fwhm, rel=0.08)


@pytest.mark.parametrize("rays", [0, 300])
def test_without_stars_there_is_no_width(rays):
    found = measured(StarField(2.5, stars=0, rays=rays))
    assert found.fwhm is None and found.y.size < 5


def test_nothing_but_holes_has_no_width():
    empty = np.full((60, 70), np.nan, np.float32)
    assert star_width(empty, egain=1.0).fwhm is None
    assert star_width(np.full((9, 8), 5, np.float32), egain=1.0, bayer="RGGB").fwhm is None


def test_saturated_and_masked_stars_do_not_count():
    field = StarField(2.5, rays=0, faintest=50)
    all_of_them = measured(field)
    low = star_width(field.image, egain=0.8, saturation_adu=5000.0)
    assert 0 < low.y.size < all_of_them.y.size
    left = np.zeros(field.shape, bool)
    left[:, :170] = True
    assert (star_width(field.image, egain=0.8, mask=left).x >= 169).all()


def test_stars_of_one_colour_alone_are_measured_in_its_plane():
    field = StarField(5.0, rays=0, bayer="RGGB", faintest=100)
    image, sky = field.image, np.random.default_rng(1).normal(300, 20, field.shape)
    red = np.zeros(field.shape, bool)
    red[::2, ::2] = True
    found = measured(field, np.where(red, image, sky).astype(np.float32))
    assert found.fwhm == pytest.approx(5.0, rel=0.1)


def test_greens_are_neighbours_across_the_corner():
    assert lattices("RGGB")[0].places == ((0, 1), (1, 0))
    assert lattices("GRBG")[0].places == ((0, 0), (1, 1))
    assert lattices("RGGB")[0].spacing == pytest.approx(2**0.5)
    assert lattices(None)[0].spacing == 1
