"""What is white in pictures in colour: the light of the flat, what the camera says, or the sky."""

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits
from PIL import Image as Picture

from inprocess import BIAS, CURRENT, KINDS, SKY, expose, reduce, sensor
from nightfacts import light, night
from plateworks.pixels.whitebalance import Balance, balance_of
from plateworks.products.balancecards import flat_balance
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from plateworks.products.preview import Preview, preview_table
from plateworks.report.night.page import render
from plateworks.report.night.shades import stretches
from plateworks.report.night.thumbnails import thumbnails

PATTERN = "GRBG"
#: What the sensor makes of a white light, the lamp of the flats, by position.
LAMP = np.array([[1.0, 0.5], [0.7, 1.0]])
HEIGHT, WIDTH = 96, 128
#: The sky in the light of the lamp: red, green, blue; and what lies in it.
GLOW = np.array([1.3, 1.0, 0.7])
SPOTS = {"grey": (6.0, 6.0, 6.0), "red": (6.0, 0.0, 0.0), "blue": (0.0, 0.0, 6.0)}


def scene():
    """The true light in units of the sky, (3, H, W): an orange sky and three large spots."""
    light = np.ones((3, HEIGHT, WIDTH)) * GLOW[:, None, None]
    for place, colour in enumerate(SPOTS.values()):
        light[:, 40:56, 20 + 36 * place : 36 + 36 * place] += np.array(colour)[:, None, None]
    return light


def through(light, pattern=PATTERN):
    """What a mosaic lets through of a light."""
    seen = np.empty(light.shape[1:])
    for place, letter in enumerate(pattern):
        row, column = divmod(place, 2)
        seen[row::2, column::2] = light["RGB".index(letter), row::2, column::2] * LAMP[row, column]
    return seen


def taken(kind, flats=True):
    """Frames of a sensor of colours."""
    white = np.ones((3, HEIGHT, WIDTH))
    seen = through(white if kind != "light" else scene())

    def change(pixels, cards):
        dark = BIAS + (sensor(HEIGHT, WIDTH).dark if cards["EXPTIME"] == 60 else CURRENT / 60)
        colours = dark + (pixels - dark) * seen
        return np.rint(colours).clip(0, 65535).astype(np.uint16), {**cards, "BAYERPAT": PATTERN}

    return change


@pytest.fixture(scope="module")
def reduced(tmp_path_factory):
    """A night with a lamp as white, and one without flats."""
    plans = {}
    for name in ("flat", "none"):
        raw = tmp_path_factory.mktemp(name) / "raw"
        for kind in KINDS:
            if kind != "flat" or name == "flat":
                count = 2 if kind == "light" else 5
                expose(raw, kind, count, sensor(HEIGHT, WIDTH), change=taken(kind))
        plans[name] = reduce(raw, calibrate={"require": ["dark"]})
    return plans


def pictures(plan):
    """The lights of a plan, and how they look."""
    lights = [replace(light(i), path=one.calibrated) for i, one in enumerate(plan.to_calibrate)]
    return lights, thumbnails(lights)


def halves(look):
    """The raw and the calibrated half of a picture, as floats."""
    with Picture.open(io.BytesIO(base64.b64decode(look.picture.partition(",")[2]))) as picture:
        pixels = np.asarray(picture).astype(float)
    width = (look.width - 4) // 2
    return pixels[:, :width], pixels[:, -width:]


