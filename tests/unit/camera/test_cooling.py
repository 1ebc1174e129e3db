"""Cooling: ramp, settling on both sides, stalls, and what is left behind."""

import itertools
import math

import pytest

from observatory.faults import drop, error
from observatory.misbehaving import misbehaving
from plateworks import stopping
from plateworks.camera.camera import Camera
from plateworks.camera.cooling import Cooler
from plateworks.camera.faults import CameraFailed
from plateworks.errors import ConfigError
from plateworks.settings.cooling import Cooling

AIR = 12.0


class Sensor:
    """A sensor whose temperature follows its cooler; it answers for CCDTemperature.

    Parameters
    ----------
    rate : float
        Degrees a minute that it can cool or warm.
    reach : float
        Degrees below the air that its cooler can hold.
    swing : float
        Degrees to both sides by which its regulation swings, every 40 seconds.
    """

    def __init__(self, server, clock, rate=12.0, reach=40.0, swing=0.0):
        self.table, self.clock = server.devices["camera"], clock
        self.rate, self.reach, self.swing = rate, reach, swing
        self.degrees, self.since = AIR, clock.now()
        self.told = []
        server.always("ccdtemperature", self)

    def __call__(self, request):
        now = self.clock.now()
        wanted = max(self.table["setccdtemperature"], AIR - self.reach)
        goal = wanted if self.table["cooleron"] else AIR
        step = self.rate / 60 * (now - self.since)
        self.degrees += max(-step, min(step, goal - self.degrees))
        self.since = now
        shown = self.degrees + self.swing * math.sin(now / 40 * 2 * math.pi)
        self.told.append((now, shown, self.table["setccdtemperature"]))
        request.send_value(shown)


def cooler_of(camera, plan: Cooling, poll_s: float = 5.0) -> Cooler:
    """A cooler that looks every five seconds; each look is a request."""
    return Cooler(camera, plan, poll_s)


@pytest.fixture
def sensor(server, clock):
    return Sensor(server, clock)


def test_the_sensor_is_brought_to_its_target_along_the_ramp(camera, server, clock, sensor):
    told = []
    with cooler_of(camera, Cooling(target=-10.0, ramp=4.0), 2.0) as cooler:
        cooler.cool(lambda *values: told.append(values))
    assert server.devices["camera"]["cooleron"]
    minutes = clock.now() / 60
    assert minutes == pytest.approx(22 / 4 + 1, abs=0.5)  # 22 degrees at 4 a minute, 1 to settle
    assert sensor.degrees == pytest.approx(-10.0)
    set_points = [set_point for _, set_point, _ in told]
    assert set_points[-1] == -10.0
    assert all(before - after in (0, 0.5) for before, after in itertools.pairwise(set_points))
    assert not any(set_point < degrees - 1 for degrees, set_point, _ in told), "it lags behind"


def test_without_a_ramp_the_target_is_set_at_once(camera, server, clock, sensor):
    with cooler_of(camera, Cooling(target=-10.0, ramp=None)) as cooler:
        cooler.cool()
    assert server.count("setccdtemperature") == 1
    assert clock.now() == pytest.approx(22 / 12 * 60 + 60, abs=10)


def test_a_target_above_the_sensor_is_reached_from_below(camera, sensor):
    sensor.degrees = -30.0
    with cooler_of(camera, Cooling(target=-10.0)) as cooler:
        cooler.cool()
    assert sensor.degrees == pytest.approx(-10.0)


def test_one_reading_within_the_tolerance_is_not_enough(camera, server, clock):
    Sensor(server, clock, swing=0.4)
    with cooler_of(camera, Cooling(target=0.0, tolerance=0.5, settle=100.0), 1.0) as cooler:
        cooler.cool()
        settled = [degrees for now, degrees, _ in _told(server) if now > clock.now() - 100]
    assert len(settled) > 50
    assert all(abs(degrees) <= 0.5 for degrees in settled)


def test_a_sensor_that_swings_never_settles_and_is_given_up(camera, server, clock):
    Sensor(server, clock, swing=1.5)
    wanted = Cooling(target=0.0, tolerance=0.5, settle=60.0, stall=300.0)
    with (
        cooler_of(camera, wanted) as cooler,
        pytest.raises(CameraFailed, match=r"swings from -1\.\d to 1\.\d.*cooling\.tolerance"),
    ):
        cooler.cool()


def test_a_cooler_at_its_limit_is_given_up_with_advice(camera, server, clock):
    Sensor(server, clock, reach=15.0)
    server.devices["camera"]["coolerpower"] = 100.0
    wanted = Cooling(target=-20.0, ramp=None, stall=120.0)
    with (
        cooler_of(camera, wanted) as cooler,
        pytest.raises(CameraFailed, match=r"stays at -3\.0 .*100 % .*warmer target"),
    ):
        cooler.cool()
    assert clock.now() == pytest.approx(15 / 12 * 60 + 120, abs=10)


def test_a_driver_that_ignores_its_set_point_is_given_up_with_advice(camera, server):
    wanted = Cooling(target=-20.0, ramp=4.0, stall=120.0)
    with (
        cooler_of(camera, wanted) as cooler,
        pytest.raises(
            CameraFailed, match="may ignore what it is told: cool by the maker's program"
        ),
    ):
        cooler.cool()


def test_a_slow_ramp_is_no_stall(camera, sensor):
    wanted = Cooling(target=-3.0, ramp=0.5, stall=30.0)
    with cooler_of(camera, wanted) as cooler:
        cooler.cool()
    assert sensor.degrees == pytest.approx(-3.0)


def test_without_a_target_the_cooler_is_left_alone(camera, server):
    with cooler_of(camera, Cooling()) as cooler:
        cooler.cool()
        cooler.hold()
        assert cooler.accepts(25.0)
    assert server.count("cooleron") + server.count("setccdtemperature") == 0


