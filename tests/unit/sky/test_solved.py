"""Solved files: what was calibrated plus what was found, or why not."""

from dataclasses import replace

import numpy as np
import pytest
from astropy import units
from astropy.io import fits
from astropy.nddata import CCDData, StdDevUncertainty
from astropy.wcs import WCS

from plateworks.errors import FrameError, PlateworksError
from plateworks.metadata.xisf import read_image as stored
from plateworks.orders.solving import SolveOrder
from plateworks.pixels.scaled import STORED, Scaled, count
from plateworks.products.image import Image
from plateworks.products.imagefiles import (
    read_image,
    read_image_header,
    write_cards,
    write_image,
)
from plateworks.products.preview import Preview, preview_table, read_preview
from plateworks.products.tables import read_table
from plateworks.settings.solve import SolveOptions
from plateworks.sky.solved import solve_files

from .conftest import separation_px

CARDS = {
    "OBJECT": "M 39", "IMAGETYP": "LIGHT", "XPIXSZ": 3.76, "FOCALLEN": 388.0, "RA": 322.95,
    "DEC": 48.43, "EXPTIME": 30.0, "PWDIGEST": "0123456789abcdef",
}  # fmt: skip


@pytest.fixture
def options(engine, index_dir) -> SolveOptions:
    return SolveOptions(engine=engine, index_dirs=[index_dir], time_limit_s=20)


def solve(pairs, options, compression=None):
    solve_files(SolveOrder(frames=(), options=options, xisf_compression=compression), pairs)


@pytest.fixture
def calibrated(field, tmp_path):
    """A calibrated frame with a mask and a stale WCS, in a folder of an awkward name."""
    path = tmp_path / "Łódź, 1 'st'" / "light 1.fits"
    mask = np.zeros(field.image.shape, np.uint8)
    mask[5, 7] = 2
    stale = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CROTA2": 3.0, "A_ORDER": 2}
    write_image(path, Image(field.image, fits.Header(CARDS | stale), mask))
    return path


def test_a_solved_frame_is_the_calibrated_one_with_world_coordinates(
    calibrated, field, options, tmp_path
):
    target = tmp_path / "solved" / "frame.fits"
    before = calibrated.read_bytes()
    solve([(calibrated, target)], options)
    solved = read_image(target)
    header, mask = solved.header, solved.mask
    assert np.array_equal(solved.data, field.image) and mask[5, 7] == 2 and mask.sum() == 2
    assert {key: header[key] for key in CARDS if key != "PWDIGEST"} == {
        key: value for key, value in CARDS.items() if key != "PWDIGEST"
    }
    assert header["PLTSOLVD"] is True and header["NMATCH"] >= 20 and header["ASTRRMS"] < 0.1
    assert header["NSOURCES"] >= 25 and 2 < header["FWHM"] < 3.5 and header["SKYNOISE"] > 4
    assert header["PWDIGEST"] != CARDS["PWDIGEST"] and "CROTA2" not in header
    wcs = WCS(header)
    assert separation_px(lambda xy: wcs.all_pix2world(xy, 1).T, field) < 0.05
    assert calibrated.read_bytes() == before


def test_a_solved_frame_tells_how_it_looks_and_where_its_stars_miss(calibrated, options, tmp_path):
    image, looks = read_image(calibrated), Preview(np.eye(4, 6) + 500, np.eye(4, 6))
    write_image(calibrated, replace(image, tables=(preview_table(looks, "adu"),)))
    target = tmp_path / "solved.fits"
    solve([(calibrated, target)], options)
    assert np.array_equal(read_preview(target), looks)
    header, residuals = read_image_header(target), read_table(target, "RESIDUALS")
    missed = np.hypot(residuals["DX"], residuals["DY"])
    assert len(missed) == header["NMATCH"]
    rms = np.sqrt(np.mean(missed**2)) * header["PIXSCALE"]
    assert rms == pytest.approx(header["ASTRRMS"], rel=0.02)


def test_frames_may_come_and_go_as_xisf(calibrated, field, options, tmp_path):
    image = read_image(calibrated)
    source, target = tmp_path / "light.xisf", tmp_path / "solved.xisf"
    write_image(source, image)
    both = [(source, target), (calibrated, tmp_path / "solved.fits")]
    solve(both, options, "zlib+sh")
    assert stored(target).compression.startswith("zlib+sh:")
    solved = read_image(target)
    assert np.array_equal(solved.data, field.image) and np.array_equal(solved.mask, image.mask)
    same = read_image_header(tmp_path / "solved.fits")
    for key in ("CRVAL1", "CRVAL2", "CD1_1", "A_ORDER", "NMATCH", "ASTRRMS", "OBJECT"):
        assert solved.header[key] == same[key]
    assert separation_px(lambda xy: WCS(solved.header).all_pix2world(xy, 1).T, field) < 0.05


