"""Pixels out of line with their neighbours, against ccdproc."""

import numpy as np
import pytest
from astropy.nddata import CCDData
from ccdproc import ccdmask
from hypothesis import given, settings
from hypothesis import strategies as st

from plateworks.pixels import outliers as module
from plateworks.pixels.outliers import outliers

#: What a frame may look like: noise of a flat, whole ADU, tails without end, two levels with a
#: step, and noise in a part of the pixels only, so that the scatter is zero in places.
FRAMES = {
    "noise": lambda rng, shape, sigma: rng.normal(1, sigma, shape),
    "integers": lambda rng, shape, sigma: np.rint(rng.normal(1000, 20 * sigma, shape)),
    "tails": lambda rng, shape, sigma: sigma * rng.standard_cauchy(shape),
    "step": lambda rng, shape, sigma: np.where(
        np.arange(shape[1]) < shape[1] // 2, rng.normal(1, sigma, shape), rng.normal(3, 0.1, shape)
    ),
    "still": lambda rng, shape, sigma: np.where(
        rng.random(shape) < rng.random(), rng.normal(1, sigma, shape), 1
    ),
}


def same_as_ccdproc(frame):
    want = ccdmask(CCDData(frame, unit=""))
    np.testing.assert_array_equal(outliers(frame), want)
    return want


@settings(max_examples=150)
@given(
    st.sampled_from(sorted(FRAMES)),
    st.tuples(st.integers(1, 70), st.integers(1, 70)),
    st.sampled_from([0.001, 0.03, 0.3]),
    st.sampled_from([16, 33, 512]),
    st.integers(0, 2**32 - 1),
)
def test_the_mask_is_that_of_ccdmask_whatever_the_frame(kind, shape, sigma, block, seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        same_as_ccdproc(FRAMES[kind](np.random.default_rng(seed), shape, sigma).astype(np.float32))


def test_the_mask_is_that_of_ccdmask_at_the_edge_of_the_limit():
    # Residuals of few values, so that many are equal to the limit.
    rng = np.random.default_rng(5)
    frame = np.float32(100) + rng.integers(-4, 5, (300, 200)).astype(np.float32)
    at = rng.random(frame.shape) < 0.05
    frame[at] += rng.integers(-30, 31, at.sum()).astype(np.float32)
    assert 0 < same_as_ccdproc(frame).sum() < at.sum()


def test_the_mask_is_the_same_with_any_number_of_threads(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 40)
    frame = FRAMES["tails"](np.random.default_rng(8), (150, 170), 0.1).astype(np.float32)
    alone = outliers(frame)
    assert alone.any()
    for threads in (2, 4):
        np.testing.assert_array_equal(outliers(frame, threads), alone)


def test_few_windows_need_sorting_in_a_flat(monkeypatch):
    rng = np.random.default_rng(6)
    flat = rng.normal(20000, 30, (600, 700)).astype(np.float32)
    rows = []
    plain = np.sort
    monkeypatch.setattr(
        np, "sort", lambda values, axis: rows.append(values.shape) or plain(values, axis=axis)
    )
    outliers(flat)
    assert sum(shape[0] for shape in rows if shape[1:] == (225,)) < 0.01 * flat.size
