"""Ctrl-C and the signals that end a process: every device is left safe before it ends."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager

_log = logging.getLogger(__name__)

#: Those of them that the system has; Windows knows no hang-up.
SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


class Stopped(KeyboardInterrupt):
    """A signal asks the series to end."""

    def __init__(self, number: int):
        super().__init__(signal.Signals(number).name)
        self.number = number


class _State:
    """What has arrived; signals belong to the process, and so does this."""

    shields = 0
    waiting: int | None = None
    arrived = 0


def _arrive(number: int, _frame) -> None:
    """The first signal ends the series where it stands, a later one only says: hurry."""
    _State.arrived += 1
    if _State.arrived > 1:
        _log.warning("another %s: leaving as fast as is safe", signal.Signals(number).name)
    elif _State.shields:
        _State.waiting = number
    else:
        raise Stopped(number)


@contextmanager
def guarded() -> Iterator[None]:
    """Turn the signals that end a process into :class:`Stopped` while a series runs.

    So the ``with`` statements of the devices are left in order: exposure aborted, panel off,
    cooler as configured.  The process then ends with a sentence, and with the status that shells
    give to the signal.
    """
    before = {one: signal.signal(one, _arrive) for one in SIGNALS}
    _State.arrived, _State.waiting = 0, None
    try:
        yield
    except Stopped as stop:
        _log.error("stopped by %s; the devices were left as configured", stop)
        raise SystemExit(128 + stop.number) from None
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def shield() -> Iterator[None]:
    """Let no signal break off what leaves a device safe; it takes effect afterwards."""
    _State.shields += 1
    try:
        yield
    finally:
        _State.shields -= 1
        if not _State.shields and _State.waiting is not None:
            number, _State.waiting = _State.waiting, None
            raise Stopped(number)


def hurried() -> bool:
    """Whether a further signal came after the one that ended the series."""
    return _State.arrived > 1
