"""Calibrating a frame: the formula, its order, and what the mask says."""

import numpy as np
import pytest

from plateworks.pixels import blocks
from plateworks.pixels.blocks import Changed, carry_out
from plateworks.pixels.calibrate import (
    clean_up,
    division,
    flat_factors,
    saturation_mark,
    subtract,
    subtraction,
    thermal,
    to_electrons,
    to_integer,
)
from plateworks.pixels.cfa import MONO, MOSAIC
from plateworks.pixels.cosmetic import replace
from plateworks.pixels.masks import BAD, HOT, LOW_FLAT, SATURATED
from plateworks.pixels.repair import Repair, listed

SHAPE = (37, 53)


def calibrate(
    raw,
    *,
    flat=None,
    mult=None,
    flat_floor=0.05,
    bad=None,
    cell=MONO,
    saturation=None,
    method="median",
    **masters,
):
    """Subtract, repair, divide, clean up, block by block; return image and mask."""
    factors = None if flat is None else flat_factors(flat, mult, flat_floor)
    changes = [subtraction(raw.shape, **masters)]
    if saturation is not None:
        changes.append(saturation_mark(saturation, raw.dtype))
    repair = None if bad is None else Repair(Changed(raw, changes), listed(bad), method, cell)
    if repair is not None:
        changes.append(repair)
    if factors is not None:
        changes.append(division(raw.shape, factors, repair))
    changes.append(clean_up(factors))
    image, mask = np.full(raw.shape, 7, np.float32), np.full(raw.shape, 7, np.uint8)
    carry_out(changes, raw, image, mask)
    return image, mask


@pytest.fixture(params=["uint16", "int16", "int32", "float32", "float64", ">u2"])
def frames(request):
    """A raw frame and masters whose pixels are all different."""
    rng = np.random.default_rng(1)
    return {
        "raw": rng.integers(900, 20000, SHAPE).astype(request.param),
        "bias": rng.normal(500, 5, SHAPE).astype(np.float32),
        "dark": rng.normal(80, 20, SHAPE).astype(np.float32),
        "flat": rng.normal(5000, 400, SHAPE).astype(np.float32),
    }


def formula(raw, bias=None, dark=None, k=1.0, flat=None, mult=None):
    """The formula of a light, (RAW - BIAS - K * DARK) * MULT / FLAT, in float64."""
    out = raw.astype(float)
    if bias is not None:
        out = out - bias.astype(float)
    if dark is not None:
        out = out - k * dark.astype(float)
    if flat is not None:
        out = out * (np.median(flat.astype(float)) if mult is None else mult) / flat.astype(float)
    return out


@pytest.mark.parametrize(
    "given",
    [
        (),
        ("bias",),
        ("dark",),
        ("flat",),
        ("bias", "flat"),
        ("dark", "flat"),
        ("bias", "dark"),
        ("bias", "dark", "flat"),
    ],
)
@pytest.mark.parametrize("k", [1.0, 0.37, 2.5])
def test_every_combination_of_masters_equals_the_formula(frames, given, k):
    masters = {name: frames[name] for name in given}
    image, mask = calibrate(frames["raw"], k=k, **masters)
    np.testing.assert_allclose(image, formula(frames["raw"], k=k, **masters), rtol=1e-5)
    assert image.dtype == np.float32
    assert mask.dtype == np.uint8
    assert not mask.any()


def test_small_differences_of_large_numbers_keep_their_precision():
    rng = np.random.default_rng(2)
    bias = rng.normal(50000, 5, SHAPE).astype(np.float32)
    dark = rng.normal(800, 5, SHAPE).astype(np.float32)
    raw = np.rint(bias + 0.7 * dark).astype(np.uint16)
    image, _ = calibrate(raw, bias=bias, dark=dark, k=0.7)
    np.testing.assert_allclose(image, formula(raw, bias, dark, 0.7), rtol=1e-6)


def test_the_result_does_not_depend_on_the_size_of_blocks(frames, monkeypatch):
    want, _ = calibrate(**frames)
    monkeypatch.setattr(blocks, "BLOCK", 1)
    assert calibrate(**frames)[0].tobytes() == want.tobytes()


def test_a_light_of_known_truth_is_recovered():
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    vignette = 1 - ((x - 26) ** 2 + (y - 18) ** 2) / 2000
    sky, bias, dark = 300.0, 500.0 + y, 40.0 + 0.5 * x
    raw = sky * vignette + bias + dark
    flat = 20000 * vignette
    centre = sky * np.median(vignette)
    for masters in ({"dark": bias + dark}, {"bias": bias, "dark": thermal(bias + dark, bias)}):
        image, _ = calibrate(raw, flat=flat, **masters)
        np.testing.assert_allclose(image, centre, rtol=1e-6)
    scaled = sky * vignette + bias + 2.5 * dark
    image, _ = calibrate(scaled, bias=bias, dark=thermal(bias + dark, bias), k=2.5, flat=flat)
    np.testing.assert_allclose(image, centre, rtol=1e-6)


def test_mult_may_be_given():
    raw, flat = np.full((2, 2), 100.0), np.array([[1.0, 2.0], [4.0, 4.0]])
    image, _ = calibrate(raw, flat=flat, mult=4.0)
    np.testing.assert_array_equal(image, [[400, 200], [100, 100]])
    with pytest.raises(ValueError, match=r"above zero.*-3"):
        calibrate(raw, flat=np.full((2, 2), -3.0))


