"""The CCD of two amplifiers: what is drawn comes out of its frames, once they are put together."""

from dataclasses import replace

import numpy as np
import pytest

from plateworks.demo.__main__ import CAMERAS
from plateworks.demo.compare import read_raw
from plateworks.demo.frames import DrawnObservatory, write_frame
from plateworks.demo.night import Night, list_exposures
from plateworks.metadata.assembled import assembled
from plateworks.metadata.normalise import read_frame
from plateworks.orders.frames import Assembly
from plateworks.products.assembling import AssembledReader

SENSOR, OUTPUTS = CAMERAS["ccd2"]
NIGHT = Night(sensor=replace(SENSOR, width=200, height=120), outputs=OUTPUTS)


@pytest.fixture(scope="module")
def observatory():
    return DrawnObservatory(NIGHT)


@pytest.fixture(scope="module")
def taken(observatory, tmp_path_factory):
    """A function that takes the first frame of a kind, and returns its file and the frame."""

    def take(kind):
        exposure = next(one for one in list_exposures(NIGHT) if one.kind == kind)
        return write_frame(observatory, exposure, tmp_path_factory.mktemp(kind)), exposure

    return take


def picture(path):
    readout = read_frame(path).readout
    with AssembledReader(str(path), Assembly(readout=readout, overscan="auto")) as reader:
        return reader.read()


def test_a_bias_frame_shows_the_pattern_and_no_level(observatory, taken):
    path, _ = taken("bias")
    off = picture(path) - (observatory.maps.bias - SENSOR.bias_level)
    for half in (off[:, :100], off[:, 100:]):
        assert abs(half.mean()) < 0.3
        assert half.std() == pytest.approx(SENSOR.read_noise / SENSOR.egain, rel=0.05)


def test_both_halves_of_a_flat_have_one_gain(observatory, taken):
    path, exposure = taken("flat")
    frame = assembled(read_frame(path))
    assert (frame.width, frame.height, frame.kind) == (200, 120, "flat")
    assert (frame.egain, frame.gain) == (pytest.approx(SENSOR.egain), None)
    level = picture(path) / observatory.flat(exposure.band)
    assert np.median(level[:, :100]) == pytest.approx(np.median(level[:, 100:]), rel=2e-3)


def test_a_raw_frame_is_shown_as_it_came_with_its_seam(taken):
    path, _ = taken("bias")
    raw = read_raw(path)
    assert np.median(raw[:, :100]) - np.median(raw[:, 100:]) > 100
