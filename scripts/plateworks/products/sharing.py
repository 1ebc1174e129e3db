"""Masters that several runs share through a folder: the first that needs one makes it."""

from __future__ import annotations

import logging
import math
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from plateworks import __version__
from plateworks.digests import digest_of
from plateworks.errors import PlateworksError
from plateworks.files import atomic
from plateworks.locks import locked
from plateworks.products.headers import content_digest, original_header, product_digest
from plateworks.products.masters import make_master
from plateworks.versions import ALGORITHMS

_log = logging.getLogger(__name__)

#: Bytes copied at a time.
_CHUNK = 2**20


def provide_master(
    job: Mapping[str, Any],
    output: str,
    threads: int = 1,
    memory: float = math.inf,
    share: str | None = None,
) -> None:
    """Make a master, or take it from a shared folder if another run has made it.

    In the folder a master has a name of its own for its frames, masters and settings, and is never
    changed.  The results get a copy: Snakemake removes the products of a job before it runs it
    again, and compares their times with those of their inputs; neither must reach another run.

    Parameters
    ----------
    job : mapping
        As for :func:`plateworks.products.masters.make_master`.
    output : str
        The file to write.
    threads : int
    memory : float
        Bytes that combining may take.
    share : str or None
        The shared folder; None makes the master for this run alone.

    Raises
    ------
    PlateworksError
        As for :func:`~plateworks.products.masters.make_master`, and if the folder cannot be used.
    """
    if share is None:
        return make_master(job, output, threads, memory)
    place = Path(output)
    shared = Path(share, place.parent.name, f"{place.stem}_{_identity(job)}{place.suffix}")
    try:
        if shared.exists():
            _log.info("taken from %s, where another run has made it", shared)
        else:
            _make(job, shared, threads, memory)
        with open(shared, "rb") as master, atomic(output) as stream:
            shutil.copyfileobj(master, stream, _CHUNK)
    except OSError as error:
        raise PlateworksError(
            f"{shared}: {error.strerror}.  Masters are shared through this folder (config key "
            "masters.share), so it must be there for reading and writing."
        ) from error


def _make(job: Mapping[str, Any], shared: Path, threads: int, memory: float) -> None:
    """Make a master in the shared folder, unless another run does so at this moment."""
    with locked(shared):
        if shared.exists():
            _log.info("taken from %s, where another run has just made it", shared)
        else:
            make_master(job, str(shared), threads, memory)


def _identity(job: Mapping[str, Any]) -> str:
    """Return a digest of all that the bytes of a master depend on.

    Raw frames are told by path, size and time of change, so no pixel is read.
    """
    settings = {key: value for key, value in job.items() if key != "frames"}
    frames = [dict(_parts(entry)) for entry in job["frames"]]
    digest = digest_of(
        frames=frames, settings=settings, algorithm=ALGORITHMS["combine"], version=__version__
    )
    return digest[:12]


def _parts(entry: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what each part of a frame's entry stands for."""
    for part, value in entry.items():
        if part == "raw":
            stat = os.stat(value)
            yield part, (os.path.realpath(value), stat.st_size, stat.st_mtime_ns)
        elif part in ("bias", "dark"):
            yield part, product_digest(value, original_header(value))
        elif part == "cosmetic":
            yield part, content_digest(value)
        else:
            yield part, value
