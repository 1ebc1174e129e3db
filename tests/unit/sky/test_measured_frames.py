"""What solved frames tell of their stars and their sky: cards, and the tables SOURCES and CELLS."""

import re

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from astropy.wcs import WCS

from plateworks.orders.solving import SolveOrder
from plateworks.pixels.masks import BAD, SATURATED
from plateworks.products.image import Image
from plateworks.products.imagefiles import read_image_header, write_cards, write_image
from plateworks.products.tables import read_table
from plateworks.quality.reading import read_measured
from plateworks.report.nighttables import write_measures, write_verdicts
from plateworks.settings.solve import SolveOptions
from plateworks.sky.measurecards import add_measures
from plateworks.sky.measures import measure_light
from plateworks.sky.solved import solve_files
from plateworks.sky.sources import FLAGS, IS_SATURATED, extract
from pointstars import draw_stars

CARDS = {
    "XPIXSZ": 3.76, "FOCALLEN": 388.0, "RA": 322.95, "DEC": 48.43, "EGAIN": 0.5, "NCOSMIC": 7,
}  # fmt: skip
COLUMNS = (
    "X", "Y", "RA", "DEC", "FLUX", "FLUX_ERR", "PEAK", "FWHM", "ELLIPTICITY", "THETA", "FLAGS",
)  # fmt: skip


@pytest.fixture
def solved(field, index_dir, tmp_path):
    """Return a function that solves the drawn field, and gives the path of the result."""

    def run(name="frame.fits", mask=None, **options):
        source = tmp_path / f"calibrated_{name}"
        write_image(source, Image(field.image, fits.Header(CARDS), mask))
        order = SolveOrder(frames=(), options=SolveOptions(index_dirs=(index_dir,), **options))
        solve_files(order, [(source, tmp_path / name)])
        return tmp_path / name

    return run


def test_the_stars_of_a_solved_frame_are_a_table_that_astropy_reads(solved, field):
    path = solved()
    table = Table.read(path, hdu="SOURCES")
    assert tuple(table.colnames) == COLUMNS
    assert str(table["RA"].unit) == "deg" and str(table["X"].unit) == "pix"
    assert str(table["FLUX"].unit) == str(table["FLUX_ERR"].unit) == "adu"
    sky = np.column_stack([table["RA"], table["DEC"]])
    there = WCS(fits.getheader(path)).all_world2pix(sky, 1)
    assert np.abs(there - np.column_stack([table["X"], table["Y"]])).max() < 0.01
    assert len(table) == fits.getheader(path, "SOURCES")["NFOUND"] == len(field.xy)
    with fits.open(path) as hdus:
        hdus.verify("exception")


def test_texts_and_infinities_in_place_of_numbers_are_not_known_in_the_measures(tmp_path):
    cards = {
        "CCD-TEMP": "=cmd|x!A0", "NCOSMIC": "@x", "MAGZP": True, "DATE-OBS": 2025.5,
        "AIRMASS": "<b>", "PLTSOLVD": "maybe", "IMAGETYP": "LIGHT", "OBJECT": "=1+1",
    }  # fmt: skip
    path = tmp_path / "hostile.fits"
    write_image(path, Image(np.ones((20, 30), np.float32), fits.Header(cards)))
    measured = read_measured(path)
    unknown = {"sensor_temp_degC", "cosmic_rays", "zero_point", "airmass", "solved"}
    assert {name for name in unknown if measured.values[name] is not None} == set()
    assert measured.values["date_obs"] == "2025.5"
    write_measures([str(path)], "20250815", tmp_path / "20250815.csv")
    write_verdicts(str(tmp_path / "20250815.csv"), (), tmp_path / "lights.csv")
    assert ",'=1+1," in (tmp_path / "lights.csv").read_text()


def test_the_stars_of_a_frame_without_solution_have_pixels_and_no_coordinates(solved):
    path = solved(min_matches=500)
    table = fits.getdata(path, "SOURCES")
    assert fits.getheader(path)["PLTSOLVD"] is False
    assert len(table) > 20 and np.isfinite(table["X"]).all()
    assert np.isnan(table["RA"]).all() and np.isnan(table["DEC"]).all()


def test_a_frame_tells_the_width_of_its_stars_in_both_units(solved):
    header = fits.getheader(solved())
    assert header["FWHM"] == pytest.approx(2.6, rel=0.02)
    assert header["FWHMASEC"] == pytest.approx(5.2, rel=0.02)
    assert header["ELLIP"] < 0.03 and header["NCOSMIC"] == 7
    unsolved = fits.getheader(solved("other.fits", min_matches=500))
    assert unsolved["FWHMASEC"] == pytest.approx(unsolved["FWHM"] * 1.9988, rel=1e-3)


