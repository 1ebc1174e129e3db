"""How masters look on the page of a night."""

import base64
import io

import numpy as np
import pytest
from astropy.io import fits
from PIL import Image as Picture

from plateworks.report.night.looks import look_at

HIGH, WIDE = 60, 90


def picture_of(tmp_path, pixels):
    """What is shown of a master: values from 0 to 255, and what black and white are."""
    path = tmp_path / "flat.fits"
    fits.writeto(path, pixels.astype(np.float32))
    look = look_at(str(path))
    png = Picture.open(io.BytesIO(base64.b64decode(look.picture.partition(",")[2])))
    return np.asarray(png).astype(float), look


def test_a_master_of_three_planes_is_shown_in_its_colours(tmp_path):
    ramp = np.linspace(0.0, 1.0, WIDE)
    planes = [1000 + 500 * np.tile(one, (HIGH, 1)) for one in (ramp, 1 - ramp, 0 * ramp + 0.5)]
    shown, look = picture_of(tmp_path, np.stack(planes))
    assert shown.shape == (HIGH, WIDE, 3) == (look.height, look.width, 3)
    for colour, plane in zip(np.moveaxis(shown, -1, 0), planes, strict=True):
        wanted = np.clip((plane - look.low) / (look.high - look.low), 0, 1) * 255
        np.testing.assert_allclose(colour, wanted, atol=1.0)
    assert look.columns_span == pytest.approx(0, abs=0.1)  # the mean of the colours is even


def test_one_of_one_plane_is_grey_and_what_is_no_number_is_black(tmp_path):
    pixels = np.tile(np.linspace(100.0, 200.0, WIDE), (HIGH, 1))
    pixels[3, 4] = np.nan
    shown, look = picture_of(tmp_path, pixels)
    assert shown.shape == (HIGH, WIDE) and shown[3, 4] == 0
    assert look.columns_span == pytest.approx(100, abs=0.1)
    assert np.all(np.diff(shown[10]) >= 0) and shown[10, -1] == 255


def test_one_without_any_number_has_no_picture(tmp_path):
    path = tmp_path / "flat.fits"
    fits.writeto(path, np.full((3, HIGH, WIDE), np.nan, np.float32))
    assert look_at(str(path)) is None
