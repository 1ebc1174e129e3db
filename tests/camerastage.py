"""A small series of lights, to be taken from a camera that misbehaves.

:class:`Stage` takes it with a camera, a filter wheel and a cover, on a clock that costs no time.
Its level tells of each frame that is kept the gain, the filter and the cover that it was taken
under.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from astropy.io import fits

from observatory.clock import fast_clock
from observatory.faults import Request, image, value
from observatory.misbehaving import Misbehaving, misbehaving
from plateworks.camera.sequence import carry_out
from plateworks.camera.waiting import Clock, Deadlines
from plateworks.errors import PlateworksError
from plateworks.orders.capture import CaptureOrder
from plateworks.settings.capture import Capture
from plateworks.settings.reading import read_section
from plateworks.settings.site import Site

#: Times that the machine itself takes are short; all others are those of the fast clock.
LIMITS = Deadlines(request=0.4, connect=0.4, reconnect=3.0, download=1.0, readout=5.0, idle=2.0)
COUNT, SECONDS, GAIN = 3, 2.0, 100
#: ADU of a light, above a bias of as many as its gain, and its noise.
LIGHT, NOISE = 8000.0, 5.0

LISTED = [
    {"DeviceName": "Moody Camera", "DeviceType": "Camera", "DeviceNumber": 0, "UniqueID": "c-1"},
    {"DeviceName": "Moody Wheel", "DeviceType": "FilterWheel", "DeviceNumber": 0, "UniqueID": "w"},
]


class Taken(NamedTuple):
    """What came of a series."""

    kept: list[Path]
    aside: list[Path]
    said: str  # at the terminal and in the log
    error: str  # the sentence that ended it; empty if it is complete


@dataclass
class Stage:
    """A server, and a small series of lights to take with it.

    Attributes
    ----------
    server : Misbehaving
    over : Event
        Set when all is over, so that nothing waits any longer.
    """

    server: Misbehaving
    clock: Clock
    over: threading.Event = field(default_factory=threading.Event)
    _actions: dict[int, list[Callable[[], None]]] = field(default_factory=dict)
    _exposures: int = 0

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(7)
        self.last = self._draw()
        self.server.always("imagearray", self.show)
        self.server.always("startexposure", self._start)
        self.server.always("configureddevices", value(LISTED))

    def at(self, exposure: int, action: Callable[[], None]) -> None:
        """Do something as an exposure begins; 1 is the trial, lights are from 2."""
        self._actions.setdefault(exposure, []).append(action)

    def draw(self) -> np.ndarray:
        """Return a new image, as the camera, the wheel and the cover stand."""
        self.last = self._draw()
        return self.last

    def show(self, request: Request) -> None:
        """Answer with a new image."""
        image(self.draw())(request)

    def take(self, folder: Path, **changes: object) -> Taken:
        """Take the series below a folder, with changes of ``capture``, and look what is there."""
        own = {
            "armed": True, "no_confirm": True, "address": self.server.address,
            "raw_dir": str(folder / "raw"), "filterwheel": 0, "covercalibrator": 0, "gain": GAIN,
            "offset": 10, "readout_mode": 0, "filters": ["L"], "retakes": 3,
            "lights": {"num_lights": COUNT}, "darks": {"science_exposure_time": SECONDS}, **changes,
        }  # fmt: skip
        capture = read_section(Capture, own)
        order = CaptureOrder(target="lights", night="20250815", capture=capture, site=Site())
        ended = ""
        with _listening() as said:
            try:
                carry_out(order, folder / "lights.csv", limits=LIMITS, clock=self.clock)
            except PlateworksError as sentence:
                ended = str(sentence)
        frames = sorted((folder / "raw").rglob("*.fits"))
        aside = [path for path in frames if ".set-aside" in path.parts]
        kept = [path for path in frames if path not in aside]
        return Taken(kept, aside, said.getvalue() + ended, ended)

    def is_true(self, path: Path) -> bool:
        """Whether a frame was taken as it was asked for, by its pixels alone."""
        found = fits.getdata(path)
        return found.shape == (40, 60) and abs(np.median(found) - GAIN - LIGHT) < NOISE

    def _start(self, request: Request) -> None:
        self._exposures += 1
        self._is_lit = request.values["Light"] == "True"
        self.server.behave(request, "camera", "PUT")
        for action in self._actions.get(self._exposures, ()):
            action()

    def _draw(self) -> np.ndarray:
        camera, wheel, panel = (
            self.server.devices[kind] for kind in ("camera", "filterwheel", "covercalibrator")
        )
        is_open = panel["coverstate"] == 3 and getattr(self, "_is_lit", False)
        level = camera["gain"] + is_open * LIGHT / (1 + wheel["position"])
        shape = camera["numy"], camera["numx"]
        return np.rint(self._random.normal(level, NOISE, shape)).clip(0).astype(np.uint16)


@contextmanager
def staged() -> Iterator[Stage]:
    """Run a server with a stage around it."""
    clock = fast_clock()
    with misbehaving(np.zeros((40, 60), np.uint16), clock) as server:
        stage = Stage(server, clock)
        try:
            yield stage
        finally:
            stage.over.set()


@contextmanager
def _listening() -> Iterator[StringIO]:
    said = StringIO()
    handler, logger = logging.StreamHandler(said), logging.getLogger("plateworks")
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        with redirect_stderr(said):
            yield said
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
