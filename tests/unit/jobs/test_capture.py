"""What the camera is told, and where the tables of a capture lie."""

import re

from frames import settings
from plateworks.jobs.capture import Capture
from plateworks.orders.capture import CaptureOrder
from plateworks.records import record_of


def test_frames_belong_to_the_night_that_is_set_else_to_the_present_one():
    assert Capture.of(settings("raw", capture={"session": "20250815"})).night == "20250815"
    assert re.fullmatch(r"\d{8}", Capture.of(settings("raw")).night)


def test_an_order_is_one_that_the_camera_takes():
    given = settings("raw", capture={"session": "20250815"})
    order = record_of(CaptureOrder, Capture.of(given).order("darks"), "The order")
    assert order == CaptureOrder(
        target="darks", night="20250815", capture=given.capture, site=given.site
    )


def test_tables_lie_below_the_results():
    capture = Capture.of(settings("raw", "there", capture={"session": "20250815"}))
    assert capture.table == "there/capture/20250815/frames.csv"
    assert capture.devices == "there/capture/devices.yaml"
