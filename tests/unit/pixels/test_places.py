"""Where something is true, told without an array of all that are asked."""

import numpy as np
import pytest

from plateworks.pixels import places as module
from plateworks.pixels.places import places


@pytest.mark.parametrize("size", [0, 1, 6, 7, 8, 50])
def test_the_places_are_those_of_the_whole(size, monkeypatch):
    monkeypatch.setattr(module, "_PIECE", 7)
    values = np.random.default_rng(size).integers(0, 3, size)
    found = places(size, lambda part: values[part] == 1)
    np.testing.assert_array_equal(found, np.flatnonzero(values == 1))
    assert found.dtype == np.int64


def test_no_place_is_told_where_nothing_is_true():
    assert places(300_000, lambda part: np.zeros(part.stop - part.start, bool)).size == 0
