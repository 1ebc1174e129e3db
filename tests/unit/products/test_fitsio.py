"""Products: written whole or not at all, and in the same bytes every time."""

import numpy as np
import pytest
from astropy.io import fits

from plateworks.errors import FrameError
from plateworks.products.fitsio import read_product, write_fits
from plateworks.products.headers import ascii_text, put


@pytest.mark.parametrize("dtype", [np.float32, np.uint16, np.int16, np.uint8])
def test_image_header_and_mask_come_back_as_written(tmp_path, dtype):
    data = np.arange(12, dtype=dtype).reshape(3, 4)
    mask = (data % 3).astype(np.uint8)
    header = fits.Header([("OBJECT", "M 31", "what"), ("BZERO", 5, "must not survive")])
    write_fits(tmp_path / "a.fits", data, header, mask)
    got, its, flags = read_product(tmp_path / "a.fits")
    assert got.dtype == dtype
    assert np.array_equal(got, data)
    assert its["OBJECT"] == "M 31"
    assert np.array_equal(flags, mask)


def test_the_mask_explains_its_bits(tmp_path):
    write_fits(tmp_path / "a.fits", np.zeros((2, 2), np.float32), fits.Header(), np.zeros((2, 2)))
    header = fits.getheader(tmp_path / "a.fits", "MASK")
    assert [header[f"BIT{i}"] for i in range(5)] == [1, 2, 4, 8, 16]
    assert "cosmic" in header.comments["BIT4"]


def test_the_same_product_has_the_same_bytes(tmp_path):
    for name in ("a.fits", "b.fits"):
        write_fits(tmp_path / name, np.eye(5, dtype=np.float32), fits.Header([("A", 1)]))
    assert (tmp_path / "a.fits").read_bytes() == (tmp_path / "b.fits").read_bytes()


def test_a_damaged_product_is_said_by_name(tmp_path):
    (tmp_path / "a.fits").write_text("no FITS")
    with pytest.raises(FrameError, match=r"a\.fits: cannot be read as FITS"):
        read_product(tmp_path / "a.fits")


@pytest.mark.parametrize("text", ["été", "line\nbreak", "it's", "x" * 200, "\x00\x1b[31m", ""])
def test_any_text_fits_a_card(text):
    header = fits.Header()
    put(header, "TEXT", text, "a comment that is rather long for its card, far too long in fact")
    assert len(header.cards["TEXT"].image) == 80
    assert header.tostring().isprintable()
    assert ascii_text(text).isascii()
