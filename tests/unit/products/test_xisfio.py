"""XISF products: pixels and cards come back as they were written, here and in another reader."""

import os

import numpy as np
import pytest
from astropy.io import fits
from xisf import XISF

from plateworks.metadata.normalise import read_frame
from plateworks.metadata.xisf import read_image as stored
from plateworks.metadata.xisf_pixels import read_adu
from plateworks.metadata.xisf_seal import is_unsealed
from plateworks.products.headers import original_header, put_text
from plateworks.products.image import Image
from plateworks.products.imagefiles import read_image, read_image_header, write_image
from plateworks.products.reading import FrameReader

RNG = np.random.default_rng(5)


def a_header() -> fits.Header:
    header = fits.Header()
    header["IMAGETYP"] = ("Master Dark", "type of frame")
    header["EXPTIME"] = (120.0, "[s] exposure")
    header["SET-TEMP"] = -10.25
    header["NCOMBINE"] = (20, "number of frames")
    header["TINY"], header["HUGE"] = 1e-7, 1.5e30
    header["BIASSUB"], header["NOT"] = True, False
    header["QUOTED"] = ("it's <5\" & more / less", "a > b")
    header["NOTHING"] = (None, "no value")
    header["HIERARCH ESO DET NAME"] = ("eev", "long keyword")
    put_text(header, "LONGTEXT", "word " * 40 + "end")
    header["BAYERPAT"] = "GBRG"
    header.add_history("input 'dark_1.fits'")
    header.add_comment("a remark")
    header.add_history("second line")
    return header


def told(header: fits.Header) -> list[tuple]:
    cards = (card for card in header.cards if card.keyword != "PWDATA")  # of the pixels
    return [(card.keyword, card.value, card.comment) for card in cards]


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "uint16", "uint32"])
def test_pixels_mask_and_cards_come_back_as_written(tmp_path, dtype):
    data = (RNG.random((40, 30)) * 250).astype(dtype)
    mask = RNG.integers(0, 32, (40, 30)).astype(np.uint8)
    header = a_header()
    write_image(tmp_path / "a.xisf", Image(data, header, mask))
    got = read_image(tmp_path / "a.xisf")
    assert got.data.dtype == data.dtype
    assert np.array_equal(got.data, data)
    assert told(got.header) == told(header)
    assert np.array_equal(got.mask, mask)
    assert told(read_image_header(tmp_path / "a.xisf")) == told(header)


def test_values_beyond_16_bits_below_zero_and_unknown_ones_survive(tmp_path):
    data = np.array([[-5.5, 70_000, np.nan], [np.inf, 0, 1e-20]], np.float32)
    write_image(tmp_path / "a.xisf", Image(data, fits.Header()))
    assert read_image(tmp_path / "a.xisf").data.tobytes() == data.tobytes()


@pytest.mark.parametrize("dtype", ["int16", "int32"])
def test_signed_integers_become_floating_point_with_the_same_values(tmp_path, dtype):
    data = RNG.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, (9, 7), dtype=dtype)
    write_image(tmp_path / "a.xisf", Image(data, fits.Header()))
    got = read_image(tmp_path / "a.xisf").data
    assert got.dtype.kind == "f"
    assert np.array_equal(got, data)


def test_the_same_frame_goes_through_fits_and_xisf_unchanged(tmp_path):
    data = RNG.normal(500, 9, (20, 31)).astype(np.float32)
    write_image(tmp_path / "a.fits", Image(data, a_header()))
    write_image(tmp_path / "b.xisf", read_image(tmp_path / "a.fits"))
    write_image(tmp_path / "c.fits", read_image(tmp_path / "b.xisf"))
    assert (tmp_path / "a.fits").read_bytes() == (tmp_path / "c.fits").read_bytes()


def test_the_same_product_has_the_same_bytes_and_no_part_is_left(tmp_path):
    for name in ("a.xisf", "b.xisf"):
        write_image(tmp_path / name, Image(np.eye(5, dtype=np.float32), a_header()))
    assert (tmp_path / "a.xisf").read_bytes() == (tmp_path / "b.xisf").read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["a.xisf", "b.xisf"]


def test_a_keyword_that_was_changed_breaks_the_seal_of_the_header(tmp_path):
    path = tmp_path / "a.xisf"
    write_image(path, Image(np.ones((4, 6), np.float32), a_header()))
    assert not is_unsealed(path)
    whole = path.read_bytes()
    changed = whole.replace(b'value="120.0"', b'value="121.0"')
    assert changed != whole
    path.write_bytes(changed)
    assert is_unsealed(path)


def test_what_has_no_seal_has_none_to_break(tmp_path):
    path = tmp_path / "a.xisf"
    write_image(path, Image(np.ones((4, 6), np.float32), a_header()))
    path.write_bytes(path.read_bytes().replace(b"Plateworks:Seal", b"Elsewhere:Seals"))
    assert not is_unsealed(path)
    path.write_bytes(b"SIMPLE")
    assert not is_unsealed(path)


