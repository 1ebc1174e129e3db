"""Spots of pixels that belong together."""

import numpy as np
import pytest
from scipy import ndimage

from plateworks.pixels.cutoff import _sizes_of_spots


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (50, 71), (123, 68), (40, 400)])
@pytest.mark.parametrize("share", [0.001, 0.02, 0.2, 1.0])
def test_spots_are_those_of_scipys_labels(shape, share):
    draw = np.random.default_rng([*shape, int(1000 * share)])
    at = np.flatnonzero(draw.random(shape) <= share)
    sizes, of_pixels = _sizes_of_spots(at, shape)
    rows, columns = at // shape[1] // 4, at % shape[1] // 4
    coarse = np.zeros((shape[0] // 4 + 1, shape[1] // 4 + 1), bool)
    coarse[rows, columns] = True
    labels, count = ndimage.label(coarse, np.ones((3, 3), bool))
    wanted = np.bincount(labels[rows, columns], minlength=count + 1)
    assert np.array_equal(of_pixels, wanted[labels[rows, columns]])
    assert sorted(sizes[sizes > 0]) == sorted(wanted[1:])
