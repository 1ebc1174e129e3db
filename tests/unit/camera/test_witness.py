"""What makes a frame doubtful, beyond what the faults of whole series show."""

import numpy as np
import pytest

from observatory.faults import garbage, value
from plateworks.camera.panel import Panel
from plateworks.camera.witness import Witness


@pytest.fixture
def witness(camera):
    one = Witness([camera])
    one.note()
    return one


def noise(seed, mean=500):
    return np.random.default_rng(seed).normal(mean, 4, (8, 12)).clip(0, 65535).astype(np.uint16)


def test_images_that_differ_in_one_pixel_are_two(witness):
    first = noise(1)
    second = first.copy()
    second[3, 4] += 1
    assert [witness.doubt(image) for image in (first, second, first)] == ["", "", ""]


@pytest.mark.parametrize("value", [0, 65535])
def test_frames_without_light_or_full_all_over_may_well_be_the_same(witness, value):
    frame = np.full((8, 12), value, np.uint16)
    frame[0, :3] = 0  # dead
    assert [witness.doubt(frame) for _ in range(2)] == ["", ""]


def test_what_was_not_told_before_is_not_missed(server, camera):
    server.devices["camera"]["gain"] = None
    witness = Witness([camera])
    witness.note()
    server.devices["camera"]["gain"] = 120
    assert witness.doubt(noise(1)) == ""


def test_all_that_changed_is_named_with_its_device(server, camera, limits, clock):
    with Panel.open(server.address, 0, limits, clock) as panel:
        witness = Witness([camera, panel])
        witness.note()
        server.devices["camera"].update(gain=7, offset=8)
        server.devices["covercalibrator"]["coverstate"] = 3
        assert witness.doubt(noise(1)) == (
            f"camera 0 at {server.address}: Gain 100, now 7, Offset 10, now 8; "
            f"covercalibrator 0 at {server.address}: CoverState Closed, now Open"
        )


def test_a_server_without_a_list_of_devices_is_asked_for_it_once(server, camera):
    server.always("configureddevices", garbage)
    witness = Witness([camera])
    witness.note()
    assert [witness.doubt(noise(seed)) for seed in (1, 2)] == ["", ""]
    assert server.count("configureddevices", "GET") == 1


def test_a_list_that_is_gone_makes_a_doubt(server, camera):
    listed = [{"DeviceType": "Camera", "DeviceNumber": 0, "DeviceName": "x", "UniqueID": "c-1"}]
    server.always("configureddevices", value(listed))
    witness = Witness([camera])
    witness.note()
    server.once("configureddevices", garbage)
    assert "UniqueID c-1, now not told" in witness.doubt(noise(1))
    assert witness.doubt(noise(2)) == ""


def test_what_another_program_set_is_set_back_also_where_nothing_was_configured(server, camera):
    witness = Witness([camera])
    witness.note()
    server.devices["camera"].update(gain=7, readoutmode=1)
    assert witness.doubt(noise(1))
    witness.restore()
    assert (server.devices["camera"]["gain"], server.devices["camera"]["readoutmode"]) == (100, 0)
    assert witness.doubt(noise(2)) == ""
