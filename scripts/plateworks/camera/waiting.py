"""Time limits of the devices, and waiting within them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock to wait by; tests bring a faster one.

    Attributes
    ----------
    now : callable
        Seconds from some fixed moment, never set back.
    sleep : callable
        Sleeps for so many seconds.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long each thing may take, in seconds.

    Attributes
    ----------
    request : float
        One request and its answer.
    connect : float
        Connecting the device; drivers search buses and start cameras meanwhile.
    reconnect : float
        How long a server that stopped answering is asked again.
    readout : float
        From the end of the exposure until the image is ready.
    margin : float
        Allowed beyond each other limit, for busy machines.
    download : float
        Transfer of one image.
    idle : float
        Until an aborted exposure has ended.
    move : float
        A filter wheel's move, or a cover's.
    """

    request: float = 10.0
    connect: float = 60.0
    reconnect: float = 60.0
    readout: float = 60.0
    margin: float = 10.0
    download: float = 120.0
    idle: float = 15.0
    move: float = 60.0


def wait_until(condition: Callable[[], bool], limit: float, poll: float, clock: Clock) -> bool:
    """Ask every `poll` seconds until `condition` holds; False once `limit` seconds have passed."""
    end = clock.now() + limit
    while not condition():
        if clock.now() >= end:
            return False
        clock.sleep(poll)
    return True
