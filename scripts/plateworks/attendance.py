"""Snakemake's lock on a working directory, taken away where those who may hold it were killed.

Snakemake writes its lock into ``.snakemake/locks`` and knows nothing of who wrote it.  So each
process that may lock a directory leaves its word there before it does, and takes it back when it
ends.  Where some are left of processes that are gone, and none of one that may be there, nobody is
left whose lock it could be.  Else the user is told who has it, in place of Snakemake's own text,
which advises to take it from whoever that is.
"""

from __future__ import annotations

import logging
import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from plateworks.presence import Others, others, present
from plateworks.printable import printable


class Attendance(NamedTuple):
    """What a process knows of a directory that it may lock."""

    said: str  # what became of the lock that killed runs left; empty where there was none
    holder: Callable[[], str]  # says whose the lock is, and what to do


@contextmanager
def attending(folder: str | os.PathLike[str] = ".snakemake") -> Iterator[Attendance]:
    """Say that this process may lock a working directory, as long as this lasts.

    Parameters
    ----------
    folder : path
        Where Snakemake keeps its notes.

    Yields
    ------
    Attendance
    """
    with present(Path(folder, "plateworks")) as own:
        yield Attendance(_unlock(Path(folder, "locks"), own.parent), lambda: _holder(own.parent))


class LockInWords(logging.Filter):
    """Puts our sentence in the place of Snakemake's where a directory is locked.

    Parameters
    ----------
    holder : function
        Says whose the lock is, and what to do.
    """

    def __init__(self, holder: Callable[[], str]):
        super().__init__()
        self._holder = holder

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, that of a lock in our words."""
        if getattr(record, "exception", None) == "LockException":
            record.msg, record.args = printable(f"Plateworks cannot start.  {self._holder()}"), ()
        return True


def _unlock(locks: Path, words: Path) -> str:
    """Take away the lock if only killed processes can have left it, and say so."""
    there = list(locks.glob("*.lock"))  # before the others are looked at: none of them is newer
    found = _others(words)
    dead = [] if found.alive else [one.path for one in found.gone]
    for path in [*(there if dead else ()), *dead]:
        with suppress(OSError):
            path.unlink()
    for one in found.gone:
        one.release(well=True)
    if there and dead:
        return "Snakemake's lock on this directory was that of a run that was killed; it is gone."
    return ""


def _holder(words: Path) -> str:
    """Say who may have locked the directory, and what to do."""
    found = _others(words)
    for one in found.gone:
        one.release(well=True)
    if found.alive:  # the first has been there longest: whoever came later did not get the lock
        return str(found.alive[0])
    where = shlex.quote(os.getcwd())
    return (
        f"Snakemake's lock lies in {where}, and no run of Plateworks is known to be at work "
        "there.  If no other Snakemake is, take the lock away and start again: "
        f"snakemake --directory {where} --unlock"
    )


def _others(words: Path) -> Others:
    return others(words, f"in {shlex.quote(os.getcwd())}")
