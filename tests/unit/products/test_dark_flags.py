"""What a master dark knows of pixels goes into the masks of the lights that it is taken from."""

from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from orders import calibration_order, light_order
from plateworks.orders.frames import Placement, ScaledDark, Subtraction
from plateworks.orders.lights import FlatChoice, MatchQuality
from plateworks.pixels import defects
from plateworks.pixels.defects import Defects
from plateworks.pixels.masks import BAD, FLICKERS, HOT, NO_DARK, NONLINEAR
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.flatflags import NONLINEAR_COUNT
from plateworks.products.image import Image
from plateworks.products.imagefiles import read_image, write_image
from plateworks.products.lists import write_list
from plateworks.products.pixeltable import pixel_table

SHAPE = (12, 10)
#: Row and column of a pixel -> its kinds in the dark, and the bits that a light gets.
KNOWN = {
    (2, 3): (defects.FLICKERS | defects.HOT, FLICKERS),
    (4, 5): (defects.NONLINEAR, NONLINEAR),
    (7, 1): (defects.FULL | defects.FLICKERS, NO_DARK | FLICKERS),
    (9, 9): (defects.HOT, 0),  # which the list tells
}


@pytest.fixture
def calibrated(tmp_path):
    """A function that calibrates a light with a dark of known defects; the mask of the product."""

    def run(ending="fits", placement=None, shape=SHAPE, known=KNOWN, flat=None, **more):
        at = np.array([y * SHAPE[1] + x for y, x in known])
        kinds = np.array([kinds for kinds, _ in known.values()], np.int16)
        nothing = np.zeros(at.size, np.float32)
        table = pixel_table(Defects(at, nothing, nothing, nothing, kinds, 1.0, 3.0), SHAPE[1])
        dark = str(tmp_path / f"dark.{ending}")
        header = fits.Header([("IMAGETYP", "Master Dark"), ("EXPTIME", 9.0)])
        write_image(dark, Image(np.full(SHAPE, 300, np.float32), header, tables=(table,)))
        raw, out = str(tmp_path / "raw.fits"), str(tmp_path / "out.fits")
        light = fits.Header([("IMAGETYP", "light"), ("EXPTIME", 9.0)])
        pixels = np.random.default_rng(1).integers(500, 900, shape).astype(np.uint16)
        fits.writeto(raw, pixels, light, overwrite=True)
        scaled = ScaledDark(path=dark, k=1.0, bias_inside=True, placement=placement)
        order = light_order(raw, out, subtraction=Subtraction(dark=scaled), **more)
        calibrate_frames(calibration_order([replace(order, flat=flat)]))
        return read_image(out)

    return run


def expected(shape=SHAPE):
    mask = np.zeros(shape, int)
    for place, (_, bits) in KNOWN.items():
        mask[place] = bits
    return mask


@pytest.mark.parametrize("ending", ["fits", "xisf"])
def test_a_light_is_told_where_its_dark_flickers_or_is_full(calibrated, ending):
    image = calibrated(ending)
    assert np.array_equal(image.mask, expected())
    assert (image.header["NBIT6"], image.header["NBIT8"], image.header["NBIT10"]) == (2, 1, 1)


def test_nothing_but_what_is_listed_is_repaired(calibrated, tmp_path):
    listed = np.array([[3, 2]])
    write_list(tmp_path / "hot.lst", listed, listed[:0], rows=SHAPE[0])
    plain, with_list = calibrated(), calibrated(cosmetic=str(tmp_path / "hot.lst"))
    assert with_list.mask[2, 3] == HOT | FLICKERS
    assert np.argwhere(plain.data != with_list.data).tolist() == [[2, 3]]


def test_a_light_is_told_what_the_mask_of_its_flat_calls_non_linear(calibrated, tmp_path):
    mask = np.zeros(SHAPE, np.uint16)
    mask[6, 6], mask[8, 2] = BAD | NONLINEAR, BAD
    header = fits.Header([(NONLINEAR_COUNT, 1)])
    write_image(str(tmp_path / "bad.fits"), Image(mask, header))
    write_image(str(tmp_path / "flat.fits"), Image(np.full(SHAPE, 20000, np.float32), header))
    flat = FlatChoice(
        path=str(tmp_path / "flat.fits"),
        badpix=str(tmp_path / "bad.fits"),
        match=MatchQuality(level=0, reason="exact"),
    )
    image = calibrated(flat=flat)
    assert (image.mask[6, 6], image.mask[8, 2]) == (BAD | NONLINEAR, BAD)
    turned = replace(flat, placement=Placement(turned=True, rows=SHAPE[0]))
    assert calibrated(flat=turned).mask[SHAPE[0] - 1 - 6, 6] == BAD | NONLINEAR


def test_a_dark_that_is_turned_or_cropped_tells_of_the_same_places(calibrated):
    turned = calibrated(placement=Placement(turned=True, rows=SHAPE[0]))
    assert np.array_equal(turned.mask, expected()[::-1])
    cropped = calibrated(
        placement=Placement(turned=False, crop=(1, 2, 6, 8), rows=SHAPE[0]), shape=(8, 6)
    )
    assert np.array_equal(cropped.mask, expected()[2:10, 1:7])


def test_a_mask_that_needs_the_first_bits_alone_is_of_bytes(calibrated, tmp_path):
    assert calibrated().mask.dtype == np.uint16
    assert fits.getheader(tmp_path / "out.fits", "MASK")["BITPIX"] == 16
    assert "BZERO" not in fits.getheader(tmp_path / "out.fits", "MASK")
    few = {(2, 3): KNOWN[2, 3]}
    assert calibrated(known=few).mask.dtype == np.uint8
    assert fits.getheader(tmp_path / "out.fits", "MASK")["BITPIX"] == 8
