"""The last bits of a mask: beside what is saturated, what bled, what has no value."""

import numpy as np
import pytest

from plateworks.pixels.marks import mark, near_saturated
from plateworks.pixels.masks import (
    BAD,
    BITS,
    CLAMPED,
    COSMIC,
    FLICKERS,
    HOT,
    LOW_FLAT,
    NEAR_SATURATED,
    NO_DARK,
    NO_DATA,
    SATURATED,
    marked,
)

NOTHING = np.zeros(0, np.int64), np.zeros(0, np.uint16)


def grown(mask):
    """The neighbours of what is saturated, pixel by pixel."""
    out = np.zeros(mask.shape, bool)
    for y, x in zip(*np.nonzero(mask & SATURATED), strict=True):
        out[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2] = True
    return out & (mask & SATURATED == 0)


def test_old_bits_keep_their_numbers_and_each_has_one_of_its_own():
    assert [BAD, HOT, SATURATED, LOW_FLAT, COSMIC, CLAMPED] == [1, 2, 4, 8, 16, 32]
    assert list(BITS) == [1 << number for number in range(len(BITS))]
    assert [key for key, _ in BITS.values()] == [f"BIT{number}" for number in range(len(BITS))]
    assert all(len(text) <= 47 for _, text in BITS.values())


@pytest.mark.parametrize("part", [0.0, 0.01, 0.2])
def test_the_neighbours_of_saturated_pixels_are_marked_to_the_edges(part):
    rng = np.random.default_rng(1)
    mask = np.where(rng.random((40, 30)) < part, SATURATED | HOT, 0).astype(np.uint8)
    mask[0, 0] = mask[-1, -1] = mask[20, 0] = SATURATED
    image = np.zeros(mask.shape, np.float32)
    before = mask.copy()
    known = mark(mask.copy(), image, *NOTHING, np.flatnonzero(mask))
    after = mark(mask, image, *NOTHING)
    assert np.array_equal(known, after)
    assert after.dtype == np.uint8
    assert np.array_equal(after & NEAR_SATURATED != 0, grown(before))
    assert np.array_equal(after & ~np.uint8(NEAR_SATURATED), before)


def test_charge_that_bled_along_a_column_went_on_beyond_what_is_saturated():
    mask = np.zeros((100, 20), np.uint8)
    mask[30:70, 5] = SATURATED  # forty in a row, and a star of seven beside them
    mask[10:17, 15] = SATURATED
    near = np.zeros(mask.shape, bool)
    near.ravel()[near_saturated(np.flatnonzero(mask), mask.shape)] = True
    assert near[20:30, 5].all() and near[70:80, 5].all()
    assert not near[19, 5] and not near[80, 5]
    assert near[9, 15] and not near[8, 15] and near[17, 15] and not near[18, 15]


def test_what_has_no_value_is_marked_whatever_the_reason():
    mask, image = np.zeros((5, 6), np.uint8), np.ones((5, 6), np.float32)
    mask[1, 1], mask[2, 2], mask[3, 3] = BAD, LOW_FLAT, BAD
    image[1, 1] = image[2, 2] = np.nan
    after = mark(mask, image, *NOTHING)
    assert after.dtype == np.uint16
    assert [int(after[i, i]) for i in (1, 2, 3)] == [BAD | NO_DATA, LOW_FLAT | NO_DATA, BAD]


def test_what_the_dark_knows_is_added_and_a_mask_is_widened_only_where_it_must_be():
    mask, image = np.zeros((5, 6), np.uint8), np.ones((5, 6), np.float32)
    mask[0, 1] = HOT
    pixels = np.array([1, 8, 1])
    after = mark(mask, image, pixels, np.array([FLICKERS, FLICKERS, 0], np.uint16))
    assert after.dtype == np.uint8
    assert after.ravel()[[1, 8]].tolist() == [HOT | FLICKERS, FLICKERS]
    after = mark(mask, image, pixels, np.array([FLICKERS, NO_DARK, NO_DARK], np.uint16))
    assert after.dtype == np.uint16
    assert after.ravel()[[1, 8]].tolist() == [HOT | FLICKERS | NO_DARK, FLICKERS | NO_DARK]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(40, 30), (7, 9), (1, 3)])
def test_the_pixels_that_are_not_good_are_found(dtype, shape):
    mask = np.random.default_rng(2).choice([0, 0, 0, BAD, FLICKERS], shape).astype(dtype)
    mask[-1, -1] = HOT
    for one in (mask, mask[:, ::-1], np.zeros(shape, dtype)):
        assert np.array_equal(marked(one), np.flatnonzero(one))