def test_listed_pixels_are_replaced_before_the_flat_division():
    rng = np.random.default_rng(3)
    raw = rng.normal(1000, 10, SHAPE)
    flat = rng.normal(1, 0.1, SHAPE)
    listed = np.zeros(SHAPE, np.uint8)
    listed[5, 5], listed[0, 0], listed[20, 21] = HOT, BAD, HOT | BAD
    raw[listed != 0] = 60000
    for cell in (MONO, MOSAIC):
        for method in ("median", "mean"):
            image, mask = calibrate(
                raw, dark=flat, flat=flat, mult=1.0, bad=listed, cell=cell, method=method
            )
            by = np.where(listed & BAD, replace(1 / flat, listed != 0, method, cell), 1 / flat)
            want = replace(raw - flat, listed != 0, method, cell) * by
            np.testing.assert_allclose(image, want, rtol=1e-6)
            np.testing.assert_array_equal(mask, listed)
    assert listed.max() == HOT | BAD


def test_a_pixel_that_is_bad_in_the_flat_is_as_bright_as_its_surroundings():
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    flat = 20000.0 - 30 * y - 20 * x
    raw = flat / 20
    bad = np.zeros(SHAPE, np.uint8)
    for where, response in (((5, 5), 0.1), ((20, 21), 0.0), ((0, 9), 1.5)):
        raw[where] *= response
        flat[where] *= response
        bad[where] = BAD
    image, mask = calibrate(raw, flat=flat, mult=20000.0, bad=bad)
    np.testing.assert_allclose(image, 1000.0, rtol=1e-6)
    np.testing.assert_array_equal(mask, bad)


def test_saturation_is_judged_on_the_raw_frame():
    raw = np.array([[100, 60000, 65535]], np.uint16)
    dark = np.array([[0, 0, 30000]], np.float32)
    _, mask = calibrate(raw, dark=dark, saturation=60000)
    np.testing.assert_array_equal(mask, [[0, SATURATED, SATURATED]])
    assert not calibrate(raw, dark=dark)[1].any()


def test_where_the_flat_is_too_low_the_result_is_missing():
    flat = np.array([[5000, 5000, 5000, 250, 251, 0, -10, np.nan, np.inf]], np.float32)
    image, mask = calibrate(np.full(flat.shape, 100, np.uint16), flat=flat, mult=5000)
    low = [False, False, False, True, False, True, True, True, True]
    np.testing.assert_array_equal(np.isnan(image[0]), low)
    np.testing.assert_array_equal(mask[0] == LOW_FLAT, low)
    assert image[0, 4] == pytest.approx(100 * 5000 / 251)
    lenient, _ = calibrate(np.full(flat.shape, 100), flat=flat, mult=5000, flat_floor=0.0)
    assert lenient[0, 3] == pytest.approx(2000)


def test_what_is_not_finite_becomes_missing_and_bad_unless_it_is_replaced():
    raw = np.full((5, 6), 10, np.float32)
    raw[1, 1], raw[1, 4], raw[3, 2] = np.nan, np.inf, np.nan
    listed = np.zeros(raw.shape, np.uint8)
    listed[3, 2] = HOT
    image, mask = calibrate(raw, bad=listed)
    assert np.isnan(image[1, 1]) and np.isnan(image[1, 4])
    assert image[3, 2] == 10
    assert (mask[1, 1], mask[1, 4], mask[3, 2]) == (BAD, BAD, HOT)
    assert np.isfinite(image).sum() == raw.size - 2


@pytest.mark.parametrize("name", ["bias", "dark", "flat", "bad"])
def test_a_master_of_another_size_is_refused(name):
    with pytest.raises(ValueError, match=r" has the shape \(2, 3\), the frame \(2, 2\)"):
        calibrate(np.zeros((2, 2), np.uint16), **{name: np.ones((2, 3), np.uint8)})


def test_the_inputs_stay_as_they_are(frames):
    before = {name: frame.copy() for name, frame in frames.items()}
    bad = np.zeros(SHAPE, np.uint8)
    bad[2, 2] = HOT
    calibrate(**frames, bad=bad, saturation=15000)
    subtract(frames["raw"], bias=frames["bias"])
    for name, frame in before.items():
        np.testing.assert_array_equal(frames[name], frame)
    assert bad.sum() == HOT


def test_integers_are_rounded_and_clamped_and_what_is_missing_is_zero():
    image = np.array([[-3.0, 0.4, 0.6, 65534.6, 70000.0, np.nan, np.inf, -np.inf]], np.float32)
    out = to_integer(image, "uint16")
    np.testing.assert_array_equal(out, [[0, 0, 1, 65535, 65535, 0, 65535, 0]])
    assert out.dtype == np.uint16
    np.testing.assert_array_equal(
        to_integer(image, np.int16, 100)[0, :6], [97, 100, 101] + [32767] * 2 + [0]
    )
    large = to_integer(np.array([[3e9, -3e9, 5e9]]), "int32")
    np.testing.assert_array_equal(large, [[2147483647, -2147483648, 2147483647]])
    assert to_integer(np.array([[5e9]], np.float32), "uint32")[0, 0] == 4294967295


def test_a_pedestal_keeps_the_noise_below_zero():
    noise = np.random.default_rng(4).normal(0, 10, (200, 200)).astype(np.float32)
    assert to_integer(noise, "uint16").mean() > 3.5
    assert to_integer(noise, "uint16", pedestal=100).mean() - 100 == pytest.approx(
        noise.mean(), abs=0.02
    )


def test_electrons_are_adu_times_their_worth():
    out = to_electrons(np.array([[2.0, np.nan]], np.float32), 0.25)
    assert out.dtype == np.float32
    assert out[0, 0] == 0.5 and np.isnan(out[0, 1])
