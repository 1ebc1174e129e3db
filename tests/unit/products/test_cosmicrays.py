"""What a light says of its cosmic rays, and of those that could not be told from stars."""

import numpy as np
import pytest
from astropy.io import fits

from orders import calibration_order, light_order
from plateworks.metadata.caveats import caveat_of
from plateworks.pixels.masks import COSMIC
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.imagefiles import read_image
from plateworks.settings.cosmics import Cosmics
from starfields import EGAIN, READ_NOISE, StarField


@pytest.fixture
def calibrated(tmp_path):
    def calibrate(field, **parameters):
        header = fits.Header([("EGAIN", EGAIN), ("RDNOISE", READ_NOISE), ("SATURATE", 60_000.0)])
        if field.bayer:
            header["BAYERPAT"] = field.bayer
        fits.writeto(tmp_path / "raw.fits", field.image, header)
        light = light_order(tmp_path / "raw.fits", tmp_path / "out.fits")
        calibrate_frames(calibration_order([light], cosmics=Cosmics(**parameters)))
        image = read_image(tmp_path / "out.fits")
        return image, image.mask & COSMIC != 0, caveat_of(tmp_path / "out.fits")

    return calibrate


@pytest.mark.parametrize("bayer", [None, "GRBG"])
def test_a_light_says_how_wide_its_stars_are_and_what_followed(calibrated, bayer):
    field = StarField(2.2, bayer=bayer)
    image, hit, caveat = calibrated(field)
    header = image.header
    assert caveat == ""
    assert header["CRFWHM"] == pytest.approx(2.3, abs=0.2) and header["CRSTARS"] > 15
    assert header["CROBJLIM"] == pytest.approx(20.0 if bayer else 11, abs=2)
    assert "by the FWHM" in header.comments["CROBJLIM"]
    assert header["NCOSMIC"] == np.count_nonzero(hit) > 30
    assert (header["NCRSTAR"] > 50) is bool(bayer)
    assert field.lost(hit).max() <= 0.01 and field.recall(hit) >= 0.95
    np.testing.assert_array_equal(image.data[~hit], field.image[~hit])


def test_a_number_that_takes_stars_repairs_nothing_and_the_light_warns(calibrated, caplog):
    field = StarField(1.5)
    image, hit, caveat = calibrated(field, objlim=5.0)
    assert "no cosmic ray was repaired" in caveat and "auto follows their width" in caveat
    assert caveat in caplog.text and "raw.fits" in caplog.text
    assert image.header["NCOSMIC"] == 0 and "NCRSTAR" not in image.header and not hit.any()
    assert image.header["CROBJLIM"] == 5.0 and image.header.comments["CROBJLIM"].endswith("as set")
    np.testing.assert_array_equal(image.data, field.image)


def test_a_light_without_stars_says_that_the_choice_is_the_safe_one(calibrated, caplog):
    caplog.set_level("INFO")
    image, hit, caveat = calibrated(StarField(2.0, stars=0))
    assert "too few to measure their width" in caplog.text and caveat == ""
    assert "CRFWHM" not in image.header and image.header["CROBJLIM"] == 20.0
    assert image.header.comments["CROBJLIM"].endswith("too few stars") and hit.any()
