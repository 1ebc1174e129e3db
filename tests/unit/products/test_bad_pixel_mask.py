"""Bad-pixel masks, from the flats of one or of two levels."""

import numpy as np
import pytest
from astropy.io import fits

from orders import mask_order, master_order
from plateworks.products.cosmetics import make_bad_pixel_mask
from plateworks.products.imagefiles import read_image
from plateworks.products.masters import make_master

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
