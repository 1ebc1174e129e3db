"""The block reader: which cards it keeps, and where it finds the image."""

import gzip

import numpy as np
import pytest
from astropy.io import fits

from headerfiles import CARDS, complete, header_block, multi_extension, write, write_sparse
from plateworks.metadata.cards import read_cards
from plateworks.metadata.dialects import WANTED
from plateworks.metadata.imagenames import is_image_name


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("a.fit", True), ("A.FITS", True), ("b.Fts", True), ("c.fits.gz", True), ("d.FIT.FZ", True),
        ("e.xisf", True), ("name with spaces.fits", True), ("dot.in.name.fit", True),
        ("a.jpg", False), ("fits", False), ("a.fits.part", False), ("a.gz", False),
        ("._a.fits", False), (".a.fits.123.part", False), ("a.lst", False),
    ],
)  # fmt: skip
def test_image_files_are_known_by_their_names(name, answer):
    assert is_image_name(name) is answer


# --- cards --------------------------------------------------------------------------------------


def test_cards_and_shape_of_a_plain_file_are_those_of_astropy(tmp_path):
    cards = [
        "EXPTIME =               3.0D2 / seconds", "FILTER  = 'O''III  '/ no blank before",
        "IMAGETYP= 'Light Frame'        / type", "GAIN    =                  100",
        "OBJECT  = ''", "CCD-TEMP=                -10.5", "UNWANTED= 'text'", "COMMENT  hello",
    ]  # fmt: skip
    path = write_sparse(tmp_path / "a.fits", complete(cards, width=300, height=200))
    header = read_cards(path)
    expected = fits.getheader(path)
    assert header.cards == {key: expected[key] for key in expected if key in WANTED}
    assert (header.width, header.height, header.planes) == (300, 200, 1)
    assert (header.bitpix, header.hdu, header.compression) == (16, 0, None)


def test_the_array_lies_where_the_header_says(tmp_path):
    data = np.arange(12, dtype=np.uint16).reshape(3, 4)
    path = tmp_path / "a.fits"
    fits.PrimaryHDU(data).writeto(path)
    header = read_cards(path)
    stored = np.fromfile(path, ">i2", 12, offset=header.data_offset).reshape(3, 4)
    assert np.array_equal(stored * header.bscale + header.bzero, data)


def test_a_header_of_many_blocks_is_read_to_its_end(tmp_path):
    cards = [f"COMMENT {i}" for i in range(5_000)] + ["FILTER  = 'late'"]
    path = write_sparse(tmp_path / "a.fits", complete(cards))
    header = read_cards(path)
    assert header.cards["FILTER"] == "late"
    assert header.data_offset == len(header_block(complete(cards)))


@pytest.mark.parametrize("count", [36 * 5 - 6, 36 * 5 - 5, 36 * 25 - 6, 36 * 25 - 5])
def test_an_end_card_at_the_edge_of_a_read_is_found(tmp_path, count):
    cards = complete([f"COMMENT {i}" for i in range(count)])
    header = read_cards(write_sparse(tmp_path / "a.fits", cards))
    assert header.data_offset == len(header_block(cards))


def test_of_a_repeated_keyword_the_first_card_counts(tmp_path):
    path = write_sparse(tmp_path / "a.fits", complete(["FILTER  = 'R'", "FILTER  = 'B'"]))
    assert read_cards(path).cards["FILTER"] == "R"


def test_a_long_text_is_put_together_from_continue_cards(tmp_path):
    name = "A telescope with quite a long name, O'Neill & sons, " * 4
    path = tmp_path / "a.fits"
    hdu = fits.PrimaryHDU(np.zeros((4, 4), np.uint8))
    hdu.header["TELESCOP"] = name.strip()
    hdu.header["FILTER"] = "R"
    hdu.writeto(path)
    assert path.read_bytes().count(b"CONTINUE") > 2
    assert read_cards(path).cards["TELESCOP"] == name.strip()
    assert read_cards(path).cards["FILTER"] == "R"


def test_a_continue_card_belongs_to_the_card_right_before_it(tmp_path):
    cards = ["FILTER  = 'R&'", "NOTWANTD= 'long&'", "CONTINUE  'er'"]
    assert read_cards(write_sparse(tmp_path / "a.fits", complete(cards))).cards["FILTER"] == "R&"


def test_hierarch_cards_are_read(tmp_path):
    cards = ["HIERARCH iTelescopePlateScaleH = '1.07'", "HIERARCH EXPTIME = 5.0 / s"]
    header = read_cards(write_sparse(tmp_path / "a.fits", complete(cards)))
    assert header.cards["ITELESCOPEPLATESCALEH"] == "1.07"
    assert header.cards["EXPTIME"] == 5.0


