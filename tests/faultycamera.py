"""Every way in which a camera and its server are made to fail, by name, and what is to come of it.

A fault of :data:`FAULTS` is arranged before a series (:mod:`camerastage`), or comes with one
exposure of it.  Whatever happens, each frame that is kept is a true one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from brokenhttp import ANSWER, BOMB, CHUNKED, WHOLE, chunks, hang, raw, redirect, sent, trickle
from camerastage import LISTED, Stage
from observatory.faults import (
    DRIVER,
    ELEMENTS,
    INVALID_OPERATION,
    NOT_IMPLEMENTED,
    Fault,
    drop,
    error,
    garbage,
    image,
    image_as_json,
    status,
    value,
)
from observatory.misbehaving import CAMERA_ERROR


class Kind(NamedTuple):
    """A kind of fault.

    Attributes
    ----------
    arrange : function
        Arranges it on a stage.
    said : str
        A pattern of what a person is told.
    ends : bool
        Whether the series cannot be completed.
    aside : int
        How many frames are set aside at least.
    """

    arrange: Callable[[Stage], None]
    said: str
    ends: bool = False
    aside: int = 0


def once(name: str, fault: Callable[[Stage], Fault], exposure: int = 3, times: int = 1):
    """Arrange a fault for the next answers to a name, from an exposure on."""

    def arrange(stage: Stage) -> None:
        def act() -> None:
            stage.server.once(name, *[fault(stage)] * times)

        stage.at(exposure, act)

    return arrange


def always(name: str, fault: Callable[[Stage], Fault], exposure: int = 0):
    """Arrange a fault for every answer to a name, from an exposure on, or from the beginning."""

    def arrange(stage: Stage) -> None:
        def act() -> None:
            stage.server.always(name, fault(stage))

        stage.at(exposure, act) if exposure else act()

    return arrange


def changed(kind: str, exposure: int = 3, **values: Any):
    """Arrange that somebody else sets a device otherwise during an exposure."""

    def arrange(stage: Stage) -> None:
        stage.at(exposure, lambda: stage.server.devices[kind].update(values))

    return arrange


def restarted(stage: Stage) -> None:
    """The server is restarted in the midst of an exposure: nothing is connected or set."""
    cover = {"coverstate": 3}  # which nobody moved

    def act() -> None:
        stage.server.forget()
        stage.server.devices["covercalibrator"].update(cover)

    stage.at(3, act)


def restarted_alike(stage: Stage) -> None:
    """The server is restarted and has all set as before, but the exposure is gone."""

    def act() -> None:
        before = {kind: dict(table) for kind, table in stage.server.devices.items()}
        stage.server.forget()
        stage.server.devices.update(before)

    stage.at(3, act)


def restarted_with_an_image(stage: Stage) -> None:
    """The server is restarted, has all set as before, and an image ready."""
    restarted_alike(stage)
    stage.at(3, lambda: stage.server.always("imageready", value(True)))


def same_image(stage: Stage) -> None:
    """The image of the exposure before comes once more."""
    stage.at(3, lambda: stage.server.once("imagearray", lambda r: image(stage.last)(r)))


def vanished(stage: Stage) -> None:
    """The server is gone."""
    stage.at(3, lambda: stage.server.once("camerastate", lambda r: (drop(r), stage.server.stop())))


def image_of(**how: Any) -> Callable[[Stage], Fault]:
    """Return a fault that answers with a new image, told or sent wrongly."""
    return lambda stage: lambda request: image(stage.draw(), **how)(request)


def answered(**answer: Any) -> Callable[[Stage], Fault]:
    return lambda _: lambda request: request.send_answer(answer)


def text_of(body: bytes) -> Callable[[Stage], Fault]:
    return lambda _: lambda request: request.send(body)


def told(fault: Fault) -> Callable[[Stage], Fault]:
    return lambda _: fault


_UNREADABLE = "form that is not Alpaca's|no answer to|broke off|retaken"


FAULTS: dict[str, Kind] = {
    # time, size, depth, and where an answer comes from
    "a byte each half second": Kind(
        once("camerastate", lambda s: trickle(s, WHOLE)), "took longer than 0.4 s"
    ),
    "a header that trickles": Kind(
        once("camerastate", lambda s: trickle(s, b"HTTP/1.1 200 OK\r\nX: " + b"x" * 99)),
        "took longer than 0.4 s",
    ),
    "every answer trickles": Kind(
        always("camerastate", lambda s: trickle(s, WHOLE), 3), "has not answered CameraState", True
    ),
    "an image that trickles": Kind(
        once("imagearray", lambda s: trickle(s, WHOLE)), "took longer than 1 s"
    ),
    "a property of 2 MB": Kind(
        once("imageready", text_of(ANSWER + b" " * (1 << 21))), "longer than 1048576 bytes"
    ),
    "a property without end": Kind(
        once("imageready", lambda s: chunks(s, 200)), "longer than 1048576 bytes"
    ),
    "a header of 2 MB": Kind(
        once("camerastate", lambda s: raw(s, sent(ANSWER, *[f"X: {'x' * 60_000}"] * 35))),
        "longer than 1048576 bytes",
    ),
    "continue, a hundred thousand times": Kind(
        once("camerastate", lambda s: raw(s, *[b"HTTP/1.1 100 Continue\r\n\r\n" * 1000] * 100)),
        "longer than 1048576 bytes",
    ),
    "an image without end": Kind(once("imagearray", lambda s: chunks(s, 200)), "more text than"),
    "a piece that claims to be of 2**60 bytes": Kind(
        once("imageready", lambda s: raw(s, sent(b"F" * 15 + b"\r\nx", CHUNKED))),
        "no answer to ImageReady",
    ),
    "JSON of great depth": Kind(once("ccdtemperature", text_of(b"[" * 500_000)), "no answer to"),
    "an image of great depth": Kind(once("imagearray", text_of(b"[" * 30_000)), "not readable"),
    "packed to burst": Kind(
        once("camerastate", lambda s: raw(s, sent(BOMB, "Content-Encoding: gzip"))), "is packed"
    ),
    "an image packed to burst": Kind(
        once("imagearray", lambda s: raw(s, sent(BOMB, "Content-Encoding: gzip"))), "is packed"
    ),
    "a property elsewhere": Kind(
        once("camerastate", lambda s: redirect(301, s)), "301, to ask elsewhere, which is not done"
    ),
    "a method elsewhere": Kind(
        once("startexposure", lambda s: redirect(307, s), 2), "307, to ask elsewhere"
    ),
    "an image elsewhere": Kind(once("imagearray", lambda s: redirect(302, s)), "HTTP status 302"),
    # connections
    "one hang": Kind(once("imageready", hang), "no answer to ImageReady"),
    "a hang for good": Kind(always("imageready", hang, 3), "has not answered ImageReady", True),
    "one connection dropped": Kind(once("camerastate", told(drop)), "no answer to CameraState"),
    "a start without answer": Kind(once("startexposure", told(drop), 2), "did not answer StartExp"),
    "a server that is gone": Kind(vanished, "Is its server running", True),
    "no HTTP": Kind(once("camerastate", lambda s: raw(s, b"220 ready\r\n\r\n")), "no answer to"),
    "two lengths": Kind(
        once("camerastate", lambda s: raw(s, sent(ANSWER, "Content-Length: 9, 50"))), "no answer to"
    ),
    "a body shorter than its length": Kind(
        once("camerastate", lambda s: raw(s, sent(ANSWER, "Content-Length: 500"))), "no answer to"
    ),
    # answers
    "HTTP 500": Kind(once("imageready", told(status(500))), "HTTP status 500"),
    "HTTP 400": Kind(once("imageready", told(status(400))), "HTTP status 400"),
    "HTTP 500 for good": Kind(
        always("imageready", told(status(500)), 3), "4 frames in a row.* HTTP status 500", True
    ),
    "HTTP 204": Kind(once("imageready", told(status(204))), "HTTP status 204"),
    "no JSON": Kind(once("camerastate", told(garbage)), "no answer to CameraState"),
    "a list": Kind(once("camerastate", text_of(b"[1, 2]")), "no answer to CameraState"),
    "null": Kind(once("camerastate", text_of(b"null")), "no answer to CameraState"),
    "no UTF-8": Kind(once("camerastate", text_of(b'{"Value": "\xff\xfe"}')), "no answer to Cam"),
    "a number of 5000 digits": Kind(
        once("camerastate", text_of(b'{"Value": ' + b"9" * 5000 + b"}")), "no answer to CameraState"
    ),
    "no value": Kind(once("imageready", answered(ErrorNumber=0)), "no answer to ImageReady"),
    "the answer to another request": Kind(
        once("camerastate", answered(Value=0, ErrorNumber=0, ClientTransactionID=77_777)),
        "it answers request 77777",
    ),
    "the answers to other requests": Kind(
        always("imageready", answered(Value=True, ErrorNumber=0, ClientTransactionID=77_777), 3),
        "4 frames in a row.*it answers request 77777",
        True,
    ),
    "the image of another request": Kind(
        once("imagearray", image_of(client=77_777)), "not the one that was asked for"
    ),
    "the image of another request as text": Kind(
        once(
            "imagearray",
            lambda s: lambda r: image_as_json(s.draw(), ClientTransactionID=77_777)(r),
        ),
        "not the one that was asked for",
    ),
    "NaN for a temperature": Kind(
        once("ccdtemperature", text_of(b'{"Value": NaN, "ErrorNumber": 0}')), "complete"
    ),
    "a word for a temperature": Kind(once("ccdtemperature", told(value("cold"))), "complete"),
    "a word for a state": Kind(once("camerastate", told(value("idle"))), "no answer to Camera"),
    "a state that does not exist": Kind(once("camerastate", told(value(77))), "no answer to"),
    "a flag in words": Kind(once("imageready", told(value("False"))), "complete"),
    "a word for a flag": Kind(once("imageready", told(value("soon"))), "neither true nor false"),
    "a list for a gain": Kind(
        once("gain", told(value([100]))), "Gain 100, now not told", aside=1
    ),
    # devices
    "an error while exposing": Kind(once("camerastate", told(value(CAMERA_ERROR))), "State 5"),
    "an error for good": Kind(
        always("camerastate", told(value(CAMERA_ERROR)), 3), "not come to rest", True
    ),
    "an error of the driver": Kind(once("imageready", told(error(DRIVER, "USB"))), "USB"),
    "an exposure that is refused": Kind(
        once("startexposure", told(error(INVALID_OPERATION, "busy")), 2), "busy"
    ),
    "a method that is gone": Kind(
        always("imageready", told(error(NOT_IMPLEMENTED)), 3), "does not offer ImageReady", True
    ),
    "a message that forges a line": Kind(
        once("imageready", told(error(DRIVER, "USB\nERROR: all is lost\x1b]0;x\x07"))),
        r"USB\\nERROR: all is lost\\x1b",
    ),
    "not connected": Kind(once("imageready", told(error(0x407))), "no answer to ImageReady"),
    "disconnected by somebody": Kind(
        changed("camera", connected=False), "Connected True, now False", aside=1
    ),
    "a restart": Kind(restarted, "its server was restarted"),
    "a restart with all as before": Kind(restarted_alike, "its server was restarted"),
    "a restart with an image ready": Kind(
        restarted_with_an_image, "the server of the camera .* was restarted", aside=1
    ),
    "another gain": Kind(changed("camera", gain=300), "Gain 100, now 300", aside=1),
    "another offset": Kind(changed("camera", offset=40), "Offset 10, now 40", aside=1),
    "another mode": Kind(changed("camera", readoutmode=1), "ReadoutMode 0, now 1", aside=1),
    "another binning": Kind(changed("camera", binx=2), "BinX 1, now 2", aside=1),
    "another place on the sensor": Kind(changed("camera", startx=8), "StartX 0, now 8", aside=1),
    "another size": Kind(changed("camera", numx=30), "30 by 40 pixels; 60 by 40 were asked for"),
    "another filter": Kind(changed("filterwheel", position=1), "Position 0, now 1", aside=1),
    "another camera by its name": Kind(
        changed("camera", name="Other"), "Moody Camera, now Other.*does not come back",
        True, 1,
    ),
    "another camera of the same name": Kind(
        always("configureddevices", told(value([LISTED[0] | {"UniqueID": "c-2"}, LISTED[1]])), 3),
        "UniqueID c-1, now c-2.*does not come back", True, 1,
    ),
    "a wheel that is elsewhere and stays": Kind(
        always("position", told(value(1)), 3), "Position 0, now 1", True, 1
    ),
    "a cover that closes": Kind(
        changed("covercalibrator", coverstate=1), "CoverState Open, now Closed.*does not come back",
        True, 1,
    ),
    "a gain that never stays": Kind(
        lambda s: [changed("camera", exposure, gain=300)(s) for exposure in range(3, 9)],
        "4 frames in a row were lost or in doubt.*Gain 100, now 300", True, 4,
    ),
    "a sensor of 10**12 pixels": Kind(
        always("cameraxsize", told(value(10**12))), "1000000000000 pixels", True
    ),
    "a sensor of no size": Kind(always("cameraysize", told(value(0))), "sensor has 0 pixels", True),
    "a sensor whose size is a word": Kind(
        always("cameraxsize", told(value("wide"))), "CameraXSize with 'wide', which is no", True
    ),
    "a name that forges a line": Kind(
        always("name", told(value("Cam\nERROR: x\x1b[2J"))), "complete"
    ),
    "a name without end": Kind(always("name", told(value("Cam" * 100_000))), "complete"),
    "filters that are no list": Kind(always("names", told(value(5))), "Names with 5", True),
    "a driver described by a number": Kind(always("driverinfo", told(value(5))), "complete"),
    # images
    "the same image twice": Kind(same_image, "those of the frame before", aside=1),
    "the same image for good": Kind(
        always("imagearray", lambda s: (lambda f: lambda r: image(f)(r))(s.draw()), 3),
        "4 frames in a row.*those of the frame before", True, 4,
    ),
    "an image that is never ready": Kind(
        always("imageready", told(value(False)), 3), "ImageReady false", True
    ),
    "half an image": Kind(once("imagearray", image_of(keep=2000)), "broke off"),
    "no more than the metadata": Kind(once("imagearray", image_of(keep=44)), "broke off"),
    "half an image of unknown length": Kind(
        once("imagearray", image_of(keep=2000, announced=False)), "not whole"
    ),
    "an image of another type": Kind(
        once("imagearray", image_of(element=ELEMENTS["uint8"])), "metadata promise"
    ),
    "an image of 2**62 pixels": Kind(
        once("imagearray", image_of(shape=(2**31 - 1, 2**31 - 1))), "2147483647 by 2147483647"
    ),
    "an image of another size": Kind(once("imagearray", image_of(shape=(40, 60))), "40 by 60"),
    "an error in place of an image": Kind(once("imagearray", image_of(error=DRIVER)), "0x500"),
    "an image of fractions": Kind(
        always("imagearray", lambda s: lambda r: image(s.draw().astype(float))(r), 3),
        "double precision fractions", True,
    ),
    "an image of words": Kind(
        once("imagearray", lambda s: lambda r: image_as_json(s.draw(), Value="white")(r)),
        "dimensions|not readable",
    ),
}  # fmt: skip
