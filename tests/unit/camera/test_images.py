"""The image over the wire: right side up, whole, in the camera's own type, or refused."""

import struct
import tracemalloc

import numpy as np
import pytest

from observatory.faults import DRIVER, drop, error, garbage, image, image_as_json, status
from observatory.misbehaving import misbehaving
from plateworks.camera.camera import DOWNLOAD_ATTEMPTS, Camera
from plateworks.camera.faults import CameraFailed, LostFrame


@pytest.fixture
def expose(camera, server):
    """Take one frame while every download is answered by the given fault."""

    def once(fault):
        server.always("imagearray", fault)
        return camera.expose(1.0, light=True).pixels

    return once


def test_a_marker_in_each_corner_of_an_oblong_sensor_stays_in_its_corner(camera):
    frame = camera.expose(1.0, light=True).pixels
    assert frame.shape == (8, 12)  # rows, columns of a sensor 12 wide and 8 high
    assert (frame[0, 0], frame[0, -1], frame[-1, 0]) == (1, 2, 3)


def test_on_the_wire_y_runs_fastest(expose, pixels):
    head = struct.pack("<11i", 1, 0, 0, 0, 44, 2, 8, 2, 12, 8, 0)
    body = b"".join(int(pixels[y, x]).to_bytes(2, "little") for x in range(12) for y in range(8))
    frame = expose(lambda request: request.send(head + body, "application/imagebytes"))
    np.testing.assert_array_equal(frame, pixels)


def test_pixels_may_begin_later_than_the_metadata_end(expose, pixels):
    head = struct.pack("<11i", 1, 0, 0, 0, 64, 2, 8, 2, 12, 8, 0)
    body = head + bytes(20) + pixels.T.tobytes()
    frame = expose(lambda request: request.send(body, "application/imagebytes"))
    np.testing.assert_array_equal(frame, pixels)


def test_an_image_of_unannounced_length_is_taken(expose, pixels):
    np.testing.assert_array_equal(expose(image(pixels, announced=False)), pixels)


def test_a_server_without_imagebytes_sends_text(expose, pixels):
    frame = expose(image_as_json(pixels))
    np.testing.assert_array_equal(frame, pixels)
    assert frame.dtype == np.uint16


MALFORMED = {
    "ended within the metadata": lambda p: image(p, keep=20),
    "ended before the pixels": lambda p: image(p, keep=44),
    "connection dropped in mid-download": lambda p: image(p, keep=100),
    "one byte missing": lambda p: image(p, keep=44 + p.nbytes - 1),
    "ended early, length unannounced": lambda p: image(p, keep=100, announced=False),
    "more than fits": lambda p: image(p, element=6),
    "more than fits, length unannounced": lambda p: image(p, element=6, announced=False),
    "dropped without an answer": lambda p: drop,
    "unknown version": lambda p: image(p, version=9),
    "unknown element type": lambda p: image(p, element=77),
    "pixels beginning in the metadata": lambda p: image(p, start=8),
    "pixels beginning before the metadata": lambda p: image(p, start=-4),
    "pixels beginning far away": lambda p: image(p, start=2**30),
    "one dimension": lambda p: image(p, rank=1),
    "absurd dimensions": lambda p: image(p, shape=(2**31 - 1, 2**31 - 1)),
    "negative dimensions": lambda p: image(p, shape=(-12, -8)),
    "width and height exchanged": lambda p: image(p, shape=(8, 12)),
    "another size": lambda p: image(p[:4]),
    "an error in the metadata": lambda p: image(p, error=DRIVER),
    "an error of the device": lambda p: error(DRIVER),
    "not JSON": lambda p: garbage,
    "HTTP 500": lambda p: status(500),
    "JSON of another size": lambda p: image_as_json(p[:4]),
    "ragged JSON": lambda p: image_as_json(p, Value=[[1, 2], [3]]),
    "JSON without pixels": lambda p: image_as_json(p, Value=None),
    "nested JSON": lambda p: lambda request: request.send(b"[" * 50_000),
    "JSON without end": lambda p: lambda request: request.send(b"[" * 10**6),
}


