"""Signals: whatever ends a series, the devices are left safe."""

import os
import signal
import threading

import pytest

from blocked import blocked
from observatory.misbehaving import misbehaving
from plateworks.camera.camera import Camera
from plateworks.camera.panel import Panel
from plateworks.stopping import guarded

SERIES = """
import sys
from plateworks.camera.camera import Camera
from plateworks.camera.cooling import Cooler
from plateworks.camera.panel import Panel
from plateworks.settings.cooling import Cooling
from plateworks.stopping import guarded

address = sys.argv[1]
plan = Cooling(target=12.0, settle=0.0, at_exit="off")
with (
    guarded(),
    Camera.open(address, 0) as camera,
    Cooler(camera, plan) as cooler,
    Panel.open(address, 0) as panel,
):
    cooler.cool()
    panel.light(50)
    print("ready", flush=True)
    camera.expose(1000.0, light=True)
"""


@pytest.fixture
def live(pixels):
    """A server by the true clock, since another process talks to it."""
    with misbehaving(pixels) as one:
        yield one


@pytest.fixture
def series(live):
    """A process in the midst of an exposure, with the panel lit and the cooler on."""
    with blocked(["-c", SERIES, live.address]) as process:
        assert process.stdout.readline() == "ready\n"
        live.await_call("startexposure")
        assert live.devices["camera"]["cooleron"]
        assert live.devices["covercalibrator"]["brightness"] == 50
        yield process


def _assert_safe(server) -> None:
    assert server.count("abortexposure") == 1
    assert server.devices["covercalibrator"]["brightness"] == 0
    assert not server.devices["camera"]["cooleron"]
    assert not server.devices["camera"]["connected"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_the_midst_of_an_exposure_leaves_all_devices_safe(live, series, number):
    series.send_signal(number)
    assert series.wait(20) == 128 + number
    _assert_safe(live)


def test_signals_that_follow_do_not_break_off_the_way_out(live, series):
    leaving, go_on = threading.Event(), threading.Event()

    def slowly(request):
        leaving.set()
        go_on.wait(10)
        live.devices["covercalibrator"].update(calibratorstate=1, brightness=0)
        request.send_value(None)

    live.once("calibratoroff", slowly)
    series.send_signal(signal.SIGTERM)
    assert leaving.wait(20)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
        series.send_signal(number)
    go_on.set()
    assert series.wait(20) == 128 + signal.SIGTERM
    _assert_safe(live)


def test_after_a_kill_the_next_start_ends_what_still_runs(live, series):
    series.kill()
    series.wait(20)
    assert live.count("abortexposure") == 0
    with Camera.open(live.address, 0) as camera:
        assert live.count("abortexposure") == 1
        assert camera.expose(0.01, light=False).pixels.shape == (8, 12)


def test_a_signal_while_a_series_ends_by_itself_does_not_break_off_the_way_out(live):
    def signal_while_it_goes_out(request):
        os.kill(os.getpid(), signal.SIGTERM)
        live.devices["covercalibrator"].update(calibratorstate=1, brightness=0)
        request.send_value(None)

    with (
        pytest.raises(SystemExit) as end,
        guarded(),
        Panel.open(live.address, 0) as panel,
    ):
        panel.light(50)
        live.once("calibratoroff", signal_while_it_goes_out)
    assert end.value.code == 128 + signal.SIGTERM
    assert live.devices["covercalibrator"]["brightness"] == 0
    assert not live.devices["covercalibrator"]["connected"]
