"""Filter wheels and panels: what moves arrives, what is lit goes out."""

import pytest

from observatory.faults import error, value
from observatory.misbehaving import misbehaving
from plateworks.camera.faults import CameraFailed
from plateworks.camera.panel import Panel
from plateworks.camera.wheel import Wheel
from plateworks.errors import ConfigError


@pytest.fixture
def wheel(server, limits, clock):
    with Wheel.open(server.address, 0, limits, clock) as one:
        yield one


@pytest.fixture
def panel(server, limits, clock):
    with Panel.open(server.address, 0, limits, clock) as one:
        yield one


def test_a_filter_is_found_by_its_name_in_any_case(wheel, server):
    assert wheel.names == ("L", "Ha")
    assert wheel.select(" ha") == "Ha"
    assert server.devices["filterwheel"]["position"] == 1
    assert wheel.current() == "Ha"


def test_a_wheel_that_is_there_does_not_move(wheel, server):
    wheel.select("L")
    assert server.count("position") == 0


def test_a_wheel_that_somebody_moves_is_opened_when_it_stands(server, limits, clock):
    server.once("position", value(-1), value(-1))
    with Wheel.open(server.address, 0, limits, clock) as wheel:
        assert wheel.standing()["Position"] == 0


def test_a_moving_wheel_is_waited_for(wheel, server):
    server.once("position", value(-1), value(-1), value(0))
    assert wheel.current() is None
    assert wheel.select("Ha") == "Ha"


def test_a_wheel_that_never_arrives_is_given_up(wheel, server, clock):
    server.always("position", value(-1))
    began = clock.now()
    with pytest.raises(CameraFailed, match="not stopped moving after 70 s"):
        wheel.select("Ha")
    assert clock.now() - began >= 70


def test_a_wheel_that_stops_elsewhere_is_found_out(wheel, server):
    server.always("position", value(0))
    with pytest.raises(CameraFailed, match=r"sent to 'Ha' .* stopped at position 0"):
        wheel.select("Ha")


@pytest.mark.parametrize(
    ("names", "clause"), [(["L", "Ha"], "has not; it has L, Ha"), (["R", "r"], "more than once")]
)
def test_a_filter_that_is_not_in_the_wheel_is_refused(pixels, limits, clock, names, clause):
    with (
        misbehaving(pixels, clock, filterwheel={"names": names}) as server,
        Wheel.open(server.address, 0, limits, clock) as wheel,
        pytest.raises(ConfigError, match=clause),
    ):
        wheel.select("R")


def test_a_lit_panel_goes_out_on_every_way_out(server, limits, clock):
    with (
        pytest.raises(KeyboardInterrupt),
        Panel.open(server.address, 0, limits, clock) as panel,
    ):
        panel.light(40)
        assert server.devices["covercalibrator"]["brightness"] == 40
        raise KeyboardInterrupt
    table = server.devices["covercalibrator"]
    assert (table["calibratorstate"], table["brightness"], table["connected"]) == (1, 0, False)


def test_a_panel_that_a_killed_run_left_lit_goes_out_at_the_next_start(server, limits, clock):
    Panel.open(server.address, 0, limits, clock).light(40)
    Panel.open(server.address, 0, limits, clock)
    assert server.devices["covercalibrator"]["brightness"] == 0


def test_a_panel_is_waited_for(panel, server):
    server.once("calibratorstate", value(2), value(2))
    panel.light(10)
    assert not server._once["calibratorstate"]


@pytest.mark.parametrize(
    ("state", "clause"), [(5, "reports an error"), (2, "not ready after 70 s")]
)
def test_a_panel_that_does_not_light_is_given_up(panel, server, state, clause):
    server.always("calibratorstate", value(state))
    with pytest.raises(CameraFailed, match=clause):
        panel.light(10)
    server.heal("calibratorstate")


def test_a_panel_that_shines_otherwise_is_found_out(panel, server):
    server.always("brightness", value(99))
    with pytest.raises(CameraFailed, match="brightness 10 and answers 99"):
        panel.light(10)


@pytest.mark.parametrize("brightness", [-1, 101])
def test_a_brightness_beyond_the_panels_is_refused(panel, brightness):
    with pytest.raises(ConfigError, match="from 0 to 100"):
        panel.light(brightness)


def test_a_cover_opens_and_closes(panel, server):
    panel.open_cover()
    assert server.devices["covercalibrator"]["coverstate"] == 3
    assert panel.close_cover()
    assert server.devices["covercalibrator"]["coverstate"] == 1


def test_a_cover_that_jams_is_given_up(panel, server):
    server.once("coverstate", value(1), value(2))
    server.always("coverstate", value(5))
    with pytest.raises(CameraFailed, match="wanted: its cover open"):
        panel.open_cover()


def test_a_light_without_a_cover_and_a_cover_without_a_light(pixels, limits, clock):
    with misbehaving(pixels, clock, covercalibrator={"coverstate": 0}) as server:
        with Panel.open(server.address, 0, limits, clock) as panel:
            assert not panel.close_cover()
            panel.open_cover()
            panel.light(5)
        assert server.count("opencover") + server.count("closecover") == 0
    bare = {"calibratorstate": 0, "brightness": None, "maxbrightness": None}
    with (
        misbehaving(pixels, clock, covercalibrator=bare) as server,
        Panel.open(server.address, 0, limits, clock) as panel,
    ):
        assert panel.close_cover()
        with pytest.raises(ConfigError, match="has no light"):
            panel.light(5)
    assert server.count("calibratoroff") == 0


def test_a_light_that_cannot_be_put_out_is_told(server, limits, clock, caplog):
    with Panel.open(server.address, 0, limits, clock) as panel:
        panel.light(5)
        server.always("calibratoroff", error(0x500, "lamp stuck"))
    assert "lamp stuck" in caplog.text
    assert not server.devices["covercalibrator"]["connected"]
