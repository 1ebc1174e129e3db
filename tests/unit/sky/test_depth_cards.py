"""How deep a solved frame is, in its header, in whatever unit and exposure; or why not."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from plateworks.orders.solving import SolveOrder
from plateworks.products.image import Image
from plateworks.products.imagefiles import read_image_header, write_image
from plateworks.report.solvetable import write_report
from plateworks.settings.solve import SolveOptions
from plateworks.sky.engines import indexes
from plateworks.sky.engines.indexes import read_index
from plateworks.sky.reopening import Reopening, note_search
from plateworks.sky.solved import solve_files
from plateworks.sky.usercatalogue import catalogue_digest

CARDS = {
    "OBJECT": "M 39", "IMAGETYP": "LIGHT", "XPIXSZ": 3.76, "FOCALLEN": 388.0, "RA": 322.95,
    "DEC": 48.43, "EXPTIME": 30.0, "PWDIGEST": "0123456789abcdef", "CALSTAT": "BDF",
    "BUNIT": "adu", "SITELAT": 47.0, "SITELONG": 9.0, "DATE-OBS": "2025-08-15T22:00:00",
}  # fmt: skip
#: What the fixture `field` draws: 4e4 counts of a star of magnitude 10, in the exposure; a sky of
#: 318 counts a pixel in the middle, of 2 arcseconds.
ZERO_POINT = 10 + 2.5 * np.log10(4e4)


@pytest.fixture
def options(index_dir, monkeypatch) -> SolveOptions:
    monkeypatch.setattr(indexes, "USUAL_PLACES", ())
    return SolveOptions(engine="embedded", index_dirs=(index_dir,), time_limit_s=20)


@pytest.fixture
def solved(field, options, tmp_path):
    """Solve the drawn field with other cards, factor and options: its header."""

    def solve(factor=1.0, without=(), place=None, **cards):
        header = fits.Header({k: v for k, v in (CARDS | cards).items() if k not in without})
        source, target = tmp_path / "light.fits", tmp_path / "solved.fits"
        target.unlink(missing_ok=True)
        mask = np.zeros(field.image.shape, np.uint8)
        write_image(source, Image((field.image * factor).astype(np.float32), header, mask))
        order = SolveOrder(frames=(), options=options, place=place)
        solve_files(order, [(source, target)])
        return read_image_header(target)

    return solve


def test_a_solved_frame_tells_how_deep_it_is(solved):
    header = solved()
    assert header["PLTSOLVD"] is True and "MAGWHY" not in header
    expected = ZERO_POINT - 2.5 * np.log10(30)
    assert header["MAGZP"] == pytest.approx(expected, abs=0.02)
    assert header["MAGZPN"] >= 10 and 0 < header["MAGZPERR"] < 0.03 and header["MAGZPSCT"] < 0.1
    assert header["MAGBAND"] == "VT" and header["MAGCATLG"] == "index-demo.fits"
    assert "ADU/s" in header.comments["MAGZP"] and "MAGCOLR" not in header
    sky = ZERO_POINT - 2.5 * np.log10(318 / 2.0**2)
    assert header["SKYMAG"] == pytest.approx(sky, abs=0.05)
    # A Gaussian star of 2.6 pixels is best seen in an aperture of 0.67 times that, with 72 % of it.
    least = 5 * 5.0 * np.sqrt(np.pi) * 0.67 * 2.65 / 0.72
    assert header["MAGLIM"] == pytest.approx(ZERO_POINT - 2.5 * np.log10(least), abs=0.06)
    assert 1.0 < header["AIRMASS"] < 1.1


def test_where_the_header_names_no_place_that_of_the_settings_tells_the_airmass(solved):
    without = ("SITELAT", "SITELONG")
    here, there = solved(), solved(without=without, place=(47.0, 9.0))
    assert there["AIRMASS"] == here["AIRMASS"]
    assert "AIRMASS" not in solved(without=without)
    assert solved(place=(20.0, 9.0))["AIRMASS"] == here["AIRMASS"]


@pytest.mark.parametrize(
    ("cards", "factor", "shift"),
    [
        ({"BUNIT": "electron"}, 1.6, 2.5 * np.log10(1.6)),
        ({"BUNIT": "adu/s"}, 1 / 30, 0.0),
        ({"EXPTIME": 90.0}, 3.0, 0.0),
    ],
    ids=["electrons", "a second", "longer"],
)
def test_unit_and_exposure_shift_the_zero_point_alone(solved, cards, factor, shift):
    before, after = solved(), solved(factor, **cards)
    assert after["MAGZP"] - before["MAGZP"] == pytest.approx(shift, abs=0.003)
    for keyword in ("MAGLIM", "SKYMAG"):
        assert after[keyword] == pytest.approx(before[keyword], abs=0.02)


@pytest.mark.parametrize("cards", [{"EXPTIME": 0.0}, {"without": ("EXPTIME",)}])
def test_without_an_exposure_what_needs_none_is_told(solved, cards):
    header = solved(**cards)
    assert "MAGZP" not in header and header["MAGWHY"].startswith("no zero point for a second")
    assert header["MAGLIM"] > 10 and header["SKYMAG"] > 10 and header["MAGZPERR"] > 0


@pytest.mark.parametrize(
    ("cards", "why"),
    [
        ({"without": ("CALSTAT",)}, "no sky in magnitudes: bias is still in it"),
        ({"CALSTAT": "BF"}, "no sky in magnitudes: no dark was subtracted"),
        ({"PEDESTAL": -5000.0}, "no sky in magnitudes: its level is "),
    ],
)
def test_a_sky_that_counts_from_elsewhere_is_not_told(solved, cards, why):
    header = solved(**cards)
    assert "SKYMAG" not in header and header["MAGWHY"].startswith(why) and "MAGZP" in header


def test_a_pedestal_is_taken_off_the_sky(solved):
    before, after = solved(), solved(PEDESTAL=100.0)
    brighter = 2.5 * np.log10(418 / 318)
    assert before["SKYMAG"] - after["SKYMAG"] == pytest.approx(brighter, abs=0.02)


def test_what_another_program_said_does_not_stay(solved):
    header = solved(MAGZP=99.0, MAGLIM=3.0, MAGCOLR=7.0, MAGWHY="old")
    assert header["MAGZP"] < 30 and "MAGCOLR" not in header and "MAGWHY" not in header


def test_a_catalogue_of_the_users_is_used_with_its_colours(field, stars, options, solved, tmp_path):
    rng = np.random.default_rng(3)
    colour = rng.normal(0.6, 0.4, len(stars))
    lines = ["RA,Dec,Vmag,e_Vmag,B-V"]
    lines += [
        f"{ra:.6f},{dec:.6f},{mag + 0.12 * hue:.4f},0.01,{hue:.4f}"
        for (ra, dec, mag), hue in zip(stars[:, :3], colour, strict=True)
    ]
    path = tmp_path / "stars.csv"
    path.write_text("\n".join(lines), encoding="utf-8")

    def order(path):
        some = replace(options, catalogue=str(path))
        return SolveOrder(frames=(), options=some, catalogue=catalogue_digest(some))

    solved()
    target = tmp_path / "mine.fits"
    pairs = [(str(tmp_path / "light.fits"), str(target))]
    solve_files(order(path), pairs)
    header = read_image_header(target)
    assert header["MAGBAND"] == "V" and header["MAGCATLG"] == "stars.csv"
    assert header["MAGCOLR"] == pytest.approx(0.12, abs=3 * header["MAGCOLER"])
    assert header["MAGCOLNM"] == "B-V" and header["MAGZPCOL"] == 0.0 and "MAGSTAMP" not in header
    assert header["MAGZP"] == pytest.approx(ZERO_POINT - 2.5 * np.log10(30), abs=0.03)
    # Of stars that are nearly alike in colour the term is told, and not used.
    path.write_text("\n".join(lines[:1] + [
        f"{line.rsplit(',', 3)[0]},{mag + 0.12 * hue:.4f},0.01,{hue:.4f}"
        for line, mag, hue in zip(lines[1:], stars[:, 2], 0.6 + 0.05 * (colour - 0.6), strict=True)
    ]), encoding="utf-8")  # fmt: skip
    solve_files(order(path), pairs)
    header = read_image_header(target)
    assert header["MAGCOLER"] > 0.05 and header["MAGZPCOL"] == pytest.approx(0.6, abs=0.02)
    assert header["MAGCOLR"] == pytest.approx(0.12, abs=4 * header["MAGCOLER"])
    expected = ZERO_POINT - 2.5 * np.log10(30) + 0.12 * header["MAGZPCOL"]
    assert header["MAGZP"] == pytest.approx(expected, abs=0.03)
    # The same stars elsewhere leave it as it is, and one star more makes it again.
    first = target.read_bytes()
    moved = tmp_path / "elsewhere.csv"
    shutil.copy(path, moved)
    solve_files(order(moved), pairs)
    assert target.read_bytes() == first
    with open(moved, "a", encoding="utf-8") as stream:
        stream.write("\n1.0,2.0,3.0,0.1,0.5\n")
    solve_files(order(moved), pairs)
    assert target.read_bytes() != first


def test_a_band_that_nobody_tells_leaves_the_reason(options, solved, tmp_path):
    solved()
    order = SolveOrder(frames=(), options=replace(options, catalogue_band="Gaia"))
    solve_files(order, [(tmp_path / "light.fits", tmp_path / "other.fits")])
    header = read_image_header(tmp_path / "other.fits")
    assert header["MAGWHY"] == "no zero point: no catalogue tells magnitudes Gaia"
    assert header["PLTSOLVD"] is True and "MAGZP" not in header


def test_an_index_that_becomes_another_has_its_frames_solved_again_and_no_others(
    field, options, solved, tmp_path
):
    solved()
    folder = tmp_path / "indexes"
    shutil.copytree(options.index_dirs[0], folder)
    index = folder / "index-demo.fits"
    os.utime(index, (1.7e9, 1.7e9))
    options = replace(options, index_dirs=(str(folder),))
    pair = str(tmp_path / "light.fits"), str(tmp_path / "mine.fits")
    solve_files(SolveOrder(frames=(), options=options), [pair])
    first = Path(pair[1]).read_bytes()

    def reopening():
        read_index.cache_clear()
        return Reopening(options, str(tmp_path / "out"))

    before = reopening()
    note_search(before.note([pair[1]]), before.search([pair[1]]))
    shutil.copy(index, folder / "index-new.fits")  # another that has the same stars
    assert not reopening().reopens([pair[1]])
    (folder / "index-new.fits").unlink()
    os.utime(index, (1.71e9, 1.71e9))
    assert not reopening().reopens([pair[1]])
    with open(index, "r+b") as stream:
        stream.seek(-1, os.SEEK_END)
        stream.write(b"1")
    assert reopening().reopens([pair[1]])
    solve_files(SolveOrder(frames=(), options=options), [pair])
    assert Path(pair[1]).read_bytes() != first
    note_search(before.note([pair[1]]), reopening().search([pair[1]]))
    assert not reopening().reopens([pair[1]])
    index.unlink()  # gone: what was found stays
    assert not reopening().reopens([pair[1]])


def test_the_table_of_solved_frames_shows_them(solved, tmp_path):
    header = solved()
    write_report([str(tmp_path / "solved.fits")], tmp_path / "solved.csv")
    names, row = (line.split(",") for line in (tmp_path / "solved.csv").read_text().splitlines())
    told = dict(zip(names, row, strict=True))
    assert float(told["zero_point_mag"]) == header["MAGZP"] and told["band"] == "VT"
    assert float(told["limit_mag"]) == header["MAGLIM"] and told["magnitudes_lack"] == ""
