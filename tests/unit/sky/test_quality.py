"""What is said of a solution: how far held-out stars lie off, in the corners too, and whether it is
poor; where it points against what was stated; and what stays where there is none."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from bentfields import NOISE, Optics, see
from plateworks.metadata.caveats import caveat_of
from plateworks.orders.solving import SolveOrder
from plateworks.products.image import Image
from plateworks.products.imagefiles import read_image_header, write_image
from plateworks.report.solvetable import write_report
from plateworks.settings.solve import SolveOptions
from plateworks.sky.coverage import Coverage, is_outer, residuals
from plateworks.sky.foreign import foreign_hint
from plateworks.sky.quality import offset, why_poor
from plateworks.sky.refine import refine
from plateworks.sky.solved import solve_files

from .conftest import draw, make_wcs

PLAIN = Optics((1200, 1600), 20.0, (200.0, -35.0), (800.5, 600.5), 70.0, False, 0.015)
OPTIONS = SolveOptions()
CARDS = {"OBJECT": "M 39", "IMAGETYP": "LIGHT", "XPIXSZ": 3.76, "FOCALLEN": 388.0, "EXPTIME": 30.0}


def bent(order):
    field = see(PLAIN, np.random.default_rng(5), 400)
    return refine(field.match, field.xy, PLAIN.shape, sip_order=order)


def test_a_lens_that_fits_is_good_and_says_how_well():
    solution = bent("auto")
    assert solution.held_out_px == pytest.approx(NOISE * 2**0.5, rel=0.15)
    assert solution.outer_px == pytest.approx(NOISE * 2**0.5, rel=0.3)
    assert why_poor(solution, 2.5, OPTIONS) == ""


@pytest.mark.parametrize("order", [0, 2])
def test_a_lens_that_does_not_fit_is_poor(order):
    why = why_poor(bent(order), 2.5, OPTIONS)
    assert why.startswith("poor solution: ") and "1.25 are allowed" in why


def test_half_a_fwhm_is_allowed_but_never_less_than_the_least_unless_the_setting_says_so():
    solution = replace(bent("auto"), held_out_px=1.0, outer_px=None)
    assert "0.70 are allowed" in why_poor(solution, 1.2, OPTIONS)
    assert "0.70 are allowed" in why_poor(solution, float("nan"), OPTIONS)
    assert why_poor(solution, 2.2, OPTIONS) == ""
    assert "0.50 are allowed" in why_poor(solution, 9.0, replace(OPTIONS, max_rms_px=0.5))


def test_the_outer_third_alone_makes_a_solution_poor():
    solution = replace(bent("auto"), held_out_px=0.2, outer_px=3.0)
    assert "outer third of the field lie 3.00 pixels off" in why_poor(solution, 2.0, OPTIONS)


def test_corners_without_the_stars_that_must_be_there_make_a_solution_poor():
    solution = replace(bent("auto"), coverage=Coverage(100, 90, 50, 9))
    assert "of about 45 stars" in why_poor(solution, 2.0, OPTIONS)
    few = replace(solution, coverage=Coverage(10, 9, 5, 0))
    assert why_poor(few, 2.0, OPTIONS) == ""


def test_the_outer_third_is_a_third_of_the_frame():
    x, y = np.meshgrid(np.arange(1, 1601, 8), np.arange(1, 1201, 8))
    outer = is_outer(np.column_stack([x.ravel(), y.ravel()]), (1200, 1600))
    assert outer.mean() == pytest.approx(1 / 3, abs=0.01)


def test_stars_that_no_other_foretells_are_not_counted():
    xy = np.array([[1.0, 1.0], [600.0, 450.0]])
    assert residuals(np.array([np.inf, 0.5]), xy, (900, 1200)) == (0.5, None)


def test_the_offset_from_the_stated_pointing():
    solution = replace(bent("auto"), ra=10.0, dec=60.0)
    assert offset(solution, 12.0, 60.0) == pytest.approx(1.0, abs=1e-3)
    assert offset(solution, None, 60.0) is None and offset(solution, 190.0, -60.0) is None


def solved(folder, image, cards, options):
    write_image(folder / "light.fits", Image(image, fits.Header(cards)))
    order = SolveOrder(frames=(), options=options)
    solve_files(order, [(folder / "light.fits", folder / "solved.fits")])
    return read_image_header(folder / "solved.fits")


@pytest.fixture
def options(engine, index_dir) -> SolveOptions:
    return SolveOptions(engine=engine, index_dirs=(index_dir,), time_limit_s=5)


def test_a_poor_solution_is_said_in_header_and_table(stars, options, tmp_path):
    field = draw(make_wcs(), stars)
    cards = CARDS | {"RA": 322.95, "DEC": 49.43}
    header = solved(tmp_path, field.image, cards, options)
    assert header["ASTQUAL"] == "good" and "SOLVEWHY" not in header and "PWWARN" not in header
    assert header["PNTOFFS"] == pytest.approx(60, abs=15) and header["NCATSTAR"] >= header["NMATCH"]
    strict = replace(options, max_rms_px=0.001)
    header = solved(tmp_path, field.image, cards | {"PWWARN": "it is old"}, strict)
    assert header["PLTSOLVD"] is True and header["ASTQUAL"] == "poor"
    assert caveat_of(tmp_path / "solved.fits").startswith(
        "it is old; poor solution: held-out stars"
    )
    write_report([str(tmp_path / "solved.fits")], tmp_path / "solved.csv")
    with open(tmp_path / "solved.csv", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row["quality"] == "poor" and row["reason"].startswith("poor solution: held-out")
    assert 45 < float(row["offset_arcmin"]) < 75
    assert float(row["held_out_rms_px"]) > 0 and float(row["outer_third_rms_px"]) > 0


def test_coordinates_of_another_program_are_the_first_hint(field):
    header = field.wcs.to_header()
    hint = foreign_hint(header, field.image.shape)
    middle = field.wcs.all_pix2world([[600.5, 450.5]], 1)[0]
    assert (hint.ra, hint.dec) == pytest.approx(middle, abs=1e-6)
    assert hint.scale_low < 2.0 < hint.scale_high < 2.2 and hint.radius == 1.0


@pytest.mark.parametrize(
    "change",
    [
        {"CTYPE1": "LINEAR"}, {"CRVAL1": None}, {"CRVAL2": 500.0}, {"CDELT1": 0.0},
        {"CTYPE1": "RA---XYZ"}, {"CRPIX1": "here"},
    ],
)  # fmt: skip
def test_coordinates_that_make_no_sense_are_no_hint(field, change):
    header = field.wcs.to_header()
    for key, value in change.items():
        if value is None:
            del header[key]
        else:
            header[key] = value
    assert foreign_hint(header, field.image.shape) is None


def test_they_stay_marked_as_foreign_where_there_is_no_solution(options, tmp_path):
    noise = np.random.default_rng(0).normal(100, 5, (300, 400)).astype(np.float32)
    theirs = make_wcs((300, 400)).to_header()
    header = solved(tmp_path, noise, CARDS | dict(theirs), options)
    assert header["PLTSOLVD"] is False and header["WCSOTHER"] is True and header["SOLVEWHY"]
    assert WCS(header).wcs.crval == pytest.approx(make_wcs().wcs.crval)
    header = solved(tmp_path, noise, CARDS, options)
    assert "WCSOTHER" not in header and "CRVAL1" not in header


def test_a_solution_replaces_them(field, options, tmp_path):
    theirs = make_wcs(center=(322.0, 48.0)).to_header()
    header = solved(tmp_path, field.image, CARDS | dict(theirs), options)
    assert header["PLTSOLVD"] is True and "WCSOTHER" not in header and "CDELT1" not in header
