"""Products encoded block by block are, byte for byte, the files that astropy writes."""

import numpy as np
import pytest
from astropy.io import fits

from plateworks.pixels.masks import BITS
from plateworks.products.encoding import extension_block, pixel_blocks, primary_block
from plateworks.products.fitsio import write_fits
from plateworks.products.image import Image

RNG = np.random.default_rng(11)
MASK_CARDS = tuple((key, bit, text) for bit, (key, text) in BITS.items())


def header():
    cards = fits.Header([("OBJECT", "M 31", "what"), ("EXPTIME", 0.1), ("LONG", "x" * 200, "y")])
    cards["HIERARCH a long keyword"] = True
    cards.add_history("first")
    cards["AFTER"] = (-1, "a card set after the history")
    cards.add_comment("last")
    return cards


def encoded(data, cards, mask):
    shape, dtype = (None, "uint8") if data is None else (data.shape, data.dtype.name)
    parts = [primary_block(cards, shape, dtype, extended=mask is not None)]
    parts += [] if data is None else [part.tobytes() for part in pixel_blocks(data)]
    if mask is not None:
        parts.append(extension_block("MASK", mask.shape, "uint8", MASK_CARDS))
        parts += [part.tobytes() for part in pixel_blocks(mask)]
    return b"".join(parts)


@pytest.mark.parametrize("masked", [False, True], ids=["bare", "masked"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int16", "uint16", "int32", None])
def test_an_image_of_any_type_has_the_bytes_that_astropy_writes(tmp_path, dtype, masked):
    pixels = RNG.integers(-(2**31), 2**31, (37, 23))
    data = None if dtype is None else pixels.astype(dtype)
    mask = RNG.integers(0, 32, (37, 23)).astype(np.uint8) if masked else None
    hdus = fits.HDUList([fits.PrimaryHDU(data, header())])
    if masked:
        hdus.append(fits.ImageHDU(mask, fits.Header(MASK_CARDS), name="MASK"))
    hdus.writeto(tmp_path / "a.fits", output_verify="silentfix")
    assert encoded(data, header(), mask) == (tmp_path / "a.fits").read_bytes()


def test_an_image_larger_than_the_blocks_it_is_turned_by(tmp_path):
    data = RNG.normal(size=(700, 801)).astype(np.float32)
    data[::2] = np.nan
    write_fits(tmp_path / "a.fits", Image(data, fits.Header()))
    assert encoded(data, fits.Header(), None) == (tmp_path / "a.fits").read_bytes()


def test_a_view_with_gaps_is_written_as_its_copy():
    data = np.arange(600, dtype=np.uint16).reshape(20, 30)[::2, ::3]
    assert encoded(data, fits.Header(), None) == encoded(data.copy(), fits.Header(), None)
