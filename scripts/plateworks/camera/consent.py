"""One run at a time has the camera, and a person says that the telescope is covered."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from plateworks.errors import PlateworksError
from plateworks.printable import printable_lines

_log = logging.getLogger(__name__)

#: Lines below a question, for displays of progress that redraw the last lines of the terminal.
_ROOM = "\n" * 8


class Consent:
    """What a person has agreed to in this run; kept in the lock file of the camera.

    Parameters
    ----------
    lock : text stream
        The open lock file.
    needless : bool
        Whether nobody is to be asked (``capture.no_confirm``).
    """

    def __init__(self, lock: TextIO, needless: bool):
        self._lock, self._needless = lock, needless

    def ask(self, request: str) -> None:
        """Ask for something at the terminal, unless it was the last thing asked in this run.

        Raises
        ------
        PlateworksError
            If the answer is no, or nobody is there to answer.
        """
        if self._needless:
            return
        said = f"{os.getpgrp()} {request}"  # jobs of one run share a process group
        self._lock.seek(0)
        if self._lock.read() != said:
            _ask_at_terminal(request)
            self._lock.seek(0)
            self._lock.truncate()
            self._lock.write(said)
            self._lock.flush()


@contextmanager
def exclusive(address: str, number: int, needless: bool) -> Iterator[Consent]:
    """Wait until no other run on this computer has the camera, and keep it.

    The lock ends with the process, even one that is killed.

    Parameters
    ----------
    address : str
        Of the Alpaca server.
    number : int
        Of the camera.
    needless : bool
        Whether nobody is to be asked anything.
    """
    import fcntl

    name = hashlib.sha256(f"{address}/{number}/{os.getuid()}".encode()).hexdigest()[:12]
    path = Path(tempfile.gettempdir(), f"plateworks-camera-{name}.lock")
    with open(path, "a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _log.info("another run has the camera %s at %s; waiting for it", number, address)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield Consent(lock, needless)


def _ask_at_terminal(request: str) -> None:
    request = printable_lines(request)
    try:
        with open("/dev/tty", "r+b", buffering=0) as terminal:
            terminal.write(f"\n{request}  [Enter: go on, n: stop]{_ROOM}".encode())
            answer = terminal.readline().decode(errors="replace")
    except OSError as error:
        raise PlateworksError(
            f"{request}  Nobody can confirm it, since there is no terminal; for a run without one "
            "set capture.no_confirm: true."
        ) from error
    if not answer.endswith("\n") or answer.strip().lower() in ("n", "no", "q"):
        raise PlateworksError("Not confirmed; nothing was exposed.")
