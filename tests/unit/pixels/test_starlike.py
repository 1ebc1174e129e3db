"""Hits on stars told from cosmic rays, by the light beside them."""

import numpy as np
import pytest

from plateworks.pixels.starlike import Scene, judge

SHAPE, SKY, READ_NOISE = (60, 64), 100.0, 5.0


def scene(light, fwhm=2.0, bayer=None, ignored=None):
    """A frame of sky and `light`, electrons; noise is expected, and none is drawn."""
    image = (np.full(SHAPE, SKY) + light).astype(np.float32)
    ignored = np.zeros(SHAPE, bool) if ignored is None else ignored
    return Scene(image, np.zeros(SHAPE, np.float32), ignored, 1.0, READ_NOISE, fwhm, bayer)


def star(y, x, peak, fwhm=2.0):
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return peak * np.exp(-4 * np.log(2) * ((rows - y) ** 2 + (columns - x) ** 2) / fwhm**2)


def track(*pixels, charge=5000.0):
    light = np.zeros(SHAPE)
    for y, x in pixels:
        light[y, x] = charge
    return light


def judged(light, *pixels, **more):
    y, x = np.array(pixels).T
    return judge(scene(light, **more), y, x)


@pytest.mark.parametrize("fwhm", [1.3, 2.0, 4.0])
@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (-0.3, 0.2)])
@pytest.mark.parametrize("peak", [400.0, 50_000.0])
def test_a_star_is_one_wherever_it_is_in_its_pixel(fwhm, shift, peak):
    found = judged(star(30 + shift[0], 30 + shift[1], peak, fwhm), (30, 30), fwhm=fwhm)
    assert found.doubtful.all() and found.star.all()
    assert (found.stars(), found.groups()) == (1, 1)


@pytest.mark.parametrize("fwhm", [1.3, 2.0, 4.0])
@pytest.mark.parametrize(
    "pixels",
    [
        [(30, 30)],
        [(30, 30), (30, 31)],
        [(30, 30), (30, 31), (30, 32), (30, 33)],
        [(30, 30), (31, 31), (32, 32)],
        [(30, 30), (30, 31), (31, 30)],
    ],
)
def test_a_track_is_none(fwhm, pixels):
    found = judged(track(*pixels), *pixels, fwhm=fwhm)
    assert not found.doubtful.any() and not found.star.any()


def test_what_is_too_faint_to_tell_may_be_a_star_but_is_none_for_sure():
    found = judged(track((30, 30), charge=70.0), (30, 30), fwhm=1.3)
    assert found.doubtful.all() and not found.star.any()


def test_a_mosaic_is_judged_by_the_light_in_its_other_colours():
    for at in ((30, 30), (30, 31), (31, 31)):
        found = judged(star(*at, 5000.0), at, bayer="RGGB")
        assert found.doubtful.all() and found.star.all()
        assert not judged(track(at), at, bayer="RGGB").doubtful.any()


def test_a_star_beside_a_cosmic_ray_is_judged_by_itself():
    ray = [(26, 27), (27, 28), (28, 29)]
    light = star(30, 31, 20_000.0, 1.5) + track(*ray, charge=60_000.0)
    hits = [*ray, (29, 30), (30, 30), (30, 31), (31, 31), (30, 32)]
    found = judged(light, *hits, fwhm=1.5)
    assert not found.doubtful[:3].any()
    assert found.doubtful[[5, 6, 7]].all()


def test_pixels_that_say_nothing_are_not_missed():
    ignored = np.ones(SHAPE, bool)
    ignored[30, 30] = False
    found = judged(track((30, 30)), (30, 30), ignored=ignored)
    assert found.doubtful.all() and not found.star.any()


@pytest.mark.parametrize("at", [(0, 0), (0, 30), (59, 63), (30, 63)])
def test_the_edges_of_a_frame_are_no_light_that_is_missing(at):
    assert judged(star(*at, 5000.0), at).doubtful.all()


def test_nothing_is_judged_where_nothing_is_hit():
    found = judge(scene(0.0), np.empty(0, int), np.empty(0, int))
    assert found.stars() == found.groups() == found.doubtful.size == 0
