"""Lights as whole numbers: no sky is cut off, and what is clamped is marked and counted."""

import numpy as np
import pytest

from inprocess import KINDS, SKY, expose, lights, reduce, sensor
from plateworks.metadata.caveats import CAVEAT
from plateworks.pixels.masks import CLAMPED


def dark_sky(pixels, cards):
    return np.rint(pixels - SKY * sensor().flat).clip(0, 65535).astype(np.uint16), cards


def night(folder, light=None):
    for kind in KINDS:
        more = {"change": light} if light and kind == "light" else {}
        expose(folder, kind, 2 if kind == "light" else 5, sensor(), **more)
    return folder


def good(hdus):
    return (hdus["MASK"].data & ~np.uint8(CLAMPED)) == 0


@pytest.mark.parametrize("light", [None, dark_sky], ids=["bright", "dark"])
def test_by_itself_a_pedestal_keeps_the_noise_of_a_dark_sky(tmp_path, light):
    raw = night(tmp_path / "raw", light)
    floats = reduce(raw, calibrate={"output_type": "float32"})
    exact = [hdus[0].data for hdus in lights(floats)]
    for hdus, image in zip(lights(reduce(raw, calibrate={"output_type": "raw"})), exact,
                           strict=True):  # fmt: skip
        header = hdus[0].header
        assert hdus[0].data.dtype == np.uint16
        assert (header["PEDESTAL"], header["NBIT5"]) == (-100, 0)
        back = hdus[0].data.astype(float) + header["PEDESTAL"]
        assert np.abs(back - image)[good(hdus)].max() <= 0.5
        assert CAVEAT not in header


def test_a_pedestal_of_ones_own_is_used_and_what_it_does_not_save_is_marked_and_said(tmp_path):
    raw = night(tmp_path / "raw", dark_sky)
    for hdus in lights(reduce(raw, calibrate={"output_type": "raw", "pedestal": 0})):
        header, mask = hdus[0].header, hdus["MASK"].data
        clamped = mask & CLAMPED != 0
        assert header["PEDESTAL"] == 0 and header["NBIT5"] == clamped.sum()
        assert 0.2 < clamped.mean() < 0.6  # half of the noise
        assert (hdus[0].data[clamped] == 0).all()
        assert "calibrate.pedestal: auto" in header[CAVEAT]
        assert hdus["MASK"].header["BIT5"] == CLAMPED


def test_numbers_with_a_fraction_are_never_clamped(tmp_path):
    for hdus in lights(reduce(night(tmp_path / "raw", dark_sky))):
        assert "PEDESTAL" not in hdus[0].header and hdus[0].header["NBIT5"] == 0
        assert hdus[0].data.min() < 0


def test_what_lies_above_the_integers_is_clamped_and_marked(tmp_path):
    def with_a_star(pixels, cards):
        pixels[30:33, 40:43] = 65_500  # below full, and beyond it where the flat is low
        return pixels, {**cards, "SATURATE": 70_000.0}

    raw = night(tmp_path / "raw", with_a_star)
    for hdus in lights(reduce(raw, calibrate={"output_type": "raw"})):
        star = np.s_[31, 41]
        assert hdus[0].data[star] == 65_535
        assert hdus["MASK"].data[star] == CLAMPED
        assert hdus[0].header["NBIT5"] >= 1 and CAVEAT not in hdus[0].header


def test_frames_of_eight_bits_get_what_they_need(tmp_path):
    raw = tmp_path / "raw"
    for kind in KINDS:

        def to_eight(pixels, cards, kind=kind):
            light = (pixels - 500.0) / (100 if kind == "flat" else 20)
            return np.rint(12 + light).clip(0, 255).astype(np.uint8), cards

        expose(raw, kind, 2 if kind == "light" else 5, sensor(), change=to_eight)
    for hdus in lights(reduce(raw, calibrate={"output_type": "raw"})):
        assert hdus[0].data.dtype == np.uint8
        assert 0 <= -hdus[0].header["PEDESTAL"] <= 20
        assert not (hdus["MASK"].data[good(hdus)] & CLAMPED).any()
