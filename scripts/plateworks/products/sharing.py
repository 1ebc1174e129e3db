"""Masters that several runs share through a folder: the first that needs one makes it."""

from __future__ import annotations

import logging
import math
import os
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from plateworks import __version__
from plateworks.digests import digest_of, digest_of_file
from plateworks.errors import PlateworksError
from plateworks.files import atomic
from plateworks.locks import locked
from plateworks.orders.frames import FrameOrder
from plateworks.orders.masters import MasterOrder
from plateworks.products.gainfile import master_with_gains
from plateworks.products.headers import content_digest
from plateworks.products.inputs import Inputs
from plateworks.products.masters import make_master
from plateworks.records import plain
from plateworks.versions import ALGORITHMS

_log = logging.getLogger(__name__)

#: Bytes copied at a time.
_CHUNK = 2**20


def provide_master(
    order: MasterOrder,
    output: str,
    *,
    threads: int = 1,
    memory: float = math.inf,
    share: str | None = None,
) -> None:
    """Make a master, or take it from a shared folder if another run has made it.

    In the folder a master has a name of its own for its frames, masters and settings, and is never
    changed.  A digest of its bytes lies beside it: one that is not as it was made is made anew, as
    a file that was cut short may look whole.  The results get a copy: Snakemake removes the
    products of a job before it runs it again, and compares their times with those of their inputs;
    neither must reach another run.

    Parameters
    ----------
    order : MasterOrder
    output : str
        The file to write.
    threads, memory
        As for :func:`plateworks.products.masters.make_master`.
    share : str or None
        The shared folder; None makes the master for this run alone.

    Raises
    ------
    PlateworksError
        As for :func:`~plateworks.products.masters.make_master`, and if the folder cannot be used.
    """
    if share is None:
        return make_master(order, output, threads=threads, memory=memory)
    place, order = Path(output), master_with_gains(order)
    shared = Path(share, place.parent.name, f"{place.stem}_{_identity(order)}{place.suffix}")
    try:
        if _is_whole(shared):
            _log.info("taken from %s, where another run has made it", shared)
        else:
            _make(order, shared, threads, memory)
        with open(shared, "rb") as master, atomic(output) as stream:
            shutil.copyfileobj(master, stream, _CHUNK)
    except OSError as error:
        raise PlateworksError(
            f"{shared}: {error.strerror}.  Masters are shared through this folder (config key "
            "masters.share), so it must be there for reading and writing."
        ) from error


def _make(order: MasterOrder, shared: Path, threads: int, memory: float) -> None:
    """Make a master in the shared folder, unless another run does so at this moment."""
    with locked(shared):
        if _is_whole(shared):
            _log.info("taken from %s, where another run has just made it", shared)
            return
        if shared.exists():
            _log.warning("%s is not as it was made, by its digest; it is made anew", shared)
        make_master(order, str(shared), threads=threads, memory=memory)
        with atomic(_seal(shared), "w") as stream:
            stream.write(digest_of_file(shared))


def _is_whole(shared: Path) -> bool:
    """Return whether a master is there, with the bytes that were written."""
    try:
        return _seal(shared).read_text("ascii", "replace") == digest_of_file(shared)
    except FileNotFoundError:
        return False


def _seal(shared: Path) -> Path:
    """Return the file that holds the digest of a shared master."""
    return shared.with_name(f"{shared.name}.digest")


def _identity(order: MasterOrder) -> str:
    """Return a digest of all that the bytes of a master depend on.

    Raw frames are told by path, size and time of change, so none of their pixels is read.
    """
    inputs = Inputs()
    frames = [_told(one, inputs) for one in order.frames]
    told = plain(replace(order, told=None)) | {"frames": frames}
    return digest_of(order=told, algorithm=ALGORITHMS["combine"], version=__version__)[:12]


def _told(frame: FrameOrder, inputs: Inputs) -> dict[str, Any]:
    """Return the order of a frame, each file in it told by what it holds."""
    taken, told = frame.subtraction, plain(frame)
    told["raw"] = [os.path.realpath(frame.raw)]
    with suppress(FileNotFoundError):  # it is left out
        stat = os.stat(frame.raw)
        told["raw"] += [stat.st_size, stat.st_mtime_ns]
    if taken.bias is not None:
        told["subtraction"]["bias"] = inputs.identity(taken.bias)
    if taken.dark is not None:
        told["subtraction"]["dark"]["path"] = inputs.identity(taken.dark.path)
        if taken.dark.bias is not None:
            told["subtraction"]["dark"]["bias"] = inputs.identity(taken.dark.bias)
    if frame.cosmetic is not None:
        told["cosmetic"] = content_digest(frame.cosmetic)
    return told
