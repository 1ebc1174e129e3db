"""Pictures of lights on a page: comparable, small, and none where there is nothing to see."""

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits
from PIL import Image as Picture

from browser import Page
from nightfacts import light, night
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from plateworks.products.preview import Preview, preview_table
from plateworks.report.night.page import render
from plateworks.report.night.thumbnails import MOST_BYTES, thumbnails

RAMP = np.tile(np.linspace(0, 10, 128, dtype=np.float32), (86, 1))


@pytest.fixture
def looking(tmp_path):
    """A function that gives a light of the night the product that looks like that."""

    def give(one, level, ending="fits"):
        path = str(tmp_path / f"{one.frame}.{ending}")
        table = preview_table(Preview(RAMP + level + 500, RAMP + level), "adu")
        write_image(path, Image(np.zeros((4, 4), np.float32), fits.Header(), tables=(table,)))
        return replace(one, path=path)

    return give


def brightness(thumbnail):
    """The mean brightness of the calibrated half, and the width of the whole."""
    content = base64.b64decode(thumbnail.picture.partition(",")[2])
    assert len(content) <= MOST_BYTES
    with Picture.open(io.BytesIO(content)) as picture:
        return float(np.asarray(picture)[:, -128:].mean())


@pytest.mark.parametrize("ending", ["fits", "xisf"])
def test_lights_of_a_filter_have_one_stretch_that_bad_ones_have_no_part_in(looking, ending):
    good = [looking(light(i), 100, ending) for i in range(3)]
    bright = looking(light(3, verdict="flagged", cause="moon or dawn"), 200, ending)
    other = looking(light(4, filter="R"), 4000, ending)
    found = thumbnails([*good, bright, other])
    assert found[good[0].path] == found[good[1].path]
    assert brightness(found[bright.path]) > 250
    assert 100 < brightness(found[good[0].path]) < 150
    assert brightness(found[other.path]) == pytest.approx(brightness(found[good[0].path]), abs=1)


def test_a_light_of_a_colour_camera_is_in_colour_and_its_sky_grey(tmp_path):
    sky = np.random.default_rng(2).normal(0, 1, (3, 86, 128)).astype(np.float32)
    sky += np.array([300, 700, 400], np.float32)[:, None, None]
    sky[0, 20:60, 20:60] += 200  # a red nebula
    path = str(tmp_path / "a.fits")
    table = preview_table(Preview(sky + 500, sky), "adu")
    write_image(path, Image(np.zeros((4, 4), np.float32), fits.Header(), tables=(table,)))
    picture = thumbnails([replace(light(0), path=path)])[path].picture
    with Picture.open(io.BytesIO(base64.b64decode(picture.partition(",")[2]))) as shown:
        assert (shown.mode, shown.size) == ("RGB", (260, 86))
        pixels = np.asarray(shown).astype(float)[:, -128:]
    red, green, blue = pixels[25:55, 25:55].mean(axis=(0, 1))
    assert red > max(green, blue) + 60
    assert np.ptp(pixels[65:, 70:].mean(axis=(0, 1))) < 12


def test_a_picture_of_mere_noise_is_small_too(tmp_path):
    noise = np.random.default_rng(1).normal(size=(128, 128)).astype(np.float32)
    path = str(tmp_path / "a.fits")
    table = preview_table(Preview(noise, noise), "adu")
    write_image(path, Image(np.zeros((4, 4), np.float32), fits.Header(), tables=(table,)))
    [found] = thumbnails([light(0, path=path)]).values()
    brightness(found)


def test_a_light_that_was_set_aside_has_no_picture(looking, tmp_path):
    fits.PrimaryHDU().writeto(tmp_path / "aside.fits")
    aside = light(1, path=str(tmp_path / "aside.fits"))
    assert list(thumbnails([looking(light(0), 1), aside, light(2)])) == [
        str(tmp_path / "light_0000.fits")
    ]


def test_each_picture_stands_beside_the_numbers_of_its_light(looking):
    lights = [looking(light(i), i) for i in range(2)]
    images = [a for tag, a in Page(render(night(*lights))).elements if tag == "img"]
    assert [one["alt"] for one in images] == [
        "light_0000, as it was taken and calibrated", "light_0001, as it was taken and calibrated",
    ]  # fmt: skip
    assert {(one["width"], one["height"]) for one in images} == {("260", "86")}
