"""What a camera can do, and how it is set."""

import pytest

from observatory.faults import DRIVER, NOT_IMPLEMENTED, error, garbage, status, value
from observatory.misbehaving import CAMERA, misbehaving
from plateworks.camera.abilities import shift_bayer
from plateworks.camera.camera import Camera
from plateworks.camera.faults import CameraFailed
from plateworks.errors import ConfigError


def test_abilities_are_what_the_camera_says(camera):
    told = camera.abilities
    assert (told.name, told.sensor_name, told.sensor_type) == ("Moody Camera", "M1", "Monochrome")
    assert (told.width, told.height, told.pixel_size_x) == (12, 8, 3.76)
    assert (told.max_adu, told.egain, told.max_bin) == (65535, 0.25, 4)
    assert (told.gains, told.offsets) == ((0, 300), (0, 50))
    assert told.readout_modes == ("Normal", "Low noise")
    assert told.bayer is None


OPTIONAL = sorted(set(CAMERA) - {"binx", "biny", "startx", "starty"})


@pytest.mark.parametrize(
    "fault",
    [error(NOT_IMPLEMENTED), error(DRIVER), status(400), garbage],
    ids=["not implemented", "driver error", "HTTP 400", "not JSON"],
)
def test_a_camera_without_any_optional_property_exposes(server, limits, clock, pixels, fault):
    for name in OPTIONAL:
        server.always(name, fault)
    with Camera.open(server.address, 0, limits, clock) as camera:
        told = camera.abilities
        assert told.name == "camera 0"
        unknown = (told.max_adu, told.egain, told.gains, told.offsets, told.pixel_size_x)
        assert unknown == (None,) * 5
        assert not (told.has_temperature or told.can_set_temperature or told.can_abort)
        settings = camera.configure()
        assert (settings.gain, settings.offset, settings.readout_mode) == (None, None, None)
        assert (camera.expose(1.0, light=True).pixels == pixels).all()


@pytest.mark.parametrize("nonsense", [None, 0, -1, "many", float("nan"), True, [4]])
def test_values_that_are_no_values_are_unknown(server, limits, clock, nonsense):
    for name in ("maxadu", "electronsperadu", "pixelsizex", "exposuremax"):
        server.always(name, value(nonsense))
    with Camera.open(server.address, 0, limits, clock) as camera:
        told = camera.abilities
    assert (told.max_adu, told.egain, told.pixel_size_x, told.exposure_max) == (None,) * 4


def test_a_camera_that_does_not_know_its_size_is_no_use(server, limits, clock):
    server.always("cameraxsize", error(NOT_IMPLEMENTED))
    with pytest.raises(CameraFailed, match="does not offer CameraXSize"):
        Camera.open(server.address, 0, limits, clock)
    assert not server.devices["camera"]["connected"]


@pytest.mark.parametrize(
    ("right", "down", "pattern"),
    [(0, 0, "RGGB"), (1, 0, "GRBG"), (0, 1, "GBRG"), (1, 1, "BGGR"), (2, 4, "RGGB")],
)
def test_a_bayer_pattern_moves_with_the_corner(right, down, pattern):
    assert shift_bayer("RGGB", right, down) == pattern


def test_a_colour_camera_tells_the_pattern_of_what_it_sends(pixels, limits, clock):
    colour = {"sensortype": 2, "bayeroffsetx": 1, "bayeroffsety": 0}
    with (
        misbehaving(pixels, clock, camera=colour) as server,
        Camera.open(server.address, 0, limits, clock) as camera,
    ):
        assert camera.abilities.bayer == camera.settings.bayer == "GRBG"
        assert camera.configure(subframe=(1, 1, 4, 4)).bayer == "GBRG"
        assert camera.configure(binning=2).bayer is None


def test_settings_are_set_and_read_back(camera, server, pixels):
    settings = camera.configure(
        gain=200, offset=20, binning=2, readout_mode="low noise", subframe=(2, 2, 8, 4)
    )
    table = server.devices["camera"]
    assert [table[name] for name in ("gain", "offset", "binx", "biny")] == [200, 20, 2, 2]
    assert [table[name] for name in ("startx", "starty", "numx", "numy")] == [1, 1, 4, 2]
    assert (settings.readout_mode, settings.readout_mode_name) == (1, "Low noise")
    assert camera.expose(1.0, light=True).pixels.shape == (2, 4)


def test_what_is_not_asked_for_stays_and_is_told(camera):
    settings = camera.configure()
    assert (settings.gain, settings.offset) == (100, 10)
    assert settings.readout_mode_name == "Normal"


def test_a_whole_number_is_set_as_one_however_it_is_written(camera, server):
    assert camera.configure(gain=120.0, offset=7.0).gain == 120
    assert (server.devices["camera"]["gain"], server.devices["camera"]["offset"]) == (120, 7)
    with pytest.raises(ConfigError, match=r"capture\.gain is 0\.5, but cameras count it in whole"):
        camera.configure(gain=0.5)


def test_names_of_gains_are_understood(pixels, limits, clock):
    named = {"gains": ["Low", "HCG"], "gain": 0, "gainmin": None, "gainmax": None}
    with (
        misbehaving(pixels, clock, camera=named) as server,
        Camera.open(server.address, 0, limits, clock) as camera,
    ):
        settings = camera.configure(gain="hcg")
        assert (settings.gain, settings.gain_name) == (1, "HCG")
        assert server.devices["camera"]["gain"] == 1
        assert camera.configure().gain_name == "HCG"
        with pytest.raises(ConfigError, match=r"'Medium', but the camera offers 0 \(Low\), 1"):
            camera.configure(gain="Medium")


@pytest.mark.parametrize(
    ("wanted", "clause"),
    [
        ({"gain": 301}, r"capture.gain is 301, .* from 0 to 300"),
        ({"gain": "HCG"}, "capture.gain is 'HCG'"),
        ({"offset": -1}, "capture.offset is -1"),
        ({"binning": 5}, "capture.binning is 5, .* from 1 to 4"),
        ({"binning": 0}, "capture.binning is 0"),
        ({"readout_mode": "Turbo"}, r"capture.readout_mode is 'Turbo', .* 1 \(Low noise\)"),
        ({"subframe": (0, 0, 13, 8)}, r"\[0, 0, 13, 8\] .* not inside the sensor of 12 by 8"),
        ({"subframe": (-1, 0, 4, 4)}, "not inside"),
        ({"subframe": (0, 0, 0, 4)}, "not inside"),
        ({"subframe": (1, 0, 4, 4), "binning": 2}, "multiple of 2"),
    ],
)
def test_what_the_camera_cannot_have_is_refused_before_it_is_set(camera, server, wanted, clause):
    before = dict(server.devices["camera"])
    with pytest.raises(ConfigError, match=clause):
        camera.configure(**wanted)
    assert server.devices["camera"] == before


def test_a_camera_that_takes_another_value_is_found_out(camera, server):
    server.always("gain", value(120))
    with pytest.raises(CameraFailed, match="asked for Gain 100 and answers that it is 120"):
        camera.configure(gain=100)


def test_a_sensor_that_bins_unevenly_loses_its_edge(pixels, limits, clock):
    with (
        misbehaving(pixels[:7, :11], clock) as server,
        Camera.open(server.address, 0, limits, clock) as camera,
    ):
        settings = camera.configure(binning=2)
    assert (settings.width, settings.height) == (5, 3)
