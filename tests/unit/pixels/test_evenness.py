"""Which part of the values of a frame is even, and what makes it more than half."""

import numpy as np
import pytest

from plateworks.pixels.evenness import MOST_EVEN, even_share

RANDOM = np.random.default_rng(5)


def readouts(count, step=1, sigma=9.0):
    return np.rint(RANDOM.normal(3000.4, sigma, (count, 200, 300))) * step


def rounded(frames, step=1):
    return (np.rint(frames.mean(axis=0) / step) * step).astype(np.uint16)


@pytest.mark.parametrize("step", [1, 4, 16])
@pytest.mark.parametrize(("count", "share"), [(1, 0.5), (2, 0.75), (3, 0.5), (4, 0.625)])
def test_means_that_were_rounded_are_even_more_often(count, share, step):
    found = even_share(rounded(readouts(count, step), step), step)
    assert found == pytest.approx(share, abs=0.01)
    assert (found > MOST_EVEN) == (count == 2)


def test_it_is_what_counting_one_by_one_finds():
    pixels = rounded(readouts(2))
    counted = sum(int(one) % 2 == 0 for one in pixels.ravel()) / pixels.size
    assert even_share(pixels, 1) == pytest.approx(counted, abs=1e-12)


@pytest.mark.parametrize(
    "pixels",
    [
        rounded(readouts(1, sigma=0.4)),
        readouts(1)[0],
        rounded(readouts(1))[:4, :4],
    ],
    ids=["hardly any noise", "no integers", "few"],
)
def test_what_tells_nothing_is_not_judged(pixels):
    assert even_share(pixels, 1) is None
