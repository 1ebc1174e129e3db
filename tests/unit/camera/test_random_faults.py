"""Faults at random: every frame is right or lost, whatever the server does."""

import random

import numpy as np
import pytest

from observatory.faults import DRIVER, drop, error, garbage, image, status, value
from plateworks.camera.camera import Camera
from plateworks.camera.faults import CameraFailed, LostFrame

FRAMES = 25
ASKED = (
    "connected", "camerastate", "imageready", "imagearray", "startexposure", "abortexposure",
    "ccdtemperature", "setccdtemperature", "binx", "numx", "gain",
)  # fmt: skip


def faults(pixels):
    return [
        drop,
        garbage,
        status(500),
        error(DRIVER),
        error(0x407, "not connected"),
        value("nonsense"),
        value(None),
        value(77),
        image(pixels, keep=100),
        image(pixels, shape=(10**6, 10**6)),
    ]


@pytest.mark.parametrize("seed", range(6))
def test_every_frame_is_right_or_lost(server, limits, clock, pixels, seed):
    chance = random.Random(seed)
    kept = lost = 0
    while kept + lost < FRAMES:
        try:
            with Camera.open(server.address, 0, limits, clock) as camera:
                camera.configure(gain=100)
                while kept + lost < FRAMES:
                    for _ in range(chance.randrange(4)):
                        if chance.random() < 0.05:
                            server.once(
                                "imageready", lambda request: (drop(request), server.restart())
                            )
                        server.once(chance.choice(ASKED), chance.choice(faults(pixels)))
                    try:
                        frame = camera.expose(chance.uniform(0, 20), light=True)
                        np.testing.assert_array_equal(frame.pixels, pixels)
                        kept += 1
                    except LostFrame:
                        lost += 1
        except CameraFailed:
            lost += 1
            server._once.clear()
    assert kept > FRAMES / 4