def test_history_is_kept_and_cards_without_a_value_indicator_are_not(tmp_path):
    cards = ["HISTORY ImageIntegration.numberOfImages: 3", "FILTER    'R'"]
    header = read_cards(write_sparse(tmp_path / "a.fits", complete(cards)))
    assert header.history == ["ImageIntegration.numberOfImages: 3"]
    assert "FILTER" not in header.cards


# --- where the image is -------------------------------------------------------------------------


def test_the_first_image_of_a_multi_extension_file_inherits_the_primary_cards(tmp_path):
    table = fits.BinTableHDU(np.rec.array([(1, "x")] * 500, names="a,b"))
    line = fits.ImageHDU(np.zeros(7, np.float32))
    image = fits.ImageHDU(np.zeros((5, 6), np.float32))
    image.header["EXPTIME"] = 9.0
    path = multi_extension(tmp_path, table, line, image, fits.ImageHDU(np.zeros((2, 2))))
    header = read_cards(path)
    assert (header.hdu, header.width, header.height, header.bitpix) == (3, 6, 5, -32)
    assert (header.cards["FILTER"], header.cards["EXPTIME"]) == ("R", 9.0)
    with fits.open(path) as hdus:
        assert header.data_offset == hdus[3].fileinfo()["datLoc"]


def test_an_extension_can_refuse_to_inherit(tmp_path):
    image = fits.ImageHDU(np.zeros((5, 6), np.float32))
    image.header["INHERIT"] = False
    assert "FILTER" not in read_cards(multi_extension(tmp_path, image)).cards


def test_the_scaling_of_an_empty_primary_is_not_that_of_the_image(tmp_path):
    primary = complete(["BZERO   = 32768"])
    primary[2] = "NAXIS   = 0"
    image = ["XTENSION= 'IMAGE   '", *complete([])[1:], "PCOUNT  = 0", "GCOUNT  = 1"]
    path = write(tmp_path, header_block(primary) + header_block(image) + bytes(2880))
    header = read_cards(path)
    assert header.bzero == 0
    assert "BZERO" not in header.cards


def test_a_stack_of_planes_is_an_image(tmp_path):
    path = tmp_path / "rgb.fits"
    fits.PrimaryHDU(np.zeros((3, 4, 5), np.float32)).writeto(path)
    header = read_cards(path)
    assert (header.width, header.height, header.planes) == (5, 4, 3)


def test_a_tile_compressed_image_has_the_shape_it_unpacks_to(tmp_path):
    path = tmp_path / "a.fits.fz"
    image = fits.CompImageHDU(np.arange(3000, dtype=np.uint16).reshape(50, 60))
    image.header["FILTER"] = "R"
    fits.HDUList([fits.PrimaryHDU(), image]).writeto(path)
    header = read_cards(path)
    assert (header.width, header.height, header.bitpix, header.hdu) == (60, 50, 16, 1)
    assert (header.compression, header.data_offset, header.bzero) == ("tiles", None, 32768)
    assert header.cards["FILTER"] == "R"


def test_a_gzipped_file_is_read_like_its_content(tmp_path):
    plain = write_sparse(tmp_path / "a.fits", CARDS)
    packed = write(tmp_path, gzip.compress(plain.read_bytes()), "a.fits.gz")
    header = read_cards(packed)
    assert header.cards == read_cards(plain).cards
    assert (header.compression, header.data_offset) == ("gzip", None)


def test_a_gzipped_file_in_several_members_is_whole(tmp_path):
    content = write_sparse(tmp_path / "a.fits", CARDS).read_bytes()
    packed = gzip.compress(content[:3000]) + gzip.compress(content[3000:])
    assert read_cards(write(tmp_path, packed, "a.fits.gz")).width == 16


@pytest.mark.parametrize("value", [-1, "-1", -1.0, " -1. "])
def test_the_value_that_stands_for_none_is_read_however_it_is_written(tmp_path, value):
    pixels = np.arange(48, dtype=np.int16).reshape(6, 8)
    pixels[2] = -1
    hdu = fits.PrimaryHDU(pixels)
    hdu.header["BLANK"] = value
    hdu.writeto(tmp_path / "a.fits", output_verify="ignore")
    assert read_cards(tmp_path / "a.fits").blank == -1


def test_a_value_for_none_that_is_no_number_is_named(tmp_path):
    hdu = fits.PrimaryHDU(np.zeros((6, 8), np.int16))
    hdu.header["BLANK"] = "none"
    hdu.writeto(tmp_path / "a.fits", output_verify="ignore")
    header = read_cards(tmp_path / "a.fits")
    assert header.blank is None
    assert header.notes == [
        "BLANK says 'none', which is no whole number; no pixel is taken for empty"
    ]
