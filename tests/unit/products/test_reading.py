"""Raw frames in every type and packing, row by row."""

import gzip

import numpy as np
import pytest
from astropy.io import fits

from plateworks.errors import FrameError
from plateworks.products.headers import original_header
from plateworks.products.reading import FrameReader

RNG = np.random.default_rng(5)


def picture(dtype, shape=(37, 23)):
    if np.dtype(dtype).kind == "f":
        return RNG.normal(1000, 50, shape).astype(dtype)
    limits = np.iinfo(dtype)
    data = RNG.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)
    data[0, :2] = limits.min, limits.max
    return data


def rows_of(path):
    with FrameReader(str(path)) as reader:
        parts = [reader.rows(y, min(y + 5, reader.shape[0])) for y in range(0, reader.shape[0], 5)]
        whole = reader.read()
        assert whole.dtype == reader.dtype
        assert whole.dtype.isnative
    assert np.array_equal(np.concatenate(parts), whole, equal_nan=True)
    return whole


@pytest.mark.parametrize(
    "dtype", [np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.float32, np.float64]
)
def test_every_type_is_read_as_it_was_written(tmp_path, dtype):
    data = picture(dtype)
    fits.writeto(tmp_path / "a.fits", data)
    got = rows_of(tmp_path / "a.fits")
    assert got.dtype == dtype
    assert np.array_equal(got, data)


def test_scaled_integers_become_float(tmp_path):
    hdu = fits.PrimaryHDU(np.arange(6, dtype=np.int16).reshape(2, 3))
    hdu.header["BSCALE"], hdu.header["BZERO"] = 0.5, 10.0
    raw = tmp_path / "a.fits"
    raw.write_bytes(hdu.header.tostring().encode() + hdu.data.astype(">i2").tobytes().ljust(2880))
    assert np.allclose(rows_of(raw), np.arange(6).reshape(2, 3) * 0.5 + 10)


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.float32])
def test_a_frame_packed_by_gzip_is_the_plain_one(tmp_path, dtype):
    data = picture(dtype)
    fits.writeto(tmp_path / "a.fits", data)
    (tmp_path / "b.fits.gz").write_bytes(gzip.compress((tmp_path / "a.fits").read_bytes()))
    assert np.array_equal(rows_of(tmp_path / "b.fits.gz"), data)


def test_a_frame_packed_in_tiles_is_the_plain_one(tmp_path):
    data = RNG.integers(500, 900, (37, 23)).astype(np.uint16)
    fits.CompImageHDU(data, fits.Header([("OBJECT", "M 31")])).writeto(tmp_path / "a.fits.fz")
    got = rows_of(tmp_path / "a.fits.fz")
    assert got.dtype == np.uint16
    assert np.array_equal(got, data)
    assert original_header(str(tmp_path / "a.fits.fz"))["OBJECT"] == "M 31"


def test_a_frame_packed_in_tiles_and_by_gzip_too_is_refused_by_name(tmp_path):
    tiles = fits.CompImageHDU(picture(np.int16))
    fits.HDUList([fits.PrimaryHDU(), tiles]).writeto(tmp_path / "a.fits")
    (tmp_path / "b.fits.gz").write_bytes(gzip.compress((tmp_path / "a.fits").read_bytes()))
    with pytest.raises(FrameError, match=r"b\.fits\.gz: is compressed in tiles and by gzip"):
        rows_of(tmp_path / "b.fits.gz")


