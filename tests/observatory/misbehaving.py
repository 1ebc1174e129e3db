"""A small Alpaca server that does what it is told, and misbehaves where it is told to.

It serves one camera, one filter wheel and one cover calibrator from plain tables of properties, on
a free port of 127.0.0.1.  A fault of :mod:`observatory.faults` replaces the answer to one property
or method, once or always.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np

from observatory.faults import NOT_IMPLEMENTED, Fault, Request, image
from plateworks.camera.waiting import Clock

#: ASCOM's CameraState.
IDLE, EXPOSING, CAMERA_ERROR = 0, 2, 5

CAMERA = {
    "name": "Moody Camera",
    "description": "misbehaves on demand",
    "driverinfo": "Tests",
    "sensorname": "M1",
    "sensortype": 0,
    "pixelsizex": 3.76,
    "pixelsizey": 3.76,
    "maxadu": 65535,
    "electronsperadu": 0.25,
    "cansetccdtemperature": True,
    "canabortexposure": True,
    "canstopexposure": False,
    "hasshutter": False,
    "exposuremin": 0.0,
    "exposuremax": 3600.0,
    "exposureresolution": 0.001,
    "maxbinx": 4,
    "maxbiny": 4,
    "binx": 1,
    "biny": 1,
    "startx": 0,
    "starty": 0,
    "gain": 100,
    "gainmin": 0,
    "gainmax": 300,
    "offset": 10,
    "offsetmin": 0,
    "offsetmax": 50,
    "readoutmode": 0,
    "readoutmodes": ["Normal", "Low noise"],
    "ccdtemperature": 12.0,
    "setccdtemperature": 12.0,
    "cooleron": False,
    "coolerpower": 0.0,
}
WHEEL = {"name": "Moody Wheel", "names": ["L", "Ha"], "position": 0}
PANEL = {
    "name": "Moody Panel",
    "coverstate": 1,
    "calibratorstate": 1,
    "brightness": 0,
    "maxbrightness": 100,
}


@dataclass
class Misbehaving:
    """The server; a camera that works until a fault is set."""

    pixels: np.ndarray
    clock: Clock
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Gives each answer in JSON the form in which it is sent.
    form: Callable[[dict[str, Any]], dict[str, Any]] = dict

    def __post_init__(self) -> None:
        self.calls: list[tuple[str, str, dict[str, str]]] = []
        self._called = threading.Condition()
        self._once: dict[str, deque[Fault]] = defaultdict(deque)
        self._always: dict[str, Fault] = {}
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.forget()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    def once(self, name: str, *faults: Fault) -> None:
        """The next answers to a property or method, one fault each."""
        self._once[name].extend(faults)

    def always(self, name: str, fault: Fault) -> None:
        """Every answer to a property or method from now on."""
        self._always[name] = fault

    def heal(self, name: str) -> None:
        self._always.pop(name)

    def count(self, name: str, method: str = "PUT") -> int:
        """How often a method was called or a property set (GET: read)."""
        return sum((how, what) == (method, name) for how, what, _ in self.calls)

    def await_call(self, name: str, method: str = "PUT", number: int = 1) -> None:
        """Wait until a method was called, or a property set, so many times."""
        with self._called:
            called = self._called.wait_for(lambda: self.count(name, method) >= number, timeout=60)
        assert called, name

    def start(self) -> None:
        handler = type("Handler", (_Handler,), {"misbehaving": self})
        self._server = _Server(("127.0.0.1", self._port), handler)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Gone, with all connections."""
        if self._server is not None:
            self._server.shutdown()
            self._server.close_all()
            self._server.server_close()
            self._server = None

    def restart(self) -> None:
        """Back on the same port, with all that had been set forgotten."""
        self.stop()
        self.forget()
        self.start()

    def answer(self, request: Request, kind: str, method: str) -> None:
        with self._called:
            self._answers += 1
            request.server = self._answers
            self.calls.append((method, request.name, request.values))
            self._called.notify_all()
        if self._once[request.name]:
            self._once[request.name].popleft()(request)
        elif request.name in self._always:
            self._always[request.name](request)
        elif kind in self.devices:
            self.behave(request, kind, method)
        else:
            request.send_error(NOT_IMPLEMENTED)

    def forget(self) -> None:
        """As newly started: nothing is connected, set or exposed, and answers count from 1."""
        height, width = self.pixels.shape
        size = {"cameraxsize": width, "cameraysize": height, "numx": width, "numy": height}
        own = {"camera": CAMERA | size, "filterwheel": WHEEL, "covercalibrator": PANEL}
        self.devices = {
            kind: {"connected": False} | values | self.changes.get(kind, {})
            for kind, values in own.items()
        }
        self._ends: float | None = None
        self._answers = 0

    def behave(self, request: Request, kind: str, method: str) -> None:
        """What a device does that is in order."""
        table, name = self.devices[kind], request.name
        given = {key.lower(): _parse(text) for key, text in request.values.items()}
        if method == "GET":
            known = self._camera_value(request) if kind == "camera" else table.get(name)
            if name == "imagearray":
                return
            if known is None:
                request.send_error(NOT_IMPLEMENTED)
            else:
                request.send_value(known)
            return
        if name in given and name in table:
            table[name] = given[name]
        elif name == "startexposure":
            self._ends = self.clock.now() + given["duration"]
        elif name == "abortexposure":
            self._ends = None
        elif name == "calibratoron":
            table.update(calibratorstate=3, brightness=given["brightness"])
        elif name == "calibratoroff":
            table.update(calibratorstate=1, brightness=0)
        elif name in ("opencover", "closecover"):
            table["coverstate"] = 3 if name == "opencover" else 1
        else:
            request.send_error(NOT_IMPLEMENTED)
            return
        request.send_value(None)

    def _camera_value(self, request: Request) -> Any:
        running = self._ends is not None and self.clock.now() < self._ends
        if request.name == "camerastate":
            return EXPOSING if running else IDLE
        if request.name == "imageready":
            return self._ends is not None and not running
        if request.name == "imagearray":
            image(self._cut())(request)
        return self.devices["camera"].get(request.name)

    def _cut(self) -> np.ndarray:
        """The part of the sensor that was asked for."""
        camera = self.devices["camera"]
        step, x, y = camera["binx"], camera["startx"], camera["starty"]
        binned = self.pixels[::step, ::step]
        return binned[y : y + camera["numy"], x : x + camera["numx"]]


