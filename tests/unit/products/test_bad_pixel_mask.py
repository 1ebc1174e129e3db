"""Bad-pixel masks, from the flats of one or of two levels."""

from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from orders import HOT, mask_order, master_order
from plateworks.metadata.caveats import CAVEAT, caveat_of
from plateworks.orders.defects import FLAT, DefectSource
from plateworks.orders.frames import Placement
from plateworks.pixels.masks import BAD, NONLINEAR
from plateworks.products.cosmetics import make_bad_pixel_mask, make_cosmetic_list
from plateworks.products.flatflags import read_nonlinear
from plateworks.products.imagefiles import read_image
from plateworks.products.masters import make_master
from plateworks.products.sightings import BENT, read_sighting

#: Out of proportion to the light: half a pixel's worth in dim light, all of it in bright light.
LAZY, DUST = (20, 15), (40, 30)


@pytest.fixture
def flats(tmp_path):
    """A function that writes flats of given levels, makes their master, returns their files."""

    def make(levels):
        rng = np.random.default_rng(1)
        raws = []
        for number, level in enumerate(levels):
            frame = rng.normal(level, level**0.5, (64, 48))
            frame[DUST] *= 0.5
            frame[LAZY] *= 0.5 if level < 15000 else 1.0
            raw = tmp_path / f"flat_{number}.fits"
            fits.writeto(raw, frame.round().astype(np.uint16), overwrite=True)
            raws.append(raw)
        make_master(master_order("flat", raws, method="median"), str(tmp_path / "flat.fits"))
        return raws

    return make


def mask_of(raws, tmp_path):
    make_bad_pixel_mask(mask_order(raws), str(tmp_path / "flat.fits"), str(tmp_path / "bad.fits"))
    image = read_image(tmp_path / "bad.fits")
    return image.data, image.header


def test_the_ratio_of_two_levels_shows_what_is_not_proportional_and_no_dust(flats, tmp_path):
    raws = flats([8000] * 5 + [30000] * 5)
    mask, header = mask_of(raws, tmp_path)
    assert header["BPMETHOD"] == "ratio"
    assert mask[LAZY] and not mask[DUST]
    assert "LEVELMIN" not in header
    master = fits.getheader(tmp_path / "flat.fits")
    assert master["LEVELMIN"] == pytest.approx(8000, rel=0.01)
    assert master["LEVELMAX"] == pytest.approx(30000, rel=0.01)


def test_a_series_of_three_levels_shows_what_is_not_linear(flats, tmp_path):
    raws = flats([40000] * 4 + [20000] * 4 + [8000] * 4)
    mask, header = mask_of(raws, tmp_path)
    assert (header["BPLEVELS"], header["NNONLIN"]) == (3, 1)
    assert mask[LAZY] == BAD | NONLINEAR and not mask[DUST]
    bad = DefectSource(path=str(tmp_path / "bad.fits"), witness=FLAT, turned=False)
    told = read_sighting(bad, mask.shape)
    assert told.kinds[told.pixels == LAZY[0] * mask.shape[1] + LAZY[1]] == [BENT]
    flags = read_nonlinear(str(tmp_path / "bad.fits"), Placement(turned=True, rows=64))
    assert flags.pixels.tolist() == [(63 - LAZY[0]) * 48 + LAZY[1]]
    assert flags.bits.tolist() == [NONLINEAR]


def test_two_levels_and_levels_of_two_flats_are_no_series(flats, tmp_path):
    _, header = mask_of(flats([8000] * 5 + [30000] * 5 + [16000] * 2), tmp_path)
    assert "BPLEVELS" not in header and header["BPMETHOD"] == "ratio"
    assert read_nonlinear(str(tmp_path / "bad.fits"), None).pixels.size == 0


def test_flats_of_one_level_are_not_read_again_since_their_master_tells_enough(flats, tmp_path):
    raws = flats([20000, 19000, 21000, 20500])
    for raw in raws:
        raw.unlink()
    mask, header = mask_of(raws, tmp_path)
    assert header["BPMETHOD"] == "flat"
    assert mask[DUST]


def test_a_master_that_does_not_tell_its_levels_has_its_flats_measured(flats, tmp_path):
    raws = flats([8000] * 5 + [30000] * 5)
    with fits.open(tmp_path / "flat.fits", mode="update") as hdus:
        del hdus[0].header["LEVELMIN"]
    _, header = mask_of(raws, tmp_path)
    assert header["BPMETHOD"] == "ratio"


def test_a_mask_of_too_much_of_the_sensor_marks_nothing_and_says_why(flats, tmp_path, caplog):
    raws = flats([20000, 19000, 21000, 20500])
    usual, header = mask_of(raws, tmp_path)
    assert usual.any() and CAVEAT not in header and "NFOUND" not in header
    strict = replace(mask_order(raws), max_fraction=1e-6)
    make_bad_pixel_mask(strict, str(tmp_path / "flat.fits"), str(tmp_path / "strict.fits"))
    image = read_image(tmp_path / "strict.fits")
    assert not image.data.any() and image.header["NBAD"] == 0
    assert image.header["NFOUND"] == np.count_nonzero(usual)
    assert "cosmetic.max_fraction" in caveat_of(tmp_path / "strict.fits")
    assert "more than cosmetic.max_fraction" in caplog.text


def test_dust_on_a_small_sensor_takes_no_mask_away(tmp_path):
    """Specks are of the same size on every sensor: here they are 1.4 % of it."""
    rng = np.random.default_rng(2)
    flat = rng.normal(20000, 40, (64, 96))
    y, x = np.mgrid[:64, :96]
    for row, column in ((12, 20), (40, 50), (24, 80), (52, 12)):
        flat[np.hypot(y - row, x - column) < 2.6] *= 0.9
    flat[DUST] *= 0.5
    header = fits.Header({"LEVELMIN": 20000.0, "LEVELMAX": 20000.0})
    fits.writeto(tmp_path / "flat.fits", flat.astype(np.float32), header)
    mask, header = mask_of([], tmp_path)
    assert CAVEAT not in header and mask[DUST]
    assert mask.sum() < 6


def test_a_list_that_was_cut_short_says_so(tmp_path, caplog):
    rng = np.random.default_rng(1)
    dark = rng.normal(500, 3, (64, 48)).astype(np.float32)
    dark.ravel()[rng.choice(dark.size, 120, replace=False)] += 5000
    fits.writeto(tmp_path / "dark.fits", dark)
    for most, cut in ((0.01, True), (0.2, False)):
        make_cosmetic_list(
            replace(HOT, max_fraction=most), str(tmp_path / "dark.fits"), str(tmp_path / "hot.lst")
        )
        text = (tmp_path / "hot.lst").read_text()
        assert ("cut short" in text) is cut
    assert caplog.text.count("cut short") == 1
