"""Exposing with a camera that works, and with one that does not."""

import logging
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from observatory.faults import DRIVER, INVALID_OPERATION, drop, error, garbage, image, status, value
from observatory.misbehaving import CAMERA_ERROR, misbehaving
from plateworks.camera.camera import Camera
from plateworks.camera.faults import CameraFailed, LostFrame
from plateworks.errors import ConfigError


def test_a_frame_comes_rows_first_with_what_belongs_to_it(camera, pixels):
    before = datetime.now(UTC)
    exposure = camera.expose(2.0, light=True)
    np.testing.assert_array_equal(exposure.pixels, pixels)
    assert exposure.pixels.flags.c_contiguous
    assert exposure.pixels.dtype == np.uint16
    assert before <= exposure.start <= before + timedelta(seconds=60)
    assert (exposure.seconds, exposure.light) == (2.0, True)
    assert (exposure.temperature, exposure.set_temperature) == (12.0, 12.0)
    assert exposure.full_range == 65535


@pytest.mark.parametrize("light", [True, False])
def test_the_shutter_is_asked_for_as_the_frame_needs_it(camera, server, light):
    camera.expose(0.5, light=light)
    [values] = [values for _, name, values in server.calls if name == "startexposure"]
    assert values == {"Duration": "0.5", "Light": str(light)}


def test_progress_ends_at_the_whole_exposure(camera):
    told = []
    camera.expose(3.0, light=True, progress=lambda passed, whole: told.append((passed, whole)))
    assert told[0][0] < 1.0
    assert told[-1] == (3.0, 3.0)
    assert told == sorted(told)


def test_an_error_state_loses_the_frame_and_the_next_one_comes(camera, server, pixels):
    server.once("camerastate", value(0), value(CAMERA_ERROR))
    with pytest.raises(LostFrame, match="CameraState 5"):
        camera.expose(1.0, light=True)
    assert server.count("abortexposure") == 1
    np.testing.assert_array_equal(camera.expose(1.0, light=True).pixels, pixels)


def test_an_error_state_that_stays_ends_the_series(camera, server):
    server.once("camerastate", value(0))
    server.always("camerastate", value(CAMERA_ERROR))
    with pytest.raises(CameraFailed, match=r"not come to rest .*CameraState 5"):
        camera.expose(1.0, light=True)


def test_an_image_that_is_never_ready_loses_the_frame_at_the_deadline(camera, server, clock):
    server.always("imageready", value(False))
    began = clock.now()
    with pytest.raises(LostFrame, match="ImageReady false"):
        camera.expose(5.0, light=True)
    limits = camera.link.limits
    assert clock.now() - began == pytest.approx(5 + limits.readout + limits.margin, abs=2)
    assert server.count("abortexposure") == 1


def test_an_image_left_from_before_is_not_taken_for_this_one(camera, server, clock):
    server.always("imageready", value(True))
    began = clock.now()
    camera.expose(5.0, light=True)
    assert clock.now() - began >= 5.0


def test_a_refused_start_loses_the_frame(camera, server):
    server.once("startexposure", error(INVALID_OPERATION, "still reading"))
    with pytest.raises(LostFrame, match="still reading"):
        camera.expose(1.0, light=True)


def test_a_start_without_answer_is_not_repeated(camera, server):
    server.once("startexposure", drop)
    with pytest.raises(LostFrame, match="did not answer StartExposure"):
        camera.expose(1.0, light=True)
    assert server.count("startexposure") == 1


@pytest.mark.parametrize("fault", [drop, garbage], ids=["dropped", "garbled"])
def test_one_lost_answer_costs_nothing(camera, server, pixels, fault):
    server.once("camerastate", fault)
    server.once("imageready", fault, fault)
    np.testing.assert_array_equal(camera.expose(1.0, light=True).pixels, pixels)


@pytest.mark.parametrize("name", ["imageready", "camerastate"])
def test_a_driver_error_while_waiting_loses_the_frame(camera, server, name):
    before = [value(0)] if name == "camerastate" else []
    server.once(name, *before, error(DRIVER, "USB"))
    with pytest.raises(LostFrame, match="USB"):
        camera.expose(1.0, light=True)


def test_an_abort_that_is_refused_during_readout_is_waited_for(camera, server):
    server.once("imageready", error(DRIVER, "USB"))
    server.once("abortexposure", error(INVALID_OPERATION, "reading out"))
    with pytest.raises(LostFrame):
        camera.expose(1.0, light=True)


