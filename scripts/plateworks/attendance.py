"""Snakemake's lock on a working directory, taken away where those who may hold it were killed.

Snakemake writes its lock into ``.snakemake/locks`` and knows nothing of who wrote it.  So each
process that may lock a directory leaves its word there before it does, and takes it back when it
ends.  Where some are left of processes that are gone, and none of one that may be there, nobody is
left whose lock it could be.
"""

from __future__ import annotations

import os
import shlex
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from plateworks.runs import AtWorkError, Claim


@contextmanager
def attending(folder: str | os.PathLike[str] = ".snakemake") -> Iterator[str]:
    """Say that this process may lock a working directory, as long as this lasts.

    Parameters
    ----------
    folder : path
        Where Snakemake keeps its notes.

    Yields
    ------
    str
        What became of a lock that was there, and what to do; empty where there was none.
    """
    own = Claim(Path(folder, "plateworks", f"{socket.gethostname()}.{os.getpid()}"))
    with suppress(
        OSError, AtWorkError
    ):  # a directory that cannot be written cannot be locked either
        own.take()
    try:
        yield _unlock(Path(folder, "locks"), own.path)
    finally:
        with suppress(OSError):
            own.path.unlink(missing_ok=True)
        own.release(well=True)


def _unlock(locks: Path, own: Path) -> str:
    """Take away the lock if only killed processes can have left it; say so, or whose it may be."""
    there = list(locks.glob("*.lock"))  # before the others are looked at: none of them is newer
    gone, alive = [], []
    for path in own.parent.glob("*"):
        if path != own:
            other = Claim(path)
            try:
                other.take()
                gone.append(other)
            except AtWorkError as error:
                alive.append(f"{error}")
            except OSError:
                alive.append(f"{path} cannot be read.")
    dead = [] if alive else [one.path for one in gone]
    for path in [*(there if dead else ()), *dead]:
        with suppress(OSError):
            path.unlink()
    for one in gone:
        one.release(well=True)
    if there and dead:
        return "Snakemake's lock on this directory was that of a run that was killed; it is gone."
    if there and not alive:
        where = shlex.quote(os.getcwd())
        return (
            "Snakemake's lock on this directory is there.  If no other Snakemake is at work here, "
            f"take it away: snakemake --directory {where} --unlock"
        )
    return f"Snakemake's lock on this directory is there.  {alive[0]}" if there else ""
