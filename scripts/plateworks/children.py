"""Programs that this process starts, and that end with it, together with all that they started."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from plateworks.stopping import arrived, shield

_POLL_S = 0.02


@contextmanager
def child(
    command: Sequence[str], ending: signal.Signals, grace_s: float, **how: Any
) -> Iterator[subprocess.Popen[Any]]:
    """Start a program in a session of its own, and end it if the waiting for it is broken off.

    Parameters
    ----------
    command : sequence of str
    ending, grace_s
        As :func:`end` takes them.
    how
        Further arguments of :class:`subprocess.Popen`.

    Raises
    ------
    OSError
        If the program cannot be started.
    """
    process = None
    try:
        with shield():
            process = subprocess.Popen(command, start_new_session=True, **how)
        yield process
    except BaseException:
        if process is not None:
            end(process, ending, grace_s)
        raise


def end(process: subprocess.Popen[Any], ending: signal.Signals, grace_s: float) -> None:
    """End a program that has a session of its own, with all that it started in it.

    Parameters
    ----------
    process : subprocess.Popen
    ending : signal
        Asks them to end, and asks again for each further signal that this process gets.
    grace_s : float
        What is left after so many seconds is killed.
    """
    with shield():
        heard = arrived()
        _send(process, ending)
        limit = time.monotonic() + grace_s
        while _any_left(process) and time.monotonic() < limit:
            if arrived() > heard:
                heard = arrived()
                _send(process, ending)
            time.sleep(_POLL_S)
        _send(process, signal.SIGKILL)
        process.wait()


def _any_left(process: subprocess.Popen[Any]) -> bool:
    process.poll()  # so that it is no zombie, which would count
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True


def _send(process: subprocess.Popen[Any], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
