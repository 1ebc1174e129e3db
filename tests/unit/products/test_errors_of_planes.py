"""What UNCERT of debayered planes is worth: of one pixel a bound, of a sum of pixels not enough.

A sensor is drawn whose noise is known, its mosaic debayered as a program does before it saves, and
its lights calibrated: docs/errors.md has the figures.
"""

import numpy as np
import pytest

from inprocess import BIAS, expose, lights, reduce, sensor
from plateworks.pixels.debayer import debayered

HIGH, WIDE = 256, 320
SKY, CURRENT, READ_NOISE = 900.0, 30.0, 3.0
#: Of bilinear interpolation: one pixel is measured, others are means of two or four.  Red and blue:
#: a quarter measured, a half of two, a quarter of four; green: half measured, half of four.
ONE_PIXEL = {"red": 0.5625, "green": 0.625, "blue": 0.5625}
#: Each pixel of the sensor counts in so many places of its plane: four times, green ones twice.
SUM = {"red": 4.0, "green": 2.0, "blue": 4.0}
BOX = 16


def by_a_program(pixels, cards):
    """What a program saves that debayers: three planes of a mosaic with the noise of its light."""
    rng = np.random.default_rng([int(cards["DATE-OBS"][-5:-3]), int(pixels[0, 0])])
    light = {"LIGHT": SKY + CURRENT, "DARK": CURRENT, "FLAT": 20_000.0, "BIAS": 0.0}
    electrons = rng.poisson(light[cards["IMAGETYP"]], pixels.shape)
    mosaic = electrons + rng.normal(0, READ_NOISE, pixels.shape)
    planes = BIAS + debayered(mosaic.astype(np.float32), "RGGB", "bilinear")
    return np.rint(planes).clip(0, 65535).astype(np.uint16), cards


@pytest.fixture(scope="module")
def deviations(tmp_path_factory):
    """Of two lights, (value - truth) and its error: (2, 3, H, W) each."""
    raw = tmp_path_factory.mktemp("planes") / "raw"
    of = sensor(HIGH, WIDE)
    for kind, count in {"bias": 15, "dark": 15, "flat": 15, "light": 2}.items():
        expose(raw, kind, count, of, by_a_program, EGAIN=1.0, RDNOISE=READ_NOISE)
    plan = reduce(raw, calibrate={"uncertainty": True}, cosmetic={"max_fraction": 0.1})
    found = lights(plan)
    errors = np.stack([light["UNCERT"].data for light in found])
    return np.stack([light[0].data - SKY for light in found]), errors


def apart(off, sigma):
    """Each colour by its name, with what its pixels deviate by, and their errors."""
    return zip(ONE_PIXEL, np.moveaxis(off, 1, 0), np.moveaxis(sigma, 1, 0), strict=True)


def test_the_error_of_one_pixel_is_a_bound_that_those_keep_which_were_measured(deviations):
    for colour, off, sigma in apart(*deviations):
        pull = off / sigma
        assert np.var(pull) == pytest.approx(ONE_PIXEL[colour], rel=0.08)
        row, column = {"red": (0, 0), "green": (0, 1), "blue": (1, 1)}[colour]
        measured = pull[:, row::2, column::2]
        assert np.var(measured) == pytest.approx(1.0, rel=0.08)
        assert np.var(pull[:, 1 - row :: 2, column::2]) < 0.65


def test_the_error_of_a_sum_is_twice_what_errors_say_and_in_green_1_4_times(deviations):
    for colour, off, sigma in apart(*deviations):
        off, sigma = off - off.mean(), sigma[:, : HIGH // BOX * BOX]
        parts = off.reshape(2, HIGH // BOX, BOX, WIDE // BOX, BOX).sum(axis=(2, 4))
        said = (sigma**2).reshape(2, HIGH // BOX, BOX, WIDE // BOX, BOX).sum(axis=(2, 4))
        assert np.mean(parts**2 / said) == pytest.approx(SUM[colour], rel=0.15)
