"""One frame after the other: steady series, flats whose exposure is searched, twilight flats."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

from plateworks.camera.camera import Camera, Exposure
from plateworks.camera.faults import CameraFailed, LostFrame
from plateworks.camera.levels import Meter
from plateworks.camera.search import Search
from plateworks.camera.twilight import Expose, Twilight
from plateworks.camera.witness import Witness

_log = logging.getLogger(__name__)

#: Takes a frame of so many seconds, exposed to light or not.
Shutter = Callable[[float, bool], Exposure]
Say = Callable[[str], None]


def patient(
    camera: Camera, witness: Witness, set_aside: Callable[[Exposure, str], None], most_lost: int
) -> Shutter:
    """Return a function that exposes, and takes a frame again that was lost or is in doubt.

    Parameters
    ----------
    camera : Camera
    witness : Witness
        Says what frames are in doubt.
    set_aside : function
        Given a frame that is in doubt, and why.
    most_lost : int
        More such frames in a row than these, and the function raises CameraFailed.
    """

    def expose(seconds: float, light: bool) -> Exposure:
        for _ in range(most_lost + 1):
            try:
                exposure = camera.expose(seconds, light)
                doubt = witness.doubt(exposure.pixels)
            except LostFrame as error:
                _log.warning("%s  The frame is retaken.", error)
                last = str(error)
            else:
                if not doubt:
                    return exposure
                last = f"{doubt}."
                set_aside(exposure, doubt)
            witness.restore()
        raise CameraFailed(
            f"{most_lost + 1} frames in a row were lost or in doubt; the last one: {last}  Frames "
            "so far are kept; run the same target again to go on."
        )

    return expose


def steady_frames(expose: Shutter, seconds: float, light: bool) -> Iterator[Exposure]:
    """Yield frames of one exposure."""
    while True:
        yield expose(seconds, light)


def panel_flats(
    expose: Callable[[float], Exposure], search: Search, meter: Meter, say: Say
) -> Iterator[Exposure]:
    """Search the right setting, then yield flats of it, the last trial first.

    Parameters
    ----------
    expose : function
        Takes a flat, given the setting that is searched.
    search : Search
    meter : Meter
    say : function
        Told of each trial.

    Raises
    ------
    LightError
        If no setting gives the level.
    """
    while True:
        exposure = expose(search.setting)
        reading = meter.read(exposure.pixels, exposure.full_range)
        shown = (
            "saturated" if reading.is_full(search.target) else f"{reading.part:.1%} of the range"
        )
        say(f"trial {search.trials + 1}: {search.knob.at(search.setting)}: {shown}")
        if search.judge(reading):
            break
    yield exposure
    while True:
        yield expose(search.setting)


def twilight_flats(
    expose: Callable[[float], Exposure],
    twilight: Twilight,
    meter: Meter,
    say: Say,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Exposure]:
    """Yield flats of the twilight sky; frames off the level are dropped.

    Parameters
    ----------
    expose : function
        Takes a flat of so many seconds.
    twilight : Twilight
    meter : Meter
    say : function
        Told of each wait and each frame dropped.
    now, sleep : function
        The clock, in seconds since 1970, and how to wait.

    Raises
    ------
    LightError
        If the twilight is over.
    """
    while True:
        step = twilight.next(now())
        if not isinstance(step, Expose):
            say(f"waiting {step.seconds:g} s: {step.reason}")
            sleep(step.seconds)
            continue
        exposure = expose(step.seconds)
        reading = meter.read(exposure.pixels, exposure.full_range)
        if twilight.judge(exposure.start.timestamp(), exposure.seconds, reading):
            yield exposure
        else:
            say(f"dropped: {step.seconds:.4g} s gave {reading.part:.1%} of the range")
