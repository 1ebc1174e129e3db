"""The devices against the simulator of alpaca-simulators: an implementation that is not ours."""

import numpy as np
import pytest

from observatory.simulator import POINTING, run_simulator
from plateworks.camera.camera import Camera
from plateworks.camera.cooling import Cooler
from plateworks.camera.discovery import discover
from plateworks.camera.faults import CameraFailed, LostFrame
from plateworks.camera.panel import Panel
from plateworks.camera.waiting import Deadlines
from plateworks.camera.wheel import Wheel
from plateworks.settings.cooling import Cooling
from plateworks.sky.sources import extract

LIMITS = Deadlines(readout=30.0, margin=5.0)


@pytest.fixture
def camera(simulator):
    with Camera.open(simulator.address, 0, LIMITS) as one:
        yield one


def test_a_bias_has_the_level_and_noise_of_the_sensor(camera):
    frame = camera.expose(0.001, light=False)
    assert frame.pixels.shape == (320, 480)
    assert frame.pixels.dtype == np.uint16
    assert np.median(frame.pixels) == pytest.approx(300, abs=5)
    hot = np.mean(frame.pixels > 50000)
    assert hot == pytest.approx(0.001, abs=0.0005)


def test_light_reaches_the_sensor_only_where_it_is_asked_for(camera):
    light, dark = (np.median(camera.expose(0.5, light=wanted).pixels) for wanted in (True, False))
    assert light > dark + 20


def test_stars_lie_where_the_pointing_puts_them(camera, root):
    """North up and east left when the first row is above: nothing is mirrored or transposed."""
    light, dark = (camera.expose(0.5, light=wanted).pixels for wanted in (True, False))
    found = extract(light.astype(np.float32) - dark, None, threshold=5.0, bayer=None).fits_xy
    ra, dec, magnitude = np.loadtxt(
        root / "config" / "demo" / "stars.csv", delimiter=",", skiprows=1, unpack=True
    )
    scale = np.degrees(7.5e-6 / 0.3)  # of a pixel of 7.5 um at 300 mm
    east = (ra - POINTING[0]) * np.cos(np.radians(POINTING[1]))
    expected = np.column_stack([240.5 - east / scale, 160.5 - (dec - POINTING[1]) / scale])
    inside = ((expected > 10) & (expected < [470, 310])).all(axis=1)
    bright = expected[inside][magnitude[inside].argsort()[:8]]
    distances = np.linalg.norm(bright[:, None] - found, axis=2).min(axis=1)
    assert distances.max() < 1.5


def test_binning_and_subframe_give_their_size(camera):
    settings = camera.configure(binning=2, subframe=(20, 40, 200, 100))
    assert (settings.start_x, settings.start_y, settings.width, settings.height) == (
        10,
        20,
        100,
        50,
    )
    assert camera.expose(0.01, light=False).pixels.shape == (50, 100)


def test_offset_and_readout_mode_are_taken(camera, simulator):
    settings = camera.configure(offset="High", readout_mode="Normal")
    assert (settings.offset, settings.readout_mode) == (2, 1)
    assert simulator.get("camera", "offset") == 2


def test_a_gain_that_the_camera_stores_otherwise_is_found_out(camera):
    """Version 1.3.2 of the simulator answers one more than the index that it was given."""
    with pytest.raises(CameraFailed, match="asked for Gain 2 and answers that it is 3"):
        camera.configure(gain="3")


def test_the_sensor_is_cooled_and_switched_off(simulator):
    plan = Cooling(target=2.0, ramp=None, settle=0.5, at_exit="off")
    with Camera.open(simulator.address, 0, LIMITS) as camera, Cooler(camera, plan, 0.1) as cooler:
        cooler.cool()
        frame = camera.expose(0.01, light=False)
        assert cooler.accepts(frame.temperature)
        assert frame.set_temperature == 2.0
        assert frame.cooler_power >= 10.0
    assert simulator.get("camera", "cooleron") is False
    simulator.put("camera", "setccdtemperature", SetCCDTemperature=12.0)


def test_an_exposure_is_aborted_and_the_next_one_is_another(camera):
    def interrupt(passed, whole):
        raise LostFrame("enough")

    with pytest.raises(LostFrame):
        camera.expose(0.5, light=False, progress=interrupt)
    assert camera.expose(0.01, light=False).pixels.shape == (320, 480)


def test_the_wheel_turns(simulator):
    with Wheel.open(simulator.address, 0, LIMITS) as wheel:
        assert wheel.names == ("L", "R", "G", "B")
        assert wheel.select("g") == "G"
        assert simulator.get("filterwheel", "position") == 2


def test_the_panel_is_lit_and_goes_out(simulator):
    with Panel.open(simulator.address, 0, LIMITS) as panel:
        panel.open_cover()
        panel.light(120)
        assert simulator.get("covercalibrator", "brightness") == 120
        assert panel.close_cover()
    assert simulator.get("covercalibrator", "calibratorstate") == 1


def test_all_devices_are_found(simulator):
    found = discover([simulator.address], list)
    assert [(one.kind, one.name) for one in found] == [
        ("camera", "Small Camera"),
        ("filterwheel", "Wheel"),
        ("covercalibrator", "Panel"),
        ("telescope", "Small Telescope"),
    ]
    assert not any(one.problem for one in found)


def test_a_sky_that_cannot_be_drawn_is_a_lost_frame(root, tmp_path):
    """The simulator goes to its error state when it finds no stars' table."""
    stars = root / "config" / "demo" / "stars.csv"
    with run_simulator(tmp_path, stars) as simulator:
        (tmp_path / "stars.db").unlink()
        with Camera.open(simulator.address, 0, LIMITS) as camera:
            with pytest.raises(LostFrame, match="CameraState 5"):
                camera.expose(0.05, light=True)
            assert camera.expose(0.05, light=False).pixels.shape == (320, 480)
