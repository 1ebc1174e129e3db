"""Masters of another black level than their frames: named in what is made of them."""

import csv
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from inprocess import BIAS, KINDS, SKY, expose, lights, reduce, sensor
from plateworks.errors import PlateworksError
from plateworks.metadata.caveats import CAVEAT, caveat_of
from plateworks.report.lighttable import write_lights

NO_OFFSET = {"OFFSET": None}


def higher(by):
    """Frames of a camera whose offset was set to another value, and does not stand in headers."""

    def change(pixels, cards):
        return (pixels + float(by)).clip(0, 65535).astype(np.uint16), {**cards, **NO_OFFSET}

    return change


def dimmer(by):
    """Lights of so much less sky, everywhere."""

    def change(pixels, cards):
        less = np.rint(pixels - by * sensor().flat).clip(0, 65535).astype(np.uint16)
        return less, {**cards, **NO_OFFSET}

    return change


def night(folder, kinds=tuple(KINDS), **changes):
    for kind in kinds:
        change = {"change": changes.get(kind, higher(0))}
        expose(folder, kind, 2 if kind == "light" else 5, sensor(), **change)
    return folder


def warnings(plan):
    return [hdus[0].header.get(CAVEAT, "") for hdus in lights(plan)]


def test_a_sky_above_zero_is_measured_and_nothing_is_said(tmp_path):
    plan = reduce(night(tmp_path / "raw"))
    for hdus in lights(plan):
        header = hdus[0].header
        assert header["PWSKY"] == pytest.approx(np.median(hdus[0].data), abs=0.5)
        assert 2.5 < header["PWSKYSIG"] < 6
        assert CAVEAT not in header
    assert not any(caveat_of(master.path) for master in plan.usable)


@pytest.mark.parametrize("output_type", ["float32", "raw"])
@pytest.mark.parametrize("units", ["adu", "electron"])
def test_darks_of_a_higher_offset_are_named_in_every_light(tmp_path, output_type, units):
    raw = night(tmp_path / "raw", dark=higher(620))
    calibrate = {"output_type": output_type, "units": units, "egain": 0.5, "pedestal": 900.0}
    plan = reduce(raw, calibrate=calibrate)
    for told in warnings(plan):
        assert "ADU below zero" in told and "another black level" in told
        assert "dark_60s" in told and "has a median of 11" in told
    for hdus in lights(plan):  # in ADU, without pedestal
        assert hdus[0].header["PWSKY"] < 0 and "ADU" in hdus[0].header.comments["PWSKY"]


def test_bias_alone_of_a_higher_offset_is_named(tmp_path):
    raw = night(tmp_path / "raw", ("bias", "flat", "light"), bias=higher(SKY + 100))
    plan = reduce(raw, calibrate={"require": ["bias"]}, matching={"accept_level": 3})
    told = warnings(plan)
    assert len(told) == 2 and all("below zero" in one and "bias_" in one for one in told)


@pytest.mark.parametrize("drift", [0, 2])
@pytest.mark.parametrize("pedestal", [None, -100])
def test_short_exposures_of_a_dark_sky_are_not_taken_for_them(tmp_path, drift, pedestal):
    change = dimmer(SKY)
    if pedestal:  # what a camera program added, and says

        def change(pixels, cards):
            pixels, cards = dimmer(SKY)(pixels, cards)
            return pixels + np.uint16(-pedestal), {**cards, "PEDESTAL": pedestal}

    plan = reduce(night(tmp_path / "raw", dark=higher(drift), light=change))
    assert warnings(plan) == ["", ""]
    assert all(abs(hdus[0].header["PWSKY"]) < 4 for hdus in lights(plan))


def test_what_was_added_and_is_not_said_is_missed_in_what_lacks_it(tmp_path):
    plan = reduce(night(tmp_path / "raw", dark=higher(100), light=dimmer(SKY)))
    assert all("below zero" in told for told in warnings(plan))


def test_a_light_that_nothing_is_taken_from_is_as_it_was_read(tmp_path):
    raw = night(tmp_path / "raw", ("light",))
    plan = reduce(raw, calibrate={"allow_uncalibrated": True})
    assert warnings(plan) == ["", ""]
    assert all(hdus[0].header["PWSKY"] > BIAS for hdus in lights(plan))


def test_a_scaled_dark_below_its_bias_is_named(tmp_path):
    raw = night(tmp_path / "raw", ("bias", "flat", "light"))
    expose(raw, "dark", 5, sensor(), change=higher(-200), EXPTIME=50.0)
    told = warnings(reduce(raw))
    assert all("dark_50s" in one and "below the bias_" in one for one in told)


def test_a_master_dark_below_the_bias_that_was_taken_from_it_says_so(tmp_path):
    plan = reduce(night(tmp_path / "raw", dark=higher(-200)), masters={"subtract_bias": True})
    dark = next(one for one in plan.usable if one.source.key.kind == "dark")
    assert "it lies 170" in caveat_of(dark.path) and "bias_" in caveat_of(dark.path)


def test_flats_darker_than_their_bias_are_left_out_with_the_reason(tmp_path):
    raw = night(tmp_path / "raw", bias=higher(25_000))
    with pytest.raises(PlateworksError, match=r"ADU below zero: .* bias_\S+ has a median of 25500"):
        reduce(raw)


def test_flats_without_light_are_left_out_as_such(tmp_path):
    def dark(pixels, cards):
        return np.full_like(pixels, BIAS - 1), cards

    raw = night(tmp_path / "raw", ("bias", "flat", "light"), flat=dark)
    with pytest.raises(PlateworksError, match="it holds no light"):
        reduce(raw)


def test_flats_whose_corners_lie_below_zero_say_so(tmp_path):
    raw = night(tmp_path / "raw", bias=higher(11_800))
    plan = reduce(raw, calibrate={"require": ["flat"]}, masters={"screen": False})
    flat = next(one for one in plan.usable if one.source.key.kind == "flat")
    assert "of the area of flats lie below zero" in caveat_of(flat.path)


def test_the_table_of_lights_has_sky_and_warning(tmp_path):
    plan = reduce(night(tmp_path / "raw", dark=higher(620)))
    paths = [light.calibrated for light in plan.to_calibrate]
    fits.PrimaryHDU(header=fits.Header({"PWFAIL": "ends early"})).writeto(paths[1], overwrite=True)
    write_lights(paths, tmp_path / "calibrated.csv")
    with open(tmp_path / "calibrated.csv", newline="") as stream:
        good, failed = csv.DictReader(stream)
    assert good["frame"] == Path(paths[0]).stem and good["filter"] == "L"
    assert float(good["sky_adu"]) < -100 and "below zero" in good["warning"]
    assert (good["reason"], failed["reason"], failed["warning"]) == ("", "ends early", "")