@contextmanager
def misbehaving(
    pixels: np.ndarray, clock: Clock | None = None, **changes: dict[str, Any]
) -> Iterator[Misbehaving]:
    """Run the server; `changes` are those of the tables by kind of device."""
    server = Misbehaving(pixels, clock or Clock(), changes)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *arguments: Any):
        self._open: set[Any] = set()
        super().__init__(*arguments)

    def process_request(self, request, client_address):
        self._open.add(request)
        super().process_request(request, client_address)

    def close_all(self) -> None:
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(2)

    def handle_error(self, request, client_address):
        """A client that went away is no news here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else each answer waits 40 ms for the client's system to acknowledge its header.
    disable_nagle_algorithm = True
    misbehaving: Misbehaving

    def do_GET(self) -> None:
        self._answer("GET", urlsplit(self.path).query)

    def do_PUT(self) -> None:
        self._answer("PUT", self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

    def _answer(self, method: str, form: str) -> None:
        parts = urlsplit(self.path).path.strip("/").split("/")
        kind, name = (parts[2], parts[-1]) if len(parts) > 3 else ("", parts[-1])
        values = {key: texts[0] for key, texts in parse_qs(form).items()}
        client = int(values.pop("ClientTransactionID", 0))
        values.pop("ClientID", None)
        if kind and parts[3] != "0":
            kind = ""
        self.misbehaving.answer(Request(self, name, values, client), kind, method)

    def log_message(self, *_: Any) -> None:
        """Tests are quiet."""


def _parse(text: str) -> Any:
    if text in ("True", "False"):
        return text == "True"
    number = float(text)
    return int(number) if number.is_integer() and "." not in text else number
