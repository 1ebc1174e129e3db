"""Changes of a frame: block by block, row by row or pixel by pixel, the result is the same."""

import numpy as np
import pytest

from plateworks.pixels import blocks
from plateworks.pixels.blocks import Changed, carry_out
from plateworks.pixels.calibrate import clean_up, division, saturation_mark, subtraction
from plateworks.pixels.cfa import MONO
from plateworks.pixels.masks import BAD, HOT
from plateworks.pixels.repair import Repair, listed

SHAPE = (29, 31)


@pytest.fixture
def raw() -> np.ndarray:
    return np.random.default_rng(5).integers(900, 60000, SHAPE).astype(np.uint16)


@pytest.fixture
def changes(raw) -> list:
    """All changes that there are, with bad pixels alone, side by side and in corners."""
    rng = np.random.default_rng(6)
    dark = rng.normal(500, 30, SHAPE).astype(np.float32)
    factors = rng.normal(1, 0.1, SHAPE).astype(np.float32)
    factors[3, 4] = factors[9, 9] = np.nan
    bits = np.where(rng.random(SHAPE) < 0.1, rng.choice([BAD, HOT, BAD | HOT], SHAPE), 0)
    bits[0, 0], bits[12:18, 5:11] = HOT, BAD  # pixels in the middle have no good neighbours
    done = [subtraction(SHAPE, dark=dark), saturation_mark(50000.0, raw.dtype)]
    repair = Repair(Changed(raw, done), listed(bits.astype(np.uint8)), "median", MONO)
    return [*done, repair, division(SHAPE, factors, repair, 1.25), clean_up(factors)]


def carried_out(changes, raw) -> tuple[np.ndarray, np.ndarray]:
    image, mask = np.full(raw.shape, 7, np.float32), np.full(raw.shape, 7, np.uint8)
    carry_out(changes, raw, image, mask)
    return image, mask


@pytest.mark.parametrize("count", range(1, 6))
def test_changes_made_block_by_block_are_those_made_one_after_the_other(
    raw, changes, count, monkeypatch
):
    image, mask = np.empty(SHAPE, np.float32), np.zeros(SHAPE, np.uint8)
    for change in changes[:count]:
        change(blocks.Pixels(slice(0, SHAPE[0]), raw, image, mask))
    for pixels in (1, 3 * SHAPE[1], 1 << 20):
        monkeypatch.setattr(blocks, "BLOCK", pixels)
        blockwise, flags = carried_out(changes[:count], raw)
        np.testing.assert_array_equal(blockwise, image)
        np.testing.assert_array_equal(flags, mask)


@pytest.mark.parametrize("count", range(1, 6))
def test_single_pixels_are_told_as_the_whole_frame_would_have_them(raw, changes, count):
    image, _ = carried_out(changes[:count], raw)
    y, x = (np.random.default_rng(7).integers(0, side, 400) for side in SHAPE)
    np.testing.assert_array_equal(Changed(raw, changes[:count])[y, x], image[y, x])


def test_some_rows_are_changed_as_they_are_in_the_frame(raw, changes):
    image, mask = carried_out(changes, raw)
    rows = slice(11, 20)
    some, flags = np.empty((9, SHAPE[1]), np.float32), np.empty((9, SHAPE[1]), np.uint8)
    carry_out(changes, raw[rows], some, flags, first=rows.start)
    np.testing.assert_array_equal(some, image[rows])
    np.testing.assert_array_equal(flags, mask[rows])


@pytest.mark.parametrize("pixels", [1, 3 * SHAPE[1], 11 * SHAPE[1], 1 << 20])
def test_raw_pixels_may_lie_where_the_result_will(raw, changes, pixels, monkeypatch):
    image, mask = carried_out(changes, raw)
    monkeypatch.setattr(blocks, "BLOCK", pixels)
    there, flags = np.empty(SHAPE, np.float32), np.empty(SHAPE, np.uint8)
    inside = there.reshape(-1).view(np.uint16)[-raw.size :].reshape(SHAPE)
    inside[...] = raw
    carry_out(changes, inside, there, flags)
    np.testing.assert_array_equal(there, image)
    np.testing.assert_array_equal(flags, mask)


def test_a_mask_is_made_only_where_it_is_asked_for(raw, changes):
    image, _ = carried_out(changes, raw)
    without = np.empty(SHAPE, np.float32)
    carry_out(changes, raw, without)
    np.testing.assert_array_equal(without, image)


def test_a_repair_without_pixels_changes_nothing(raw):
    begun = [subtraction(SHAPE)]
    repair = Repair(Changed(raw, begun), listed(np.zeros(SHAPE, np.uint8)), "median", MONO)
    image, mask = carried_out([*begun, repair], raw)
    np.testing.assert_array_equal(image, raw)
    assert not mask.any()
    assert Changed(raw, [*begun, repair])[np.array([2]), np.array([3])] == raw[2, 3]