def test_a_server_that_comes_back_empty_loses_the_frame_and_is_set_again(camera, server, pixels):
    camera.configure(gain=250, subframe=(2, 1, 6, 4))

    def vanish(request):
        drop(request)
        server.restart()

    server.once("camerastate", value(0), vanish)
    with pytest.raises(LostFrame, match="came back without the exposure"):
        camera.expose(10.0, light=True)
    again = camera.expose(1.0, light=True)
    np.testing.assert_array_equal(again.pixels, pixels[1:5, 2:8])
    assert server.devices["camera"]["gain"] == 250
    assert server.devices["camera"]["connected"]


def test_a_server_that_stays_away_ends_the_series_with_a_sentence(server, limits, clock):
    with pytest.raises(CameraFailed, match=r"not answered .* for 60 s .*capture\.address"):  # noqa: SIM117
        with Camera.open(server.address, 0, limits, clock) as camera:
            began = clock.now()
            server.once("imageready", lambda request: (drop(request), server.stop()))
            camera.expose(1.0, light=True)
    assert clock.now() - began < 90, "leaving waits for the server a second time"


def test_an_exposure_is_aborted_on_every_way_out(server, limits, clock):
    def interrupt(passed, whole):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Camera.open(server.address, 0, limits, clock) as camera:
        camera.expose(100.0, light=True, progress=interrupt)
    assert server.count("abortexposure") == 1
    assert not server.devices["camera"]["connected"]


def test_what_a_killed_run_left_exposing_is_aborted_at_the_next_start(server, limits, clock):
    server.calls.clear()
    camera = Camera.open(server.address, 0, limits, clock)
    camera.link.call("StartExposure", 1000.0, True)
    with Camera.open(server.address, 0, limits, clock) as later:
        assert server.count("abortexposure") == 1
        later.expose(1.0, light=False)


def test_a_camera_that_was_connected_stays_connected(server, limits, clock):
    server.devices["camera"]["connected"] = True
    with Camera.open(server.address, 0, limits, clock):
        pass
    assert server.devices["camera"]["connected"]


def test_a_camera_without_a_thermometer_still_exposes(pixels, limits, clock):
    bare = dict.fromkeys(("ccdtemperature", "setccdtemperature", "coolerpower"))
    changes = bare | {"cansetccdtemperature": False}
    with (
        misbehaving(pixels, clock, camera=changes) as server,
        Camera.open(server.address, 0, limits, clock) as camera,
    ):
        assert not camera.abilities.has_temperature
        exposure = camera.expose(1.0, light=True)
    told = exposure.temperature, exposure.set_temperature, exposure.cooler_power
    assert told == (None, None, None)


def test_an_exposure_that_the_camera_cannot_make_is_refused_before_it_starts(camera, server):
    with pytest.raises(ConfigError, match="at most 3600 s"):
        camera.expose(4000.0, light=True)
    assert server.count("startexposure") == 0


@pytest.mark.parametrize("wrong", [255, 0, -1, 2**31 - 1, None])
def test_a_wrong_maxadu_is_not_believed(pixels, limits, clock, wrong):
    with (
        misbehaving(pixels, clock, camera={"maxadu": wrong}) as server,
        Camera.open(server.address, 0, limits, clock) as camera,
    ):
        exposure = camera.expose(1.0, light=True)
    assert exposure.full_range == np.iinfo(exposure.pixels.dtype).max
    np.testing.assert_array_equal(exposure.pixels, pixels)


def test_a_camera_that_cannot_abort_is_told_to_be_waited_for(pixels, limits, clock):
    with misbehaving(pixels, clock, camera={"canabortexposure": False}) as server:
        Camera.open(server.address, 0, limits, clock).link.call("StartExposure", 600.0, True)
        with pytest.raises(CameraFailed, match="cannot abort: wait for the end"):
            Camera.open(server.address, 0, limits, clock)


def test_a_server_that_dies_after_the_download_costs_no_frame(server, limits, clock, pixels):
    def deliver_and_die(request):
        image(pixels)(request)
        server.stop()

    server.once("imagearray", deliver_and_die)
    with Camera.open(server.address, 0, limits, clock) as camera:
        np.testing.assert_array_equal(camera.expose(1.0, light=True).pixels, pixels)


def test_a_busy_server_is_asked_again(camera, server, caplog):
    server.once("camerastate", drop, drop)
    with caplog.at_level(logging.WARNING):
        camera.expose(1.0, light=True)
    assert "no answer to CameraState" in caplog.text


def test_an_http_error_is_an_answer_of_the_device(camera, server):
    server.once("imageready", status(500))
    with pytest.raises(LostFrame, match="500"):
        camera.expose(1.0, light=True)
