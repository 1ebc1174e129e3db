"""The sorting network."""

import itertools

import numpy as np
import pytest

from plateworks.pixels.sorting import network, sort_columns


@pytest.mark.parametrize("n", range(1, 11))
def test_the_network_sorts_every_pattern_of_zeros_and_ones(n):
    # By the zero-one principle it then sorts everything (Knuth 5.3.4).
    patterns = np.array(list(itertools.product([0, 1], repeat=n)), np.uint8).T.copy()
    assert (np.stack(sort_columns(patterns.copy())) == np.sort(patterns, axis=0)).all()
    for k in range(n):
        assert (sort_columns(patterns.copy(), (k,))[k] == np.sort(patterns, axis=0)[k]).all()


@pytest.mark.parametrize("n", [16, 17, 40, 100])
def test_larger_stacks_are_sorted(n):
    rows = np.random.default_rng(n).integers(0, 200, (n, 500)).astype(np.int16)
    want = np.sort(rows, axis=0)
    middle = (n // 2 - 1, n // 2)
    picked = sort_columns(rows.copy(), middle)
    assert (np.stack(sort_columns(rows.copy())) == want).all()
    assert all((picked[k] == want[k]).all() for k in middle)


def test_what_is_not_wanted_is_not_computed():
    def operations(ranks):
        return sum(lower + upper for *_, lower, upper in network(20, ranks))

    everything = operations(tuple(range(20)))
    assert operations((9, 10)) < 0.76 * everything
    assert operations((0,)) == 19
    assert operations(()) == 0
