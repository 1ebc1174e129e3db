"""One run at a time has the camera, and a person says that the telescope is covered."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TextIO

from plateworks.camera.address import identities, parse_address
from plateworks.camera.progress import say
from plateworks.errors import PlateworksError
from plateworks.locks import hold, wait_for
from plateworks.printable import printable_lines
from plateworks.private import open_private, private_folder

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
    """Wait until no other run of this user has the camera, and keep it.

    The lock ends with the process, even one that is killed.  It is that of the camera, however its
    address is written.

    Parameters
    ----------
    address : str
        Of the Alpaca server.
    number : int
        Of the camera.
    needless : bool
        Whether nobody is to be asked anything.
    """
    with ExitStack() as held, private_folder() as folder:
        locks = [
            held.enter_context(
                open(open_private(folder, _lock_name(one, number)), "r+", encoding="utf-8")
            )
            for one in identities(parse_address(address))
        ]
        for lock in locks:  # all runs take them in one order, so that none waits for another's
            free = hold(lock.fileno())
            if free is None:
                say("~/.cache knows no locks: see that no other run has the camera")
            elif not free:
                say(f"another run has the camera {number} at {address}; waiting for it")
                wait_for(lock.fileno())
        yield Consent(locks[0], needless)


def _lock_name(identity: str, number: int) -> str:
    digest = hashlib.sha256(f"{identity}/{number}".encode()).hexdigest()[:16]
    return f"camera-{digest}.lock"


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
