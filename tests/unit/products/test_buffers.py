"""Arrays that are lent, come back, and lie inside each other."""

import numpy as np
import pytest

from plateworks.products.buffers import Buffers, Loan


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16])
def test_raw_pixels_lie_at_the_end_of_what_they_become(dtype):
    with Loan() as loan:
        raw = loan.nested((30, 41), dtype)
        raw[...] = 7
        pixels = loan.floats(raw)
        assert pixels.dtype == np.float32 and raw.shape == pixels.shape
        assert np.all(pixels.reshape(-1).view(dtype)[-raw.size :] == 7)


def test_raw_pixels_as_large_as_floats_lie_apart():
    with Loan() as loan:
        raw = loan.nested((30, 41), np.float32)
        assert not np.may_share_memory(raw, loan.floats(raw))


def test_what_other_arrays_become_is_another():
    with Loan() as loan:
        raw = np.zeros((30, 41), np.uint16)
        assert not np.may_share_memory(raw, loan.floats(raw))


def test_all_that_was_lent_is_used_again_after_the_end():
    buffers = Buffers()
    with Loan(buffers) as loan:
        pixels = loan.floats(loan.nested((30, 41), np.uint16))
    with Loan(buffers) as loan:
        assert loan.floats(loan.nested((30, 41), np.uint16)) is pixels
        assert loan.take((30, 41), np.float32) is not pixels
