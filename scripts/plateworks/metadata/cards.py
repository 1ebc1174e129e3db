"""Read the header of an image file: which cards it has, and where its array lies.

A scan of ten thousand frames must not cost more than the walk through their folders.  So no more is
fetched than the beginning of a file, and of what it says the few keywords that Plateworks knows.
"""

from __future__ import annotations

import os
import stat

from plateworks.errors import FrameError
from plateworks.files import read_at
from plateworks.metadata import formats
from plateworks.metadata.dwarfnames import with_name
from plateworks.metadata.hdus import FIRST_READ
from plateworks.metadata.header import Header
from plateworks.metadata.sidecars import with_sidecar
from plateworks.metadata.strangers import told_by_beginning
from plateworks.troubles import not_read


def read_cards(path: str | os.PathLike) -> Header:
    """Read the header of the first 2-D image (or stack of planes) in a file.

    What the file is, is told by its first bytes (:mod:`plateworks.metadata.formats`).

    Parameters
    ----------
    path : path
        The file; it is opened read-only.

    Returns
    -------
    Header
        With the keywords of :data:`plateworks.metadata.dialects.WANTED`.

    Raises
    ------
    FrameError
        If the file is empty, is of none of the formats, holds no image or several, has a header
        that makes no sense, or is shorter than its header promises.
    TroubleError
        If it cannot be read for a reason that may pass.
    """
    path = os.fspath(path)
    try:
        # Without O_NONBLOCK a named pipe would stop the scan until somebody writes into it.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            return _read_open(path, handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise not_read(path, error, "cannot be read") from error


def _read_open(path: str, handle: int) -> Header:
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        raise FrameError(path, "is not a regular file")
    if hasattr(os, "posix_fadvise"):  # else the kernel fetches ten times what is asked for
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_RANDOM)
    start = read_at(handle, FIRST_READ, 0)
    if not start:
        raise FrameError(path, "is empty (0 bytes)")
    form = formats.beginning(path, start)
    if form is None:
        names = " nor ".join(one.name for one in formats.FORMATS)
        raise FrameError(path, f"is neither {names}: {told_by_beginning(start)}")
    return with_name(path, with_sidecar(path, form.read(path, handle, status.st_size, start)))
