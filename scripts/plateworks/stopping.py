"""Ctrl-C and the signals that end a process: what runs is left in order before it ends.

Handlers are installed for them however the process was started: a shell has whatever it starts with
``&`` ignore Ctrl-C's signal, and all that such a process starts would ignore it too.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_log = logging.getLogger(__name__)

#: They end a process however it was started.
ENDING = (signal.SIGINT, signal.SIGTERM)
#: By this one Snakemake's process tells its jobs that it is to end; see :mod:`plateworks.relay`.
PASSED_ON = signal.SIGUSR1


class Stopped(KeyboardInterrupt):
    """A signal asks the process to end."""

    def __init__(self, number: int):
        super().__init__(signal.Signals(number).name)
        self.number = number


class _State:
    """What has arrived; signals belong to the process, and so does this."""

    shields = 0
    waiting: int | None = None
    arrived = 0


def _arrive(number: int, _frame: FrameType | None) -> None:
    """The first signal breaks off what runs where it stands, a later one only says: hurry."""
    _State.arrived += 1
    if _State.arrived > 1:
        _log.warning("another %s: leaving as fast as is safe", signal.Signals(number).name)
    elif _State.shields:
        _State.waiting = number
    else:
        raise Stopped(number)


def _arrive_passed_on(_number: int, frame: FrameType | None) -> None:
    """Who has heard already, as from a terminal, which tells all, is not told to hurry."""
    if not _State.arrived:
        _arrive(signal.SIGTERM, frame)


def leave_at_once(number: int, _frame: FrameType | None) -> NoReturn:
    """End the process as shells tell of signals: a handler for while there is nothing to leave."""
    os._exit(128 + number)


def unblock() -> None:
    """Let the signals arrive that whoever started this process held back from it."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {*ENDING, PASSED_ON})


@contextmanager
def heeded() -> Iterator[None]:
    """Turn the signals that end a process into :class:`Stopped`, so that ``finally`` is reached.

    They are Ctrl-C's, that of ``kill``, what Snakemake passes on of these, and that of a terminal
    which closes, unless ``nohup`` has that one ignored.
    """
    heard = [*ENDING]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        heard.append(signal.SIGHUP)
    before = {one: signal.signal(one, _arrive) for one in heard}
    before[PASSED_ON] = signal.signal(PASSED_ON, _arrive_passed_on)
    unblock()
    _State.arrived, _State.waiting = 0, None
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def guarded(left: str = "") -> Iterator[None]:
    """As :func:`heeded`, and end the process with a sentence, and as shells tell of signals.

    Parameters
    ----------
    left : str
        How everything was left, as a clause for the sentence.

    Raises
    ------
    SystemExit
        With 128 and the number of the signal that arrived.
    """
    try:
        with heeded():
            yield
    except Stopped as stop:
        _log.error("stopped by %s%s", stop, left and f"; {left}")
        raise SystemExit(128 + stop.number) from None


@contextmanager
def shield() -> Iterator[None]:
    """Let no signal break off what must not be left half done; it takes effect afterwards."""
    _State.shields += 1
    try:
        yield
    finally:
        _State.shields -= 1
        if not _State.shields and _State.waiting is not None:
            number, _State.waiting = _State.waiting, None
            raise Stopped(number)


def arrived() -> int:
    """Return how many signals have come."""
    return _State.arrived


def hurried() -> bool:
    """Whether a further signal came after the one that ends the process."""
    return _State.arrived > 1