@pytest.mark.parametrize("ending", ["fits", "xisf"])
def test_every_plane_of_a_frame_is_kept(calibrated, options, tmp_path, ending):
    image = replace(read_image(calibrated), sigma=sigma_of(calibrated))
    write_image(tmp_path / f"light.{ending}", image)
    solve([(tmp_path / f"light.{ending}", tmp_path / f"solved.{ending}")], options)
    light, solved = (read_image(tmp_path / f"{name}.{ending}") for name in ("light", "solved"))
    assert np.array_equal(solved.mask, image.mask) and solved.mask.any()
    assert np.isnan(solved.sigma[5, 7]) and np.isnan(solved.sigma).sum() == 1
    np.testing.assert_allclose(solved.sigma, light.sigma, rtol=0, atol=0.51 * image.sigma.step)


def test_a_solved_frame_is_read_by_astropy_without_a_word(calibrated, options, tmp_path):
    image = replace(read_image(calibrated), sigma=sigma_of(calibrated))
    image.header["BUNIT"] = "electron"
    write_image(calibrated, image)
    solve([(calibrated, tmp_path / "solved.fits")], options)
    ccd = CCDData.read(tmp_path / "solved.fits")
    assert ccd.unit == ccd.uncertainty.unit == units.electron and ccd.wcs is not None
    assert isinstance(ccd.uncertainty, StdDevUncertainty)
    assert np.array_equal(ccd.data, image.data) and np.argwhere(ccd.mask).tolist() == [[5, 7]]
    assert np.nanmedian(ccd.uncertainty.array) == pytest.approx(15.0, rel=0.01)


def sigma_of(path) -> Scaled:
    """Errors as lights have them, in steps of which none takes them all, and a gap."""
    shape = read_image(path).data.shape
    steps = np.linspace(1000, 2000, shape[0] * shape[1], dtype=np.float32).reshape(shape)
    steps[5, 7] = np.nan
    out = np.empty(shape, STORED)
    count(steps, out)
    return Scaled(out, 0.01)


def test_the_same_input_gives_the_same_bytes(calibrated, options, tmp_path):
    targets = [tmp_path / "a.fits", tmp_path / "b.fits"]
    solve([(calibrated, target) for target in targets], options)
    assert targets[0].read_bytes() == targets[1].read_bytes()


def test_an_unsolved_frame_is_written_with_the_reason(calibrated, options, tmp_path):
    target = tmp_path / "frame.fits"
    solve([(calibrated, target)], replace(options, min_matches=500))
    solved = read_image(target)
    header = solved.header
    assert solved.mask is not None
    assert header["PLTSOLVD"] is False and "of at least 500" in header["SOLVEWHY"]
    assert "CTYPE1" not in header and "NSOURCES" in header


def test_the_marker_of_a_frame_set_aside_stays_a_marker(options, tmp_path):
    source, target = tmp_path / "in.fits", tmp_path / "out.fits"
    write_cards(source, fits.Header({"PWFAIL": "the raw frame is truncated"}))
    solve([(source, target)], options)
    header = read_image_header(target)
    assert header["NAXIS"] == 0 and header["PLTSOLVD"] is False
    assert header["SOLVEWHY"] == header["PWFAIL"] == "the raw frame is truncated"


def test_strict_solving_fails_by_name_after_all_are_written(calibrated, options, tmp_path):
    marker = tmp_path / "bad night.fits"
    write_cards(marker, fits.Header({"PWFAIL": "no dark"}))
    targets = [tmp_path / "1.fits", tmp_path / "2.fits"]
    with pytest.raises(PlateworksError, match=r"solve\.strict .*bad night\.fits: no dark") as error:
        solve(zip([marker, calibrated], targets, strict=True), replace(options, strict=True))
    assert "light 1" not in str(error.value)
    assert all(target.exists() for target in targets)


def test_strict_solving_of_frames_that_all_solve_is_no_error(calibrated, options, tmp_path):
    solve([(calibrated, tmp_path / "1.fits")], replace(options, strict=True))


def test_a_hostile_header_reaches_no_command(calibrated, options, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    image = read_image(calibrated)
    for key in ("OBJECT", "FILTER", "TELESCOP"):
        image.header[key] = "../../x; touch pwned $(touch pwned) `touch pwned`"
    write_image(calibrated, image)
    solve([(calibrated, tmp_path / "out.fits")], options)
    assert fits.getheader(tmp_path / "out.fits")["PLTSOLVD"] is True
    assert not list(tmp_path.rglob("pwned"))


def test_a_file_that_is_no_fits_is_an_error_with_its_name(options, tmp_path):
    (tmp_path / "text.fits").write_text("nothing")
    with pytest.raises(FrameError, match=r"text\.fits: cannot be read"):
        solve([(tmp_path / "text.fits", tmp_path / "out.fits")], options)
    assert not (tmp_path / "out.fits").exists()
