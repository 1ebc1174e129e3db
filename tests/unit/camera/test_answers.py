"""Servers whose answers are not quite those of the reference are used like all others."""

import json

import numpy as np
import pytest

from observatory.faults import NOT_IMPLEMENTED, error, image, image_as_json, value
from plateworks.camera.answers import DRIVER_ERROR, in_alpaca_form
from plateworks.camera.camera import Camera
from plateworks.camera.connection import Link
from plateworks.camera.discovery import discover
from plateworks.camera.faults import NotOffered, Refused


def bare(answer):
    """Say of errors only where there is one."""
    return answer if answer.get("ErrorNumber") else {"Value": answer.get("Value")}


def without_number(answer):
    return {key: one for key, one in answer.items() if key != "ErrorNumber" or one}


def lower(answer):
    return {key.lower(): one for key, one in answer.items()}


def shouted(answer):
    return {key.upper(): one for key, one in answer.items()}


def as_text(answer):
    return (
        answer | {"ErrorNumber": hex(answer["ErrorNumber"])} if "ErrorNumber" in answer else answer
    )


def nothing(answer):
    number = answer.get("ErrorNumber") or None
    return answer | {"ErrorNumber": number, "ErrorMessage": answer.get("ErrorMessage") or None}


FORMS = [bare, without_number, lower, shouted, as_text, nothing, lambda a: lower(bare(a))]


@pytest.fixture(params=FORMS)
def odd(request, server):
    server.form = request.param
    return server


def test_a_camera_is_opened_set_and_exposed_whatever_form_the_answers_have(
    odd, limits, clock, pixels
):
    with Camera.open(odd.address, 0, limits, clock) as camera:
        assert camera.name == "Moody Camera"
        assert camera.abilities.max_adu == 65535
        assert np.array_equal(camera.expose(1.0, light=True).pixels, pixels)
        odd.always("imagearray", image_as_json(pixels))
        assert np.array_equal(camera.expose(1.0, light=True).pixels, pixels)


def test_an_error_is_one_in_any_form(odd, limits, clock):
    link = Link("camera", odd.address, 0, limits, clock)
    odd.always("gain", error(0x40B, "not while it exposes"))
    with pytest.raises(Refused, match="not while it exposes"):
        link.read("Gain")
    odd.always("offset", error(NOT_IMPLEMENTED))
    with pytest.raises(NotOffered):
        link.read("Offset")


def test_a_list_of_devices_in_small_letters_is_read(server):
    listed = [{"devicetype": "camera", "devicenumber": 0, "devicename": "Moody Camera"}]
    server.always("configureddevices", value(listed))
    server.form = lower
    [found] = discover([server.address], list)
    assert (found.kind, found.name, found.problem) == ("camera", "Moody Camera", "")
    assert server.count("name", "GET") == 1  # no number was tried


def test_an_answer_without_a_value_is_still_none(server, limits, clock):
    server.form = lambda answer: {}
    with pytest.raises(Refused, match="in a form that is not Alpaca's"):
        Link("camera", server.address, 0, limits, clock).read("Gain")


@pytest.mark.parametrize(
    ("message", "number"),
    [("", 0), ("OK", 0), ("Success.", 0), (None, 0), ("the shutter is stuck", DRIVER_ERROR)],
)
def test_a_message_without_a_number_is_an_error_unless_it_says_that_all_is_well(message, number):
    assert in_alpaca_form({"Value": 1, "ErrorMessage": message})["ErrorNumber"] == number


def test_a_number_of_an_error_that_is_none_is_no_answer():
    with pytest.raises(ValueError, match="many"):
        in_alpaca_form(json.loads('{"ErrorNumber": "many"}'))


@pytest.mark.parametrize("sent", [np.int16, np.int32])
@pytest.mark.parametrize("text", [False, True])
def test_a_bright_flat_that_comes_as_signed_is_bright(camera, server, pixels, sent, text):
    bright = (pixels.astype(np.uint32) + 40000).astype(np.uint16)
    came = bright.view(np.int16).astype(sent)
    kind = {"Type": 1} if sent is np.int16 else {}
    server.always("imagearray", image_as_json(came, **kind) if text else image(came))
    exposure = camera.expose(1.0, light=True)
    assert np.array_equal(exposure.pixels, bright)
    assert (exposure.pixels.dtype, exposure.full_range) == (np.uint16, 65535)