def test_saturated_pixels_are_counted_and_their_stars_flagged(solved, field):
    mask = np.zeros(field.image.shape, np.uint8)
    y, x = np.unravel_index(np.argmax(field.image), mask.shape)
    mask[y, x] = SATURATED
    path = solved(mask=mask)
    header, stars, cells = (
        fits.getheader(path), Table.read(path, hdu="SOURCES"), Table.read(path, hdu="CELLS"),
    )  # fmt: skip
    assert header["SATFRAC"] == pytest.approx(1 / mask.size, rel=1e-4)
    assert (stars["FLAGS"] & IS_SATURATED != 0).tolist() == [True] + [False] * (len(stars) - 1)
    (full,) = np.flatnonzero(cells["SATFRAC"])
    assert (cells["CELLX"][full], cells["CELLY"][full]) == (x * 8 // 1200, y * 6 // 900)
    assert cells["SATFRAC"][full] == pytest.approx(1 / 150**2)


def test_cells_tell_the_sky_and_count_the_stars_place_by_place(solved, field):
    cells = Table.read(solved(), hdu="CELLS")
    assert len(cells) == 48
    assert cells["NSOURCES"].sum() == len(field.xy)
    column = np.asarray(cells["CELLX"])
    drawn = 300 + 0.03 * (column + 0.5) * 150
    assert np.abs(cells["SKY"] - drawn).max() < 2.0
    assert np.abs(np.asarray(cells["NOISE"]) - 5).max() < 0.5


@pytest.mark.parametrize("sides", [(480, 640), (300, 410)])
def test_one_dark_cell_of_a_small_frame_shows_in_its_sky(sides):
    image = np.random.default_rng(3).normal(200, 8, sides).astype(np.float32)
    top, left = 2 * sides[0] // 6, 5 * sides[1] // 8
    image[top : top + sides[0] // 6, left : left + sides[1] // 8] -= 120
    sky = extract(image).sky.levels
    assert sky[2, 5] == pytest.approx(80, abs=4)
    assert np.abs(np.delete(sky.ravel(), 2 * 8 + 5) - 200).max() < 3


def test_what_is_masked_tells_nothing_of_the_sky_of_its_cell():
    image = np.random.default_rng(4).normal(200, 8, (480, 640)).astype(np.float32)
    mask = np.zeros(image.shape, np.uint8)
    mask[:80, :48] = BAD
    image[:80, :48] = 60_000
    assert extract(image, mask).sky.levels[0, 0] == pytest.approx(200, abs=3)
    mask[:80, :80] = BAD
    assert np.isnan(extract(image, mask).sky.levels[0, 0])


def test_a_frame_of_xisf_has_the_same_tables(solved):
    plain, other = solved(), solved("frame.xisf")
    for name in ("SOURCES", "CELLS"):
        here, there = read_table(plain, name), read_table(other, name)
        assert list(here) == list(there) == Table.read(plain, hdu=name).colnames
        for column, values in here.items():
            np.testing.assert_allclose(there[column], values, rtol=1e-6, err_msg=column)
    assert read_image_header(other)["FWHMASEC"] == read_image_header(plain)["FWHMASEC"]


def test_a_product_without_tables_has_none(tmp_path):
    for name in ("frame.fits", "frame.xisf"):
        write_image(tmp_path / name, Image(np.ones((4, 5), np.float32), fits.Header()))
        assert read_table(tmp_path / name, "SOURCES") == {}


def test_the_page_of_the_measures_names_every_card_column_and_flag(solved, field, root):
    page = (root / "docs" / "measures.md").read_text(encoding="utf-8")
    shape = field.image.shape
    measure = measure_light(extract(field.image), np.zeros(shape, np.uint8), shape, scale=2.0)
    told = {*add_measures(fits.Header(), measure), *read_table(solved(), "SOURCES")}
    told |= {*read_table(solved(), "CELLS")}
    assert not sorted(name for name in told if f"`{name}`" not in page)
    assert not [bit for bit in FLAGS if not re.search(rf"\b{bit} [a-z]", page)]


def test_the_table_of_the_stars_takes_no_more_than_a_twentieth_of_the_file(tmp_path):
    drawn = draw_stars(1.5, 4.0, stars=2500, faintest=40)
    options = SolveOptions(time_limit_s=0.1, threshold=4.0)
    source, target = tmp_path / "crowded.fits", tmp_path / "solved.fits"
    write_image(source, Image(drawn.image, fits.Header()))
    solve_files(SolveOrder(frames=(), options=options), [(source, target)])
    table = Table.read(target, hdu="SOURCES")
    header = fits.getheader(target, "SOURCES")
    found = extract(drawn.image, threshold=4.0)
    assert header["NFOUND"] == len(found) == fits.getheader(target)["NSOURCES"] > len(table) > 1500
    assert np.allclose(table["FLUX"], found.flux[: len(table)], rtol=1e-5)
    with fits.open(target) as hdus:
        where = hdus["SOURCES"].fileinfo()
    assert where["datLoc"] + where["datSpan"] - where["hdrLoc"] <= 0.05 * target.stat().st_size


@pytest.mark.parametrize("ending", ["fits", "xisf"])
def test_a_frame_without_any_star_has_empty_tables_and_the_sky(tmp_path, ending):
    source, target = tmp_path / "in.fits", tmp_path / f"out.{ending}"
    image = np.random.default_rng(1).normal(90, 3, (120, 160)).astype(np.float32)
    write_image(source, Image(image, fits.Header()))
    solve_files(SolveOrder(frames=(), options=SolveOptions()), [(source, target)])
    header, stars = read_image_header(target), read_table(target, "SOURCES")
    assert header["PLTSOLVD"] is False and header["NSOURCES"] == 0 and "FWHM" not in header
    assert header["SKYLEVEL"] == pytest.approx(90, abs=1)
    assert tuple(stars) == COLUMNS and len(stars["X"]) == 0
    cells = read_table(target, "CELLS")
    assert (cells["NSOURCES"] == 0).all() and np.abs(cells["SKY"] - 90).max() < 1.5


def test_the_marker_of_a_frame_that_was_set_aside_has_no_tables(tmp_path):
    source, target = tmp_path / "in.fits", tmp_path / "out.fits"
    write_cards(source, fits.Header({"PWFAIL": "it is cut short"}))
    solve_files(SolveOrder(frames=(), options=SolveOptions()), [(source, target)])
    assert read_table(target, "SOURCES") == {} and "NSOURCES" not in read_image_header(target)
