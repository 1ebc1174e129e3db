"""Products that are read as they lie are what astropy reads; all else is left to it."""

import numpy as np
import pytest
from astropy.io import fits

from plateworks.products.image import PLANES, Image
from plateworks.products.imagefiles import read_image, write_cards, write_image
from plateworks.products.plainfile import plain_arrays, plain_header, plain_table
from plateworks.products.sums import blank_sums
from plateworks.products.tables import Column, Table, read_table

RNG = np.random.default_rng(4)
SHAPE = (9, 6)
NAMES = tuple(plane.name for plane in PLANES)
NUMBERS = ("f4", "f8", "i2", "i4", "i8", "?")


def columns(rows: int) -> list[Column]:
    drawn = RNG.integers(-9, 9, (len(NUMBERS), rows))
    return [
        Column(f"C{n}", values.astype(kind), "adu", "phot.flux", "a column")
        for n, (kind, values) in enumerate(zip(NUMBERS, drawn, strict=True))
    ]


def product(path, *, rows: int = 5, header=(), **planes):
    cards = fits.Header([("PWVERS", "0.1.0", "version"), ("OBJECT", "M 31", "what"), *header])
    image = Image(
        RNG.normal(0, 1, SHAPE).astype(np.float32),
        cards,
        tables=(Table("NUMBERS", columns(rows), [("PART", 0.5, "a half")]),),
        **planes,
    )
    write_image(path, image)
    return path


def masks() -> dict:
    return {
        "mask": RNG.integers(0, 9, SHAPE).astype(np.uint8),
        "losses": RNG.integers(0, 9, SHAPE).astype(np.uint16),
    }


def cards_of(header: fits.Header) -> list[tuple]:
    return [(one.keyword, one.value, one.comment) for one in header.cards]


@pytest.fixture
def path(tmp_path):
    return product(tmp_path / "a.fits", **masks())


def test_cards_are_those_that_astropy_reads(path, tmp_path):
    long = [("PWWARN", "a sentence that goes on " * 20, ""), ("HISTORY", "made", "")]
    many = [(f"KEY{n}", n / 7, "a number") for n in range(400)]  # more blocks than one reading
    for one in (path, product(tmp_path / "long.fits", header=[*long, *many])):
        assert cards_of(plain_header(one)) == cards_of(fits.getheader(one))


def test_a_marker_without_pixels_has_its_cards_and_no_arrays(tmp_path):
    write_cards(tmp_path / "a.fits", fits.Header([("PWVERS", "0"), ("PWFAIL", "cut short")]))
    assert plain_header(tmp_path / "a.fits")["PWFAIL"] == "cut short"
    assert plain_arrays(tmp_path / "a.fits", NAMES) is None


def test_arrays_are_those_that_astropy_reads(path):
    _, arrays = plain_arrays(path, NAMES)
    with fits.open(path, memmap=False) as hdus:
        assert set(arrays) == {"", "MASK", "REJECTED"}
        for name, array in arrays.items():
            theirs = hdus[name or 0].data
            assert array.dtype == theirs.dtype and np.array_equal(array, theirs)


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_columns_are_those_that_astropy_reads(tmp_path, rows):
    path = product(tmp_path / "a.fits", rows=rows)
    ours = plain_table(path, "NUMBERS")
    with fits.open(path, memmap=False) as hdus:
        theirs = hdus["NUMBERS"].data
        assert list(ours) == list(theirs.names)
        for name, values in ours.items():
            assert values.dtype.isnative and values.dtype == theirs[name].dtype.newbyteorder("=")
            assert np.array_equal(values, theirs[name])


def test_a_table_that_is_not_there_has_no_columns(path):
    assert plain_table(path, "SOURCES") == {}


def test_texts_in_a_table_are_left_to_astropy(tmp_path):
    table = Table("WORDS", [Column("NAME", np.array([b"one", b"three"]))])
    header = fits.Header([("PWVERS", "0.1.0", "")])
    write_image(tmp_path / "a.fits", Image(np.zeros(SHAPE, np.float32), header, tables=(table,)))
    assert plain_table(tmp_path / "a.fits", "WORDS") is None
    assert [*read_table(tmp_path / "a.fits", "WORDS")["NAME"]] == ["one", "three"]


@pytest.mark.parametrize(
    "planes",
    [{"sigma": RNG.random(SHAPE).astype(np.float32)}, {"misfit": np.ones(SHAPE, np.float32)}],
)
def test_values_that_are_counted_in_steps_are_left_to_astropy(tmp_path, planes):
    path = product(tmp_path / "a.fits", **planes)
    assert plain_arrays(path, NAMES) is None
    [(field, values)] = planes.items()
    assert np.allclose(getattr(read_image(path), field), values, atol=1e-3)


def test_whole_numbers_that_are_shifted_are_left_to_astropy(tmp_path):
    pixels = RNG.integers(0, 65535, SHAPE).astype(np.uint16)
    write_image(tmp_path / "a.fits", Image(pixels, fits.Header([("PWVERS", "0.1.0")])))
    assert plain_arrays(tmp_path / "a.fits", NAMES) is None
    assert np.array_equal(read_image(tmp_path / "a.fits").data, pixels)


def test_what_others_wrote_is_left_to_astropy(tmp_path):
    fits.PrimaryHDU(np.ones(SHAPE, np.float32)).writeto(tmp_path / "a.fits")
    assert plain_header(tmp_path / "a.fits") is None
    assert plain_arrays(tmp_path / "a.fits", NAMES) is None
    assert plain_table(tmp_path / "a.fits", "NUMBERS") is None
    assert plain_header(tmp_path / "none.fits") is None


def test_a_product_that_was_cut_has_no_table_in_part(path):
    whole = path.read_bytes()
    table, start = plain_table(path, "NUMBERS"), whole.index(b"XTENSION= 'BINTABLE'")
    for length in (0, 100, 2880, start - 2879, start + 80, len(whole) - 2880, len(whole) - 2800):
        path.write_bytes(whole[:length])
        assert plain_table(path, "NUMBERS") is None
    path.write_bytes(whole[:-1])  # of what only fills it up
    assert plain_table(path, "NUMBERS").keys() == table.keys()


def test_a_product_that_was_cut_has_no_cards_and_arrays_in_part(path):
    whole = path.read_bytes()
    for length in (0, 100, 2879):
        path.write_bytes(whole[:length])
        assert plain_header(path) is None
        assert plain_arrays(path, NAMES) is None
    path.write_bytes(whole[: 2880 + 8])
    assert plain_arrays(path, NAMES) is None


def test_the_cards_of_sums_are_written_as_astropy_writes_them():
    cards = [fits.Card.fromstring(blank_sums(True)[at : at + 80]) for at in range(0, 240, 80)]
    assert [one.keyword for one in cards] == ["CHECKSUM", "DATASUM", "PWDATA"]
    assert "".join(str(fits.Card(*one)) for one in cards) == blank_sums(True)


@pytest.mark.parametrize("name", ["mask", " MASK", "Mask"])
def test_planes_that_another_program_names_otherwise_are_not_lost(path, name):
    text = path.read_bytes()
    card = f"EXTNAME = '{'MASK':<8}'".encode()
    assert text.count(card) == 1
    path.write_bytes(text.replace(card, f"EXTNAME = '{name:<8}'".encode()))
    assert plain_arrays(path, NAMES) is None
    with fits.open(path) as hdus:
        assert "MASK" in hdus
