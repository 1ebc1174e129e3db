"""Who is there: each process leaves its word in a folder, and takes it back when it ends."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from plateworks.runs import AtWorkError, Claim


class Others(NamedTuple):
    """The words of other processes.

    Attributes
    ----------
    gone : list of Claim
        Of those that have ended without taking theirs back; they are held now.
    alive : list of AtWorkError
        Of those that are there, or may be; the first came first.
    """

    gone: list[Claim]
    alive: list[AtWorkError]


@contextmanager
def present(folder: str | os.PathLike[str], doing: str | None = None) -> Iterator[Path]:
    """Leave the word of this process in a folder, as long as this lasts.

    Parameters
    ----------
    folder : path
        It is made.  Where it cannot be written, no word is left.
    doing : str, optional
        What the process is said to do, in place of its command.

    Yields
    ------
    Path
        The file with its word.
    """
    own = Claim(Path(folder, f"{socket.gethostname()}.{os.getpid()}"), doing=doing)
    with suppress(OSError, AtWorkError):
        own.take()
    try:
        yield own.path
    finally:
        take_back(own)


def others(folder: str | os.PathLike[str], where: str, *, believe: bool = True) -> Others:
    """Look who else is in a folder.

    Parameters
    ----------
    folder : path
        It need not be there.
    where : str
        Where they are at work, as their sentences go on.
    believe : bool
        As for :meth:`plateworks.runs.Claim.take`.
    """
    own = f"{socket.gethostname()}.{os.getpid()}"
    found = Others([], [])
    for path in sorted(Path(folder).glob("*"), key=_age):
        if path.name != own:
            other = Claim(path, where)
            try:
                other.take(believe=believe)
                found.gone.append(other)
            except AtWorkError as error:
                found.alive.append(error)
            except OSError:
                found.alive.append(AtWorkError(f"{path} cannot be read.", path))
    return found


def take_back(claim: Claim) -> None:
    """Take a word back that is held."""
    with suppress(OSError):
        claim.path.unlink(missing_ok=True)
    claim.release(well=True)


def _age(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0