def test_another_reader_finds_images_and_keywords(tmp_path):
    data = RNG.normal(500, 9, (20, 31)).astype(np.float32)
    mask = np.zeros((20, 31), np.uint8)
    losses = RNG.integers(0, 9, (20, 31))
    write_image(tmp_path / "a.xisf", Image(data, a_header(), mask, losses=losses))
    file = XISF(str(tmp_path / "a.xisf"))
    first, second, third = file.get_images_metadata()
    assert (second["id"], third["id"]) == ("MASK", "REJECTED")
    assert first["geometry"] == (31, 20, 1)
    assert first["imageType"] == "MasterDark"
    assert first["FITSKeywords"]["EXPTIME"][0] == {"value": "120.0", "comment": "[s] exposure"}
    assert first["FITSKeywords"]["IMAGETYP"][0]["value"] == "Master Dark"
    assert np.array_equal(file.read_image(0)[..., 0], data)
    assert np.array_equal(file.read_image(2)[..., 0], losses)
    assert file.get_file_metadata()["XISF:CreatorApplication"]["value"] == "Plateworks"


PACKINGS = [codec + more for codec in ("zlib", "lz4", "lz4hc", "zstd") for more in ("", "+sh")]


def smooth(dtype) -> np.ndarray:
    """An image that can be packed."""
    y, x = np.indices((40, 30))
    return (1000 + 3 * y + x + np.random.default_rng(1).integers(0, 2, (40, 30))).astype(dtype)


@pytest.mark.parametrize("compression", PACKINGS)
@pytest.mark.parametrize("dtype", ["float32", "uint16"])
def test_packed_products_are_smaller_and_come_back_as_written(tmp_path, compression, dtype):
    data, mask = smooth(dtype), np.zeros((40, 30), np.uint8)
    mask[3, 4] = 5
    write_image(tmp_path / "plain.xisf", Image(data, a_header(), mask))
    for name in ("a.xisf", "b.xisf"):
        write_image(tmp_path / name, Image(data, a_header(), mask), compression)
    got = read_image(tmp_path / "a.xisf")
    assert got.data.dtype == data.dtype and np.array_equal(got.data, data)
    assert told(got.header) == told(a_header())
    assert np.array_equal(got.mask, mask)
    assert (tmp_path / "a.xisf").read_bytes() == (tmp_path / "b.xisf").read_bytes()
    packed, plain = (stored(tmp_path / name).size for name in ("a.xisf", "plain.xisf"))
    assert packed < 0.9 * plain


@pytest.mark.parametrize("compression", PACKINGS)
def test_another_reader_unpacks_our_products(tmp_path, compression):
    data, mask = smooth("float32"), np.zeros((40, 30), np.uint8)
    write_image(tmp_path / "a.xisf", Image(data, a_header(), mask), compression)
    file = XISF(str(tmp_path / "a.xisf"))
    image, flags = file.get_images_metadata()
    assert image["compression"][:2] == (compression, data.nbytes)
    assert flags["compression"][0] == compression.removesuffix("+sh")
    assert np.array_equal(file.read_image(0)[..., 0], data)
    assert np.array_equal(file.read_image(1)[..., 0], mask)


def test_shuffled_bytes_pack_better_and_noise_is_stored_as_it_is(tmp_path):
    for compression in ("zlib", "zlib+sh"):
        image = Image(smooth("float32"), fits.Header())
        write_image(tmp_path / f"{compression}.xisf", image, compression)
    assert stored(tmp_path / "zlib+sh.xisf").size < stored(tmp_path / "zlib.xisf").size
    noise = RNG.integers(0, 65536, (40, 30)).astype(np.uint16)
    write_image(tmp_path / "noise.xisf", Image(noise, fits.Header()), "lz4")
    assert stored(tmp_path / "noise.xisf").compression is None
    assert np.array_equal(read_image(tmp_path / "noise.xisf").data, noise)


def test_compression_is_no_matter_of_fits(tmp_path):
    for name, compression in (("a.fits", None), ("b.fits", "zlib")):
        write_image(tmp_path / name, Image(smooth("float32"), a_header()), compression)
    assert (tmp_path / "a.fits").read_bytes() == (tmp_path / "b.fits").read_bytes()


def test_a_product_is_a_frame_as_good_as_any(tmp_path):
    data = RNG.normal(500, 9, (20, 31)).astype(np.float32)
    write_image(tmp_path / "a.xisf", Image(data, a_header()))
    frame = read_frame(tmp_path / "a.xisf")
    assert (frame.kind, frame.is_master, frame.exposure, frame.bayer) == ("dark", True, 120, "GBRG")
    assert frame.bias_inside is False
    with FrameReader(str(tmp_path / "a.xisf")) as reader:
        assert np.array_equal(reader.read(), data)


# --- files of another writer ---------------------------------------------------------------------


@pytest.mark.parametrize("codec", [None, "zlib", "lz4", "lz4hc", "zstd"])
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "float32", "float64"])
def test_files_of_another_writer_are_read(tmp_path, codec, shuffle, dtype):
    data = (np.arange(64 * 48).reshape(64, 48) % 200).astype(dtype)
    cards = {"INSTRUME": [{"value": "'ASI 2600'", "comment": "camera"}]}
    path = str(tmp_path / "a.xisf")
    XISF.write(
        path, data[..., np.newaxis], image_metadata={"FITSKeywords": cards}, codec=codec,
        shuffle=shuffle,
    )  # fmt: skip
    assert np.array_equal(read_adu(path), data)
    header = original_header(path)
    assert (header["INSTRUME"], header.comments["INSTRUME"]) == ("ASI 2600", "camera")


def test_pixels_between_0_and_1_are_read_in_adu(tmp_path):
    adu = RNG.integers(0, 65535, (40, 50)).astype(np.uint16)
    path = str(tmp_path / "a.xisf")
    XISF.write(path, (adu / 65535).astype(np.float32)[..., np.newaxis])
    with FrameReader(path) as reader:
        assert np.array_equal(np.rint(reader.read()), adu)
