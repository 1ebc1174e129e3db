"""Jobs whose run was killed: the next run ends them before it begins.

Who kills Snakemake alone leaves its jobs running, and what they write might replace what the next
run makes, by other settings.  So each job leaves its word in a folder of its run, and whoever comes
after that run finds there who is still at work.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from plateworks.locks import wait_for
from plateworks.presence import others, present, take_back
from plateworks.printable import tell
from plateworks.runs import AtWorkError

#: Tells the jobs of a run where to leave their words.
_FOLDER = "PLATEWORKS_JOBS"


def expect_jobs(folder: str | os.PathLike[str]) -> None:
    """Have all jobs that this process starts from now on leave their words in a folder."""
    os.environ[_FOLDER] = os.path.abspath(folder)


@contextmanager
def at_work(what: str) -> Iterator[None]:
    """Let a job be known as long as this lasts, where its run expects that.

    Parameters
    ----------
    what : str
        By which it is named.
    """
    folder = os.environ.get(_FOLDER)
    if folder is None:
        yield
    else:
        with present(folder, what):
            yield


def end_orphans(folder: str | os.PathLike[str], where: str, *, believe: bool = True) -> None:
    """End the jobs that a killed run has left at work, by name, and wait until they have.

    Each breaks off as at Ctrl-C, and leaves everything in order.

    Parameters
    ----------
    folder : path
        Where jobs leave their words; none may be that of a run that lives.
    where, believe
        As for :func:`plateworks.presence.others`.

    Raises
    ------
    AtWorkError
        If one is at work on another computer, or cannot be ended.
    """
    found = others(folder, where, believe=believe)
    for one in found.gone:
        take_back(one)
    for error in found.alive:
        _end(error)


def _end(error: AtWorkError) -> None:
    if error.process is None or not error.process.is_here():
        raise error
    tell(f"A job of a run that was killed is still at work, and is ended: {error.process}")
    try:
        with open(error.path, encoding="utf-8") as word:
            os.kill(error.process.pid, signal.SIGTERM)
            wait_for(word.fileno())
        os.unlink(error.path)  # of one that was killed meanwhile
    except (FileNotFoundError, ProcessLookupError):
        pass  # it has just ended by itself
    except OSError:
        raise error from None
