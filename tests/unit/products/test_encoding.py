"""Products encoded block by block are, byte for byte, the files that astropy writes."""

import numpy as np
import pytest
from astropy.io import fits

from plateworks.metadata.checksums import as_stated, sum_of
from plateworks.pixels.masks import BITS
from plateworks.products.encoding import extension_block, pixel_blocks, primary_block
from plateworks.products.fitsio import write_fits
from plateworks.products.image import Image

PROOFS = (b"CHECKSUM", b"DATASUM", b"PWDATA", b"NEXTEND")
RNG = np.random.default_rng(11)
MASK_CARDS = tuple((key, bit, text) for bit, (key, text) in BITS.items())


def header():
    cards = fits.Header([("OBJECT", "M 31", "what"), ("EXPTIME", 0.1), ("LONG", "x" * 200, "y")])
    cards["HIERARCH a long keyword"] = True
    cards.add_history("first")
    cards["AFTER"] = (-1, "a card set after the history")
    cards.add_comment("last")
    return cards


def without_proofs(block):
    """Return a header as it would be without the cards that prove the data, which astropy dates."""
    cards = [block[start : start + 80] for start in range(0, len(block), 80)]
    cards = [card for card in cards if not card.startswith(PROOFS)]
    text = b"".join(cards).rstrip()
    return text.ljust(-(-len(text) // 2880) * 2880)


def encoded(data, cards, mask):
    shape, dtype = (None, "uint8") if data is None else (data.shape, data.dtype.name)
    parts = [without_proofs(primary_block(cards.cards, shape, dtype, int(mask is not None)))]
    parts += [] if data is None else [bytes(part.stored) for part in pixel_blocks(data)]
    if mask is not None:
        parts.append(without_proofs(extension_block("MASK", mask.shape, "uint8", MASK_CARDS)))
        parts += [bytes(part.stored) for part in pixel_blocks(mask)]
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
    written = (tmp_path / "a.fits").read_bytes()
    assert encoded(data, fits.Header(), None) == without_proofs(written[:2880]) + written[2880:]


def test_a_view_with_gaps_is_written_as_its_copy():
    data = np.arange(600, dtype=np.uint16).reshape(20, 30)[::2, ::3]
    assert encoded(data, fits.Header(), None) == encoded(data.copy(), fits.Header(), None)


@pytest.mark.parametrize("shape", [(37, 23), (1, 3), (700, 801)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int16", "uint16", "int32"])
def test_parts_of_an_image_tell_the_sum_of_their_bytes(dtype, shape):
    data = RNG.integers(-(2**31), 2**31, shape).astype(dtype)
    data.flat[:: data.size - 1] = 0
    parts = list(pixel_blocks(data))
    written = sum_of([b"".join(bytes(part.stored) for part in parts)])
    assert as_stated(sum(part.total for part in parts)) == as_stated(written)


@pytest.mark.parametrize("marked", [[], [0], [5, 16], [262143, 262144], [560699]])
def test_a_mask_of_which_little_is_marked_has_the_sum_of_its_bytes(marked):
    mask = np.zeros((700, 801), np.uint8)
    mask.reshape(-1)[marked] = [200, 3][: len(marked)]
    told = as_stated(sum(part.total for part in pixel_blocks(mask)))
    assert told == as_stated(sum_of([mask.tobytes()]))


@pytest.mark.parametrize("dtype", ["float32", "int16", "uint8"])
@pytest.mark.parametrize("start", [0, 2880, 14400, 262144, 2 * 262144 + 2880])
def test_parts_end_where_pages_of_the_file_do(dtype, start):
    data = RNG.integers(0, 100, (700, 801)).astype(dtype)
    *parts, last, _ = (bytes(part.stored) for part in pixel_blocks(data, start))
    ends = start + np.cumsum([len(part) for part in parts])
    assert ends.size and not np.any(ends % (1 << 17))
    assert b"".join([*parts, last]) == data.astype(data.dtype.newbyteorder(">")).tobytes()


@pytest.mark.parametrize("gaps", [False, True])
def test_errors_are_stored_in_two_bytes_and_come_back_within_half_a_step(tmp_path, gaps):
    sigma = RNG.uniform(0, 300, (640, 801)).astype(np.float32)
    if gaps:
        sigma[3, 5] = sigma[600, 7] = np.nan
    write_fits(tmp_path / "a.fits", Image(np.zeros_like(sigma), fits.Header(), sigma=sigma))
    with fits.open(tmp_path / "a.fits") as hdus:
        stored = hdus["UNCERT"].data
        assert hdus["UNCERT"].header["UTYPE"] == "StdDevUncertainty"
    np.testing.assert_allclose(stored, sigma, rtol=1e-6, atol=0.51 * 300 / 65534)
    write_fits(tmp_path / "b.fits", Image(np.zeros_like(sigma), fits.Header(), sigma=stored))
    with fits.open(tmp_path / "b.fits") as hdus:  # what is written again stays as it is
        np.testing.assert_allclose(hdus["UNCERT"].data, stored, rtol=1e-6)


def test_an_error_without_bounds_is_none_and_leaves_the_others_theirs(tmp_path):
    sigma = np.full((4, 5), 3.0, np.float32)
    sigma[1, 2] = np.inf
    write_fits(tmp_path / "a.fits", Image(np.zeros_like(sigma), fits.Header(), sigma=sigma))
    with fits.open(tmp_path / "a.fits") as hdus:
        stored = hdus["UNCERT"].data
    assert np.isnan(stored[1, 2]) and np.nansum(stored) == pytest.approx(19 * 3.0, rel=1e-4)


def test_errors_of_nothing_are_nothing(tmp_path):
    sigma = np.zeros((4, 5), np.float32)
    write_fits(tmp_path / "a.fits", Image(sigma, fits.Header(), sigma=sigma))
    with fits.open(tmp_path / "a.fits") as hdus:
        assert not hdus["UNCERT"].data.any()
