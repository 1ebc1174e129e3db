"""Who ends Snakemake ends its jobs: what its process hears is passed on to them.

A terminal tells all processes at once when somebody types Ctrl-C.  But ``kill``, a service manager
or a batch system tells Snakemake alone, which then waits until its jobs have ended by themselves:
a series of exposures may take all night.  And a shell has what it starts in the background ignore
Ctrl-C's signal.
"""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from plateworks.stopping import ENDING, PASSED_ON, leave_at_once, unblock

#: A job that has just begun does not listen yet, so they are told again after so many seconds.
_AGAIN_S = 0.5


def pass_on() -> None:
    """Have this process tell its jobs when it is asked to end, however it was started.

    It does besides what it did before; what it ignored, or what ended it while it was loading,
    interrupts it from now on, and what else ends it at once still does.  To be called again when
    others have set handlers of their own.
    """
    unblock()
    for number in ENDING:
        before = signal.getsignal(number)
        if before in (signal.SIG_IGN, leave_at_once):
            before = signal.default_int_handler
        if callable(before) and not isinstance(before, _Relay):
            signal.signal(number, _Relay(before))


class _Relay:
    """A handler that tells the jobs, and then does what the one before it does."""

    def __init__(self, before: Callable[[int, FrameType | None], Any]):
        self._before = before

    def __call__(self, number: int, frame: FrameType | None) -> None:
        threading.Thread(target=_tell, daemon=True).start()
        self._before(number, frame)


def _tell() -> None:
    """Tell all jobs until this process ends; who has heard takes no further notice."""
    while True:
        for job in _listening(os.getpid()):
            with suppress(ProcessLookupError):
                os.kill(job, PASSED_ON)
        time.sleep(_AGAIN_S)


def _listening(parent: int) -> Iterator[int]:
    """Yield the processes that a process started, directly or not, and that listen to us."""
    children = defaultdict(list)
    listens = {}
    for path in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # it has just ended
            told = dict(re.findall(r"^(\w+):\s*(\w+)", path.read_text("utf-8", "replace"), re.M))
            process = int(told["Pid"])
            children[int(told["PPid"])].append(process)
            listens[process] = int(told["SigCgt"], 16) >> (PASSED_ON - 1) & 1
    waiting = [parent]
    while waiting:
        for child in children[waiting.pop()]:
            waiting.append(child)
            if listens[child]:
                yield child