def test_a_camera_that_cannot_cool_refuses_a_target(pixels, limits, clock):
    with (
        misbehaving(pixels, clock, camera={"cansetccdtemperature": False}) as server,
        Camera.open(server.address, 0, limits, clock) as camera,
        cooler_of(camera, Cooling(target=-10.0)) as cooler,
        pytest.raises(ConfigError, match=r"capture\.cooling\.target is -10 .* no cooler"),
    ):
        cooler.cool()


def test_a_cooler_without_a_thermometer_is_given_the_settling_time(pixels, limits, clock):
    with (
        misbehaving(pixels, clock, camera={"ccdtemperature": None}) as server,
        Camera.open(server.address, 0, limits, clock) as camera,
    ):
        with cooler_of(camera, Cooling(target=-10.0, settle=60.0)) as cooler:
            cooler.cool()
        assert server.devices["camera"]["setccdtemperature"] == -10.0
        assert cooler.accepts(camera.expose(1.0, light=False).temperature)
    assert clock.now() >= 60.0


def test_a_frame_off_the_target_is_not_accepted_and_the_sensor_is_cooled_again(camera, sensor):
    with cooler_of(camera, Cooling(target=-10.0, tolerance=0.5)) as cooler:
        cooler.cool()
        sensor.degrees = -9.0
        assert not cooler.accepts(camera.expose(1.0, light=False).temperature)
        assert not cooler.accepts(-11.0)
        cooler.hold()
        assert cooler.accepts(camera.expose(1.0, light=False).temperature)


def test_a_sensor_on_its_target_is_not_waited_for(camera, sensor, clock):
    with cooler_of(camera, Cooling(target=-10.0)) as cooler:
        cooler.cool()
        before = clock.now()
        cooler.hold()
    assert clock.now() == before


def test_a_server_that_forgets_the_cooler_does_not_end_the_night(camera, server, sensor):
    with cooler_of(camera, Cooling(target=-10.0)) as cooler:
        cooler.cool()
        server.restart()
        Sensor(server, camera.link.clock)
        cooler.hold()
        assert server.devices["camera"]["cooleron"]
        assert cooler.accepts(camera.temperature())


def test_left_on_the_camera_stays_connected(server, limits, clock, sensor):
    with (
        Camera.open(server.address, 0, limits, clock) as camera,
        cooler_of(camera, Cooling(target=-10.0, at_exit="on")) as cooler,
    ):
        cooler.cool()
    table = server.devices["camera"]
    assert (table["cooleron"], table["setccdtemperature"], table["connected"]) == (
        True,
        -10.0,
        True,
    )


@pytest.mark.parametrize("end", [KeyboardInterrupt, CameraFailed("so it goes"), None])
def test_switched_off_on_every_way_out(server, limits, clock, sensor, end):
    try:
        with (
            Camera.open(server.address, 0, limits, clock) as camera,
            cooler_of(camera, Cooling(target=0.0, at_exit="off")) as cooler,
        ):
            cooler.cool()
            if end:
                raise end
    except (KeyboardInterrupt, CameraFailed):
        pass
    table = server.devices["camera"]
    assert (table["cooleron"], table["connected"]) == (False, False)


def test_warmed_up_along_the_ramp_before_it_is_switched_off(camera, server, clock, sensor):
    wanted = Cooling(target=-10.0, ramp=4.0, at_exit="warm up", warm_to=10.0)
    with cooler_of(camera, wanted) as cooler:
        cooler.cool()
        cold = clock.now()
    assert clock.now() - cold == pytest.approx(20 / 4 * 60, abs=20)
    assert not server.devices["camera"]["cooleron"]
    assert sensor.degrees == pytest.approx(10.0, abs=1.0)


def test_a_sensor_that_cannot_get_so_warm_is_switched_off_all_the_same(
    camera, server, clock, sensor
):
    wanted = Cooling(target=0.0, at_exit="warm up", warm_to=30.0, stall=60.0)
    sensor.rate = 0.001
    sensor.degrees = 0.0
    with cooler_of(camera, wanted) as cooler:
        cooler.cool()
    assert not server.devices["camera"]["cooleron"]


def test_an_exposure_is_not_left_running_while_the_sensor_warms_up(server, limits, clock, sensor):
    def interrupt(passed, whole):
        server.calls.clear()
        raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        Camera.open(server.address, 0, limits, clock) as camera,
        cooler_of(camera, Cooling(target=0.0, at_exit="warm up")) as cooler,
    ):
        cooler.cool()
        camera.expose(1000.0, light=False, progress=interrupt)
    put = [name for method, name, _ in server.calls if method == "PUT"]
    assert put[0] == "abortexposure"
    assert "setccdtemperature" in put[1:]


def test_a_second_signal_ends_the_warming_up(camera, server, clock, sensor, monkeypatch):
    with cooler_of(camera, Cooling(target=-10.0, at_exit="warm up")) as cooler:
        cooler.cool()
        cold = clock.now()
        monkeypatch.setattr(stopping._State, "arrived", 2)
    assert clock.now() == cold
    assert not server.devices["camera"]["cooleron"]


def test_a_cooler_that_cannot_be_left_does_not_hide_why_it_was_left(camera, server, sensor, caplog):
    server.always("ccdtemperature", error(0x400))
    with (
        pytest.raises(ZeroDivisionError),
        cooler_of(camera, Cooling(target=0.0, at_exit="off")) as cooler,
    ):
        cooler.cool()
        server.always("cooleron", drop)
        raise ZeroDivisionError
    assert "CoolerOn" in caplog.text


def _told(server):
    return server._always["ccdtemperature"].told
