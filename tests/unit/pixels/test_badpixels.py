"""Bad pixels found in flats."""

import numpy as np
import pytest
from astropy.nddata import CCDData
from ccdproc import ccdmask

from plateworks.pixels.badpixels import (
    bad_from_flat,
    bad_from_ratio,
    crowd,
    crowd_of,
    dead_in_flat,
)
from plateworks.pixels.cfa import MONO, MOSAIC


def flat_with_defects(cell):
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:120, :140]
    flat = (1 - ((x - 70) ** 2 + (y - 60) ** 2) / 30000) * rng.normal(1, 0.005, x.shape)
    if cell.colours:
        flat[::2, ::2] *= 0.4
        flat[1::2, 1::2] *= 0.7
    bad = np.zeros(flat.shape, bool)
    bad.ravel()[rng.choice(flat.size, 40, replace=False)] = True
    return np.where(bad, flat * 0.7, flat), bad


def false_alarms(found, bad):
    return (found & ~bad).sum() / bad.size


def plainly(ratio, cell):
    """The mask by ccdproc, what is no positive number replaced by the median of the rest."""
    bad = np.empty(ratio.shape, bool)
    step = cell.step
    for y in range(step):
        for x in range(step):
            plane = ratio[y::step, x::step].astype(np.float32)
            good = np.isfinite(plane) & (plane > 0)
            plane[~good] = np.median(plane[good].astype(np.float64))
            bad[y::step, x::step] = ccdmask(CCDData(plane, unit="")) | ~good
    return bad


@pytest.mark.parametrize("cell", [MONO, MOSAIC], ids=str)
@pytest.mark.parametrize("shape", [(120, 140), (119, 137), (9, 3)])
def test_the_mask_is_that_of_ccdmask(shape, cell):
    flat, _ = flat_with_defects(cell)
    flat = flat[: shape[0], : shape[1]]
    np.testing.assert_array_equal(bad_from_flat(flat, cell=cell), plainly(flat, cell))
    rng = np.random.default_rng(7)
    for value in (np.nan, np.inf, -np.inf, 0, -1):
        flat[rng.random(flat.shape) < 0.03] = value
    np.testing.assert_array_equal(bad_from_ratio(flat, cell=cell), plainly(flat, cell))


@pytest.mark.parametrize("cell", [MONO, MOSAIC], ids=str)
def test_pixels_that_respond_wrongly_are_found_under_vignetting_and_colours(cell):
    flat, bad = flat_with_defects(cell)
    found = bad_from_flat(flat, cell=cell)
    assert found.dtype == bool
    assert (found & bad).sum() == bad.sum()
    assert false_alarms(found, bad) < 0.003
    if cell.colours:
        blind = bad_from_flat(flat)
        assert (blind & bad).sum() < 0.5 * bad.sum()


def test_a_ratio_shows_what_is_not_proportional_but_no_defect_of_both():
    rng = np.random.default_rng(4)
    bright, both = flat_with_defects(cell=MOSAIC)
    dark = bright * rng.normal(1, 0.003, bright.shape)
    dark[50, 60] *= 0.8
    found = bad_from_ratio(dark / bright, cell=MOSAIC)
    assert found[50, 60]
    assert (found & both).sum() == both[50, 60]
    assert false_alarms(found, both) < 0.003


@pytest.mark.parametrize("cell", [MONO, MOSAIC], ids=str)
def test_a_speck_of_dust_is_left_to_the_flat_and_defects_beside_it_are_found(cell):
    flat, _ = flat_with_defects(cell)
    scale = cell.step
    y, x = np.mgrid[: flat.shape[0], : flat.shape[1]]
    specks = np.zeros(flat.shape, bool)
    for row, column in ((30, 40), (80, 100)):
        distance = np.hypot(y - row, x - column) / scale
        specks |= (distance > 1.5) & (distance < 4)
    flat = np.where(specks, flat * 0.85, flat)
    flat[:, 60 : 60 + 2 * scale] *= 0.7  # two columns, of each colour
    cluster = np.s_[10 : 10 + 3 * scale, 120 : 120 + 3 * scale]
    flat[cluster] *= 0.7
    before, found = bad_from_ratio(flat, cell=cell), bad_from_flat(flat, cell=cell)
    assert (before & specks).sum() > 0.7 * specks.sum()
    assert (found & specks).sum() < 0.2 * specks.sum()
    beside = (y < 10) | (y > 110)  # far from both
    np.testing.assert_array_equal(found[beside], before[beside])
    assert found[:, 60 : 60 + 2 * scale].mean() > 0.99 and found[cluster].all()


def test_an_area_without_light_is_no_speck():
    flat, _ = flat_with_defects(cell=MONO)
    flat[40:60, 40:60] = 0.0
    assert bad_from_flat(flat)[40:60, 40:60].all()


def test_pixels_without_a_positive_value_are_bad_and_spoil_no_others():
    flat, bad = flat_with_defects(cell=MONO)
    before = bad_from_flat(flat)
    useless = [(20, 30), (20, 31), (90, 5), (0, 0)]
    for pixel, value in zip(useless, (np.nan, np.inf, 0, -1), strict=True):
        flat[pixel] = value
        bad[pixel] = True
    found = bad_from_flat(flat)
    assert all(found[pixel] for pixel in useless)
    assert (found & ~before & ~bad).sum() <= 1
    assert bad_from_flat(np.full((30, 30), np.nan)).all()


@pytest.mark.parametrize("cell", [MONO, MOSAIC], ids=str)
def test_dead_pixels_columns_and_corners_of_a_flat_are_told_from_dust(cell):
    flat, bad = flat_with_defects(cell)
    y, x = np.indices(flat.shape)
    speck = np.hypot(y - 60, x - 30) < 4 * cell.step
    flat[:, 100] *= 0.1
    bad[:, 100] = True
    flat = np.where(speck, flat * 0.7, flat)
    flat[0, 0], bad[0, 0] = np.nan, False  # which has no light to compare
    assert np.array_equal(dead_in_flat(flat, cell)[~speck], bad[~speck])
    assert (dead_in_flat(flat, cell) & speck).sum() < 0.1 * speck.sum()


def test_a_crowd_is_counted_alike_by_places_and_in_the_image():
    which = np.random.default_rng(3).random((60, 41)) < 0.1
    which[:2], which[:, -2:] = True, True
    y, x = np.nonzero(which)
    np.testing.assert_array_equal(crowd_of(y, x, 41), crowd(which, y, x))
    assert crowd_of(y[:0], x[:0], 41).size == 0