@pytest.mark.parametrize("fault", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_broken_image_is_asked_for_again_and_then_is_a_lost_frame(camera, server, pixels, fault):
    broken = fault(pixels)
    server.once("imagearray", broken)
    np.testing.assert_array_equal(camera.expose(1.0, light=True).pixels, pixels)
    server.once("imagearray", *[broken] * DOWNLOAD_ATTEMPTS)
    with pytest.raises(LostFrame):
        camera.expose(1.0, light=True)
    np.testing.assert_array_equal(camera.expose(1.0, light=True).pixels, pixels)


@pytest.mark.parametrize(
    ("fault", "clause"),
    [
        (lambda p: image(p.astype(float)), "double precision fractions"),
        (lambda p: image(p, rank=3), "debayered"),
        (lambda p: image_as_json(p, Rank=3), "debayered"),
        (lambda p: image_as_json(p, Value=(p.T / 2).tolist()), "not whole numbers"),
        (lambda p: image_as_json(p, Value=np.stack([p.T] * 3, axis=-1).tolist()), "debayered"),
    ],
)
def test_an_image_that_is_not_raw_ends_the_series(expose, pixels, fault, clause):
    with pytest.raises(CameraFailed, match=clause):
        expose(fault(pixels))


def test_an_absurd_size_takes_no_memory(expose, pixels):
    tracemalloc.start()
    try:
        with pytest.raises(LostFrame, match="2147483647 by 2147483647 pixels"):
            expose(image(pixels, shape=(2**31 - 1, 2**31 - 1)))
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()


def test_a_body_longer_than_the_image_is_not_read_to_its_end(expose, pixels):
    body = pixels.T.tobytes() + bytes(50_000_000)
    head = struct.pack("<11i", 1, 0, 0, 0, 44, 2, 8, 2, 12, 8, 0)

    def flood(request):
        request.handler.send_response(200)
        request.handler.send_header("Content-Type", "application/imagebytes")
        request.handler.send_header("Connection", "close")
        request.handler.end_headers()
        request.handler.close_connection = True
        request.handler.wfile.write(head + body)

    with pytest.raises(LostFrame, match="more came than fits"):
        expose(flood)


def test_a_transfer_that_trickles_ends_at_its_deadline(camera, server, pixels, clock):
    limit = camera.link.limits.download

    def trickle(request):
        request.handler.send_response(200)
        request.handler.send_header("Content-Type", "application/imagebytes")
        request.handler.send_header("Content-Length", str(44 + pixels.nbytes))
        request.handler.end_headers()
        body = struct.pack("<11i", 1, 0, 0, 0, 44, 2, 8, 2, 12, 8, 0) + pixels.T.tobytes()
        for byte in body:
            clock.sleep(2 * limit / len(body))
            request.handler.wfile.write(bytes([byte]))

    server.always("imagearray", trickle)
    with pytest.raises(LostFrame, match=f"longer than {limit:g} s"):
        camera.expose(1.0, light=True)


@pytest.mark.parametrize(
    ("sent", "max_adu", "kept"),
    [
        ("uint16", 65535, "uint16"),
        ("uint16", 4095, "uint16"),
        ("uint8", 65535, "uint16"),  # servers send the smallest type that holds the values
        ("uint8", 255, "uint8"),
        ("int16", 65535, "uint16"),
        ("int32", 65535, "uint16"),
        ("int32", 1_000_000, "int32"),
        ("uint16", 1_000_000, "int32"),
        ("uint32", 2**32 - 1, "uint32"),
        ("int32", None, "uint16"),
        ("int32", 2**31 - 1, "uint16"),
    ],
)
def test_frames_keep_the_type_of_the_camera_whatever_the_wire_has(
    clock, limits, sent, max_adu, kept
):
    frame = np.arange(96, dtype=sent).reshape(8, 12)
    if kept == "uint32":
        frame[0, 0] = 2**32 - 1
    with (
        misbehaving(frame, clock, camera={"maxadu": max_adu}) as server,
        Camera.open(server.address, 0, limits, clock) as camera,
    ):
        pixels = camera.expose(1.0, light=True).pixels
    assert pixels.dtype == np.dtype(kept)
    np.testing.assert_array_equal(pixels, frame)