def test_a_damaged_gzip_stream_is_said_by_name(tmp_path):
    fits.writeto(tmp_path / "a.fits", picture(np.uint16, (200, 200)))
    packed = bytearray(gzip.compress((tmp_path / "a.fits").read_bytes()))
    packed[len(packed) // 2] ^= 0xFF
    (tmp_path / "b.fits.gz").write_bytes(packed)
    with pytest.raises(FrameError, match=r"b\.fits\.gz: its pixels cannot be read"):
        rows_of(tmp_path / "b.fits.gz")


def write_blank(path, low=-32768, bzero=32768.0, **cards):
    """Write integers from 1 to 851 of which a corner has no value; return what is to be read."""
    truth = np.arange(1.0, 1 + 37 * 23).reshape(37, 23)
    stored = (truth - bzero).astype(np.int16)
    stored[:4, 5:9], truth[:4, 5:9] = low, np.nan
    hdu = fits.PrimaryHDU(stored)
    for key, value in {"BZERO": bzero, "BSCALE": 1.0, "BLANK": low, **cards}.items():
        hdu.header[key] = value
    text = hdu.header.tostring().encode() + stored.astype(">i2").tobytes()
    path.write_bytes(text.ljust(-(-len(text) // 2880) * 2880, b"\0"))
    return truth


@pytest.mark.parametrize(("low", "bzero"), [(-32768, 32768.0), (-32768, 0.0), (17, 0.0)])
def test_pixels_without_a_value_are_nan(tmp_path, low, bzero):
    truth = write_blank(tmp_path / "a.fits", low, bzero)
    truth[truth == low + bzero] = np.nan
    got = rows_of(tmp_path / "a.fits")
    assert got.dtype == np.float32
    assert np.array_equal(got, truth, equal_nan=True)
    (tmp_path / "b.fits.gz").write_bytes(gzip.compress((tmp_path / "a.fits").read_bytes()))
    assert np.array_equal(rows_of(tmp_path / "b.fits.gz"), truth, equal_nan=True)


@pytest.mark.parametrize("bzero", [32768.0, 0.0])
def test_pixels_without_a_value_are_nan_in_tiles_too(tmp_path, bzero):
    truth = write_blank(tmp_path / "a.fits", bzero=bzero)
    with fits.open(tmp_path / "a.fits", do_not_scale_image_data=True, uint=False) as hdus:
        tiles = fits.CompImageHDU(hdus[0].data, do_not_scale_image_data=True)
        tiles.header["BLANK"], tiles.header["BZERO"], tiles.header["BSCALE"] = -32768, bzero, 1.0
        fits.HDUList([fits.PrimaryHDU(), tiles]).writeto(tmp_path / "a.fits.fz")
    with FrameReader(str(tmp_path / "a.fits.fz")) as reader:
        assert np.array_equal(reader.read(), truth, equal_nan=True)
        assert reader.reading.full == (65535.0 if bzero else 32767.0)


@pytest.mark.parametrize(
    ("cards", "added"),
    [
        ({"PEDESTAL": -100}, -100.0),  # what is to be added, as SBIG and MaxIm DL mean it
        ({"PEDESTAL": 100, "CREATOR": "PixInsight 1.8.9"}, -100.0),  # what was added
        ({"PEDESTAL": 0}, 0.0),
    ],
)
@pytest.mark.parametrize("suffix", ["fits", "fits.fz"])
def test_a_pedestal_is_taken_off(tmp_path, cards, added, suffix):
    data, path = RNG.integers(500, 900, (37, 23)).astype(np.uint16), tmp_path / f"a.{suffix}"
    hdu = fits.CompImageHDU if suffix == "fits.fz" else fits.PrimaryHDU
    hdu(data, fits.Header(list(cards.items()))).writeto(path)
    with FrameReader(str(path)) as reader:
        assert np.array_equal(reader.read(), data + added)
        assert reader.reading.full == 65535.0 + added
        assert reader.dtype == (np.float32 if added else np.uint16)


def test_numbers_from_0_to_1_are_counted_to_65535(tmp_path):
    data = RNG.integers(0, 65535, (37, 23), endpoint=True).astype(np.uint16)
    fits.writeto(tmp_path / "a.fits", (data / 65535).astype(np.float32))
    assert np.allclose(rows_of(tmp_path / "a.fits"), data, atol=0.01)


@pytest.mark.parametrize(
    "cards",
    [
        {"PWVERS": "0.1", "BIASSUB": True},  # a product of ours
        {"PWVERS": "0.1"},
        {"CALSTAT": "B"},  # less than 1 ADU may well be left
    ],
)
def test_what_is_less_than_1_adu_is_left_as_it_is(tmp_path, cards):
    data = RNG.random((37, 23)).astype(np.float32)
    fits.writeto(tmp_path / "a.fits", data, fits.Header(list(cards.items())))
    assert np.array_equal(rows_of(tmp_path / "a.fits"), data)


def test_a_program_that_always_counts_to_1_does_so_without_bias_too(tmp_path):
    data = RNG.normal(0.001, 0.001, (37, 23)).astype(np.float32)
    cards = fits.Header([("CALSTAT", "B"), ("PROGRAM", "Siril 1.2.0")])
    fits.writeto(tmp_path / "a.fits", data, cards)
    assert np.allclose(rows_of(tmp_path / "a.fits"), data * np.float32(65535))


@pytest.mark.parametrize(("blank", "lost"), [(-32768, 2), (0, 0), (1000, 0)])
def test_floats_that_were_made_of_integers_may_have_kept_their_value_for_none(
    tmp_path, blank, lost
):
    data = RNG.normal(1000, 5, (37, 23)).astype(np.float32)
    data[3, 4] = data[9, 9] = blank
    hdu = fits.PrimaryHDU(data)
    hdu.header["BLANK"] = blank
    hdu.writeto(tmp_path / "a.fits", output_verify="ignore")
    found = rows_of(tmp_path / "a.fits")
    assert np.isnan(found).sum() == lost
    assert np.array_equal(found[~np.isnan(found)], data[~np.isnan(found)])


def test_a_few_hot_pixels_somewhat_above_1_do_not_make_adu(tmp_path):
    data = RNG.normal(0.02, 0.0005, (64, 48)).astype(np.float32)
    data[40, 7], data[41, 8] = 2.5, 1.3
    fits.writeto(tmp_path / "a.fits", data)
    assert np.allclose(rows_of(tmp_path / "a.fits"), data * np.float32(65535))


def test_single_events_of_light_are_no_numbers_from_0_to_1(tmp_path):
    data = (RNG.random((64, 48)) < 0.02).astype(np.float32)
    data[3, 3] = 2.0
    fits.writeto(tmp_path / "a.fits", data)
    assert np.array_equal(rows_of(tmp_path / "a.fits"), data)


def test_one_number_above_1_in_any_row_makes_adu(tmp_path):
    data = RNG.random((37, 23)).astype(np.float32)
    data[20, 3] = 7.0
    fits.writeto(tmp_path / "a.fits", data)
    assert np.array_equal(rows_of(tmp_path / "a.fits"), data)


def test_reading_never_changes_the_raw_file(tmp_path):
    fits.writeto(tmp_path / "a.fits", picture(np.uint16))
    (tmp_path / "a.fits").chmod(0o444)
    before = (tmp_path / "a.fits").read_bytes(), (tmp_path / "a.fits").stat().st_mtime_ns
    rows_of(tmp_path / "a.fits")
    original_header(str(tmp_path / "a.fits"))
    assert ((tmp_path / "a.fits").read_bytes(), (tmp_path / "a.fits").stat().st_mtime_ns) == before


def test_real_frames_of_every_packing_are_what_astropy_reads(shared_data):
    for name in (
        "pocs/solved.fits.fz",
        "stl1001e/biases-Neg5-Vis.00000000.BIAS.FIT",
        "microobservatory/HATP-32171220013343.FITS",
        "msumastro/biastest1.fit",
    ):
        path = shared_data / name
        with fits.open(path, ignore_missing_simple=True) as hdus:
            truth = next(hdu.data for hdu in hdus if hdu.data is not None)
        assert np.array_equal(rows_of(path), truth), name


def test_an_xisf_image_is_read(shared_data):
    pixels = rows_of(shared_data / "xisf" / "test.xisf")
    assert pixels.shape == (10, 8)
    assert pixels.dtype == np.uint16
    assert original_header(str(shared_data / "xisf" / "test.xisf"))["FILTER"] == "Red"


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32])
def test_a_frame_that_was_read_has_the_digest_of_its_file_without_a_second_look(
    tmp_path, dtype, monkeypatch
):
    fits.writeto(tmp_path / "a.fits", picture(dtype))
    with FrameReader(str(tmp_path / "a.fits")) as reader:
        expected = reader.digest()
    with FrameReader(str(tmp_path / "a.fits")) as reader:
        monkeypatch.setattr("plateworks.products.reading.digest_of_part", None)
        reader.read()
        assert reader.digest() == expected


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32])
def test_a_frame_that_was_followed_from_first_row_to_last_is_not_read_again(
    tmp_path, dtype, monkeypatch
):
    fits.writeto(tmp_path / "a.fits", picture(dtype))
    with FrameReader(str(tmp_path / "a.fits")) as reader:
        expected = reader.digest()
    with FrameReader(str(tmp_path / "a.fits")) as reader:
        reader.rows(0, 1)  # a sample, before
        reader.follow()
        monkeypatch.setattr("plateworks.products.reading.digest_of_part", None)
        for start, stop in ((0, 10), (3, 4), (10, 36), (36, 37)):
            reader.rows(start, stop)
        assert reader.digest() == expected


@pytest.mark.parametrize("pieces", [[(0, 10), (11, 37)], [(0, 36)], [(1, 37)], []])
def test_a_frame_that_was_not_read_whole_is_read_for_its_digest(tmp_path, pieces):
    fits.writeto(tmp_path / "a.fits", picture(np.uint16))
    with FrameReader(str(tmp_path / "a.fits")) as reader:
        expected = reader.digest()
    with FrameReader(str(tmp_path / "a.fits")) as reader:
        reader.follow()
        for start, stop in pieces:
            reader.rows(start, stop)
        assert reader.digest() == expected
