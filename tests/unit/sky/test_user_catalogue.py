"""The user's own catalogue of magnitudes: names, forms, and what is said of a bad one."""

import os
from dataclasses import replace

import numpy as np
import pytest
from astropy.table import Table

from plateworks.errors import ConfigError
from plateworks.settings.solve import SolveOptions
from plateworks.sky.magnitudecolumns import Wanted, choose_columns, coordinates
from plateworks.sky.usercatalogue import UserCatalogue, catalogue_digest

STARS = {
    "RAJ2000": [10.0, 10.1, 250.0], "DEJ2000": [-5.0, -5.1, 60.0], "Vmag": [9.5, 8.25, 7.0],
    "e_Vmag": [0.02, 0.03, 0.01], "Bmag": [10.0, 9.5, 99.99],
}  # fmt: skip


def write(path, columns):
    if path.suffix == ".fits":
        Table(columns).write(path)
        return path
    delimiter = {".csv": ",", ".tsv": "\t", ".txt": ";"}[path.suffix]
    lines = [delimiter.join(columns)]
    lines += [delimiter.join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def catalogue(path, **options):
    return UserCatalogue(SolveOptions(catalogue=str(path), **options))


@pytest.mark.parametrize("name", ["stars.fits", "stars.csv", "stars.tsv", "stars.txt"])
def test_the_stars_of_a_circle_are_given_brightest_first(tmp_path, name):
    path = write(tmp_path / name, STARS)
    found = catalogue(path).within(10.05, -5.05, 0.5, 10, None)
    assert found.magnitude.tolist() == [8.25, 9.5] and found.error.tolist() == [0.03, 0.02]
    assert found.radec.tolist() == [[10.1, -5.1], [10.0, -5.0]]
    assert found.colour == pytest.approx([1.25, 0.5])
    assert (found.band, found.colour_name, found.catalogue) == ("V", "B-V", name)
    assert catalogue(path).within(10.05, -5.05, 0.5, 1, None).magnitude.tolist() == [8.25]


def test_a_circle_may_hold_the_pole_or_the_beginning_of_right_ascension(tmp_path):
    columns = {"ra": [359.9, 0.1, 180.0, 90.0], "dec": [1.0, 1.0, 89.9, 89.8], "V": [1, 2, 3, 4]}
    stars = catalogue(write(tmp_path / "stars.csv", columns))
    assert stars.within(0.0, 1.0, 0.2, 9, None).magnitude.tolist() == [1, 2]
    assert stars.within(0.0, 90.0, 0.3, 9, None).magnitude.tolist() == [3, 4]


def test_coordinates_may_be_texts_and_what_has_no_magnitude_is_unknown(tmp_path):
    columns = {
        "RA": ["12:30:00", "12h30m36s", "187.8"], "Dec": ["-00:30:00", "-1 0 0", "-0.75"],
        "mag": ["11.5", "", "n/a"],
    }  # fmt: skip
    found = catalogue(write(tmp_path / "stars.csv", columns)).within(187.6, -0.7, 1, 9, "L")
    assert found.radec[0] == pytest.approx([187.5, -0.5])
    assert found.radec[1:, 0] == pytest.approx([187.65, 187.8])
    assert found.band == "MAG" and found.magnitude[0] == 11.5
    assert np.isnan(found.magnitude[1:]).all()


def test_hours_are_read_where_the_unit_of_the_column_says_so(tmp_path):
    table = Table({"RA": [12.5], "DEC": [3.0], "G": [9.0]}, units={"RA": "h"})
    table.write(tmp_path / "stars.fits")
    found = catalogue(tmp_path / "stars.fits").within(187.5, 3.0, 0.1, 9, None)
    assert found.magnitude.tolist() == [9.0]


def test_comments_and_a_header_behind_a_hash_are_understood(tmp_path):
    path = tmp_path / "stars.csv"
    path.write_text("# my stars\n#ra,dec,VTmag\n# more\n5.0,6.0,7.5\n\n", encoding="utf-8")
    found = catalogue(path).within(5, 6, 1, 9, None)
    assert found.magnitude.tolist() == [7.5] and found.band == "VT"


@pytest.mark.parametrize(
    ("names", "wanted", "band", "colour"),
    [
        (("phot_g_mean_mag", "phot_bp_mean_mag", "phot_rp_mean_mag"), Wanted(), "G", "BP-RP"),
        (("phot_g_mean_mag", "bp_rp"), Wanted(), "G", "BP-RP"),
        (("gmag", "rmag", "imag"), Wanted(filter_name="r'"), "r", "g-r"),
        (("gmag", "rmag", "imag"), Wanted(filter_name="SDSS i"), "i", "r-i"),
        (("gMeanPSFMag", "rMeanPSFMag"), Wanted(filter_name="Green"), "g", "g-r"),
        (("Bmag", "Vmag", "Rmag"), Wanted(filter_name="Blue"), "B", "B-V"),
        (("Bmag", "Vmag", "Rmag"), Wanted(filter_name="Red"), "R", "V-R"),
        (("Bmag", "Vmag"), Wanted(filter_name="Ha"), "V", "B-V"),
        (("MAG_BT", "MAG_VT"), Wanted(filter_name="Lum"), "VT", "BT-VT"),
        (("Johnson_V", "Johnson_B"), Wanted(band="b"), "B", "B-V"),
        (("instr", "Vmag"), Wanted(band="instr"), "instr", ""),
        (("Vmag", "B-V"), Wanted(), "V", "B-V"),
        (("Vmag", "Bmag", "Imag"), Wanted(colour="V-I"), "V", "V-I"),
        (("Vmag", "hue"), Wanted(colour="hue"), "V", "hue"),
    ],
)
def test_columns_are_known_by_their_usual_names(names, wanted, band, colour):
    found = choose_columns(names, wanted)
    assert (found.band, found.colour_name) == (band, colour)
    assert found.magnitude in names and set(found.colour) <= set(names)


@pytest.mark.parametrize("names", [("V", "V_err"), ("Vmag", "e_Vmag"), ("mag_v", "sigma_mag_v")])
def test_errors_go_with_their_magnitude(names):
    assert choose_columns(names, Wanted()).error == names[1]


def test_what_is_no_magnitude_is_not_taken_for_one():
    assert choose_columns(("id", "ra", "dec", "e_Vmag", "parallax", "name"), Wanted()) is None
    assert coordinates(("id", "RA_ICRS", "DE_ICRS")) == ("RA_ICRS", "DE_ICRS")
    assert coordinates(("x", "y")) == (None, None)


@pytest.mark.parametrize(
    ("columns", "options", "said"),
    [
        ({"alpha": [1], "V": [2]}, {}, "has no column of declination"),
        ({"x": [1], "y": [1], "V": [2]}, {}, "has no column of right ascension"),
        ({"ra": [1], "dec": [2], "parallax": [3]}, {}, "has no magnitudes that are known"),
        ({"ra": [1], "dec": [2], "V": [3]}, {"catalogue_band": "Q"}, "has no magnitudes Q"),
        ({"ra": [1], "dec": [2], "V": [3]}, {"catalogue_colour": "B-V"}, "catalogue_colour is"),
    ],
)
def test_what_it_lacks_is_said_before_a_run(tmp_path, columns, options, said):
    path = write(tmp_path / "stars.csv", columns)
    with pytest.raises(ConfigError, match=said) as caught:
        catalogue(path, **options)
    assert str(path) in str(caught.value) and "its columns are" in str(caught.value)


def test_a_file_that_is_none_or_no_table_is_said(tmp_path):
    with pytest.raises(ConfigError, match=r"solve\.catalogue names .*, which is not a file\."):
        catalogue(tmp_path)
    cut = tmp_path / "cut.fits"
    cut.write_bytes(write(tmp_path / "stars.fits", STARS).read_bytes()[:4000])
    with pytest.raises(ConfigError, match=r"cut\.fits"):
        catalogue(cut)
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(ConfigError, match="it has no columns"):
        catalogue(tmp_path / "empty.csv")


@pytest.mark.parametrize("cell", ["12.3.4", "", "91", "north", "nan", "inf", "-1e308"])
def test_a_star_that_is_nowhere_is_passed_over_and_counted(tmp_path, caplog, cell):
    columns = {"ra": ["1", "2", "1"], "dec": ["3", cell, "3"], "V": ["4", "5", "6"]}
    found = catalogue(write(tmp_path / "stars.csv", columns)).within(1, 3, 1, 9, None)
    assert found.magnitude.tolist() == [4, 6]
    assert "in column ra or dec of 1 of 3 stars, the first is star 2; they are" in caplog.text


def test_a_catalogue_most_of_whose_stars_are_nowhere_is_refused(tmp_path):
    columns = {"ra": ["1", "2,5", "3"], "dec": ["3", "4", "south"], "V": ["4", "5", "6"]}
    with pytest.raises(ConfigError, match=r"of 2 of 3 stars, the first is star 2\.  Mend"):
        catalogue(write(tmp_path / "stars.tsv", columns)).within(1, 3, 1, 9, None)


@pytest.mark.parametrize(
    "more",
    ["10,-5," + "9" * 200_000, '"10,-5,9', "\0" * 99, "10", "10,-5,1e308", "10,-5,nan,1,2,3", "=1"],
)
def test_lines_of_whatever_kind_are_passed_over_or_a_sentence(tmp_path, more):
    path = write(tmp_path / "stars.csv", {"ra": [10.0] * 9, "dec": [-5.0] * 9, "V": [7.0] * 9})
    path.write_text(path.read_text() + more + "\n")
    try:
        found = catalogue(path).within(10, -5, 1, 99, None)
    except ConfigError as error:
        assert str(path) in str(error)
    else:
        assert found.magnitude[:9].tolist() == [7.0] * 9
        assert np.isnan(found.magnitude[9:]).all()


@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyWarning")
def test_damaged_tables_are_read_or_a_sentence(tmp_path):
    whole = write(tmp_path / "stars.fits", STARS | {"name": ["a", "b", "c"]}).read_bytes()
    rng = np.random.default_rng(3)
    cards = "NAXIS1 NAXIS2 PCOUNT TFIELDS TFORM1 TFORM2 TTYPE1 TTYPE3 TDIM1 TSCAL1 TNULL1 BITPIX"
    values = "-1", "0", "1e300", "'QD'", "'(9,9)'", "''", "T", "'9A'", "'3D'", "NaN"
    for number in range(200):
        content, path = bytearray(whole), tmp_path / f"{number}.fits"
        if number % 2:
            key, value = str(rng.choice(cards.split())), str(rng.choice(values))
            there = content.find(f"{key:8}=".encode(), 2880)
            first = 2880 + 80 * int(rng.integers(20)) if there < 0 else there
            content[first : first + 80] = f"{key:8}= {value:>20}".encode().ljust(80)
        else:
            for place in rng.integers(0, len(content), int(rng.integers(1, 9))):
                content[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(content[: len(content) - 2880 * (number % 7 == 0)])
        try:
            catalogue(path).within(10, -5, 1, 99, None)
        except ConfigError as error:
            assert str(path) in str(error)


def test_the_digest_is_of_the_content_wherever_it_lies(tmp_path):
    path = write(tmp_path / "stars.csv", STARS)
    options = SolveOptions(catalogue=str(path))
    before = catalogue_digest(options)
    os.rename(path, tmp_path / "moved.csv")
    moved = replace(options, catalogue=str(tmp_path / "moved.csv"))
    assert catalogue_digest(moved) == before and catalogue_digest(SolveOptions()) is None
    with open(tmp_path / "moved.csv", "a", encoding="utf-8") as stream:
        stream.write("1,2,3,0.1,4\n")
    assert catalogue_digest(moved) != before