def spots(half):
    """The colours of the three spots and of the sky."""
    step = HEIGHT // len(half)
    where = {
        name: half[44 // step : 52 // step, (24 + 36 * i) // step : (32 + 36 * i) // step]
        for i, name in enumerate(SPOTS)
    }
    where["sky"] = half[70 // step : 90 // step, 30 // step : 100 // step]
    return {name: part.reshape(-1, 3).mean(axis=0) for name, part in where.items()}


def test_a_flat_keeps_the_colours_of_its_light_though_it_is_levelled_by_colour(reduced):
    plan = reduced["flat"]
    flat = next(one.path for one in plan.usable if one.source.key.kind == "flat")
    for path in (flat, plan.to_calibrate[0].calibrated):
        found = flat_balance(fits.getheader(path))
        assert found == pytest.approx(Balance(0.5, 0.7), rel=0.01)
    levels = fits.getdata(flat)
    assert np.median(levels[::2, 1::2]) == pytest.approx(np.median(levels[::2, ::2]), rel=0.01)


def test_pictures_are_true_to_the_light_of_the_flat_and_the_sky_has_its_hue(reduced):
    lights, looks = pictures(reduced["flat"])
    for half in halves(looks[lights[0].path]):
        seen = spots(half)
        assert np.ptp(seen["grey"]) < 40  # what the orange sky adds
        red, green, blue = seen["red"]
        assert red > 2 * max(green, blue)
        assert seen["blue"][2] > 2 * seen["blue"][1]
        assert seen["sky"][0] > seen["sky"][1] > seen["sky"][2]


def test_hues_are_exact_the_sky_is_as_it_is_and_what_is_white_is_grey():
    light = scene().astype(np.float32)
    noise = np.random.default_rng(1).normal(0, 0.01, light.shape).astype(np.float32)
    look = Preview(light * 3.0 + 500, light + noise)
    stretch = stretches([look], white=True)
    for image, one in ((look.raw, stretch.raw), (look.calibrated, stretch.calibrated)):
        shown = one.shades(image)
        assert shown.min() >= 0 and shown.max() <= 1
        sky = shown[70:90].reshape(-1, 3).mean(axis=0)
        assert sky / sky[1] == pytest.approx(GLOW, rel=0.03)
        grey = shown[44:52, 24:32].reshape(-1, 3).mean(axis=0)
        assert grey / grey[1] == pytest.approx(np.ones(3), rel=0.01)


def test_without_a_flat_the_sky_is_grey_and_the_page_says_so(reduced):
    lights, looks = pictures(reduced["none"])
    assert "FLATRED" not in fits.getheader(lights[0].path)
    seen = spots(halves(looks[lights[0].path])[1])
    assert np.ptp(seen["sky"]) < 12
    assert "In colours the sky is made grey, since no flat served" in render(night(*lights))
    lights, _ = pictures(reduced["flat"])
    assert "In colours white is the light of the flat that divided them." in render(night(*lights))


def product(path, cards, balance):
    """A product without a flat whose light has a balance."""
    light = scene().astype(np.float32) * np.array(balance.of_planes(), np.float32)[:, None, None]
    light += np.random.default_rng(2).normal(0, 0.01, light.shape).astype(np.float32)
    table = preview_table(Preview(SKY * light + 500, SKY * light), "adu")
    write_image(str(path), Image(np.zeros((4, 4), np.float32), fits.Header(cards), tables=(table,)))
    return str(path)


def test_what_a_camera_was_set_to_stands_in_for_a_flat(tmp_path):
    balance = Balance(0.5, 0.625)
    by_camera = product(tmp_path / "a.fits", [("WBRED", 2.0), ("WBBLUE", 1.6)], balance)
    by_sky = product(tmp_path / "b.fits", [], balance)
    nonsense = product(tmp_path / "c.fits", [("WBRED", 0.0), ("WBBLUE", "?")], balance)
    lights = [
        replace(light(i, filter=name), path=path)
        for i, (name, path) in enumerate((("IR", by_camera), ("L", by_sky), ("L", nonsense)))
    ]
    looks = thumbnails(lights)
    assert [looks[one.path].white for one in lights] == ["camera", "sky", "sky"]
    seen = spots(halves(looks[by_camera])[1])
    assert np.ptp(seen["grey"]) < 40 and seen["sky"][0] > seen["sky"][2]
    page = render(night(*lights))
    assert "IR: white is what the camera was set to" in page
    assert "L: the sky is made grey" in page


def test_a_colour_without_light_tells_no_balance():
    assert balance_of(np.array([[1.0, 0.5], [0.0, 1.0]]), PATTERN) is None
    assert balance_of(np.array([[1.0, 0.5], [np.nan, 1.0]]), PATTERN) is None
    assert balance_of(np.array([[0.9, 0.5], [2.0, 1.1]]), PATTERN) == pytest.approx((0.5, 2.0))
