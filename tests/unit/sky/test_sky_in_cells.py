"""The sky of each cell is the median of its sample, without what is ignored."""

import numpy as np
import pytest

from plateworks.sky.cells import GRID, sample_in_cells, sky_in_cells


def by_a_copy(image, ignore):
    """Return the same in a plain way: NaN in a copy, cell by cell, with the pixels looked at."""
    known = np.where(ignore, np.float32(np.nan), image)
    sides = []
    for side, count in zip(image.shape, GRID, strict=True):
        cell = np.clip(((np.arange(side) + 0.5) * count / side).astype(int), 0, count - 1)
        cells = [np.flatnonzero(cell == number) for number in range(count)]
        sides.append([some[:: max(1, min(8, some.size // 32))] for some in cells])
    found = np.full(GRID, np.nan)
    for row, column in np.ndindex(GRID):
        some = known[np.ix_(sides[0][row], sides[1][column])]
        assert some.size == sample_in_cells(image.shape)[row, column]
        some = some[np.isfinite(some)]
        if some.size:
            found[row, column] = np.median(some)
    return found


@pytest.mark.parametrize("shape", [(600, 800), (417, 623), (5, 40)])
def test_it_is_what_a_copy_with_nan_in_place_of_ignored_pixels_tells(shape):
    draw = np.random.default_rng(1)
    image = draw.normal(500, 20, shape).astype(np.float32)
    image[draw.random(shape) < 0.01] = np.nan
    ignore = draw.random(shape) < 0.3
    ignore[: shape[0] // 6 + 1, : shape[1] // 8 + 1] = True
    found = sky_in_cells(image, ignore)
    np.testing.assert_array_equal(found, by_a_copy(image, ignore))
    assert np.isnan(found[0, 0]) and np.isfinite(found[-1, -1])
    nothing = np.zeros(shape, bool)
    np.testing.assert_array_equal(sky_in_cells(image, None), by_a_copy(image, nothing))
