"""Files that are no images by their names: which to tell of, and which may be FITS after all."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

from plateworks.errors import FrameError, TroubleError
from plateworks.files import read_at
from plateworks.metadata.packed import DAMAGED, beginnings, packing_of
from plateworks.troubles import not_read

#: Notes, tables and what programs keep beside frames: nobody expects these to be read.
_BESIDE = """
    txt md rst csv tsv json jsonl xml yaml yml toml ini cfg conf log html htm css js pdf doc
    docx xls xlsx ods odt rtf db sqlite lnk url py sh bat smk ipynb xmp md5 sha1 sha256 seq ssf
    xosm xpsm lst
"""

#: Pictures, films, packed files, half-written ones and copies kept by
#: editors, by-products of Astrometry.net.
_OTHERS = """
    jpg jpeg png tif tiff bmp gif webp heic psd xcf
    ser avi mov mp4 mkv mts
    z tar tgz 7z rar zst lz lz4
    tmp part partial filepart crdownload bak old orig swp
    new axy wcs corr rdls match xyls solved
    npy npz h5 hdf5
"""

BESIDE = frozenset(f".{word}" for word in _BESIDE.split())
OTHERS = frozenset(("~", *(f".{word}" for word in _OTHERS.split())))

#: How a FITS file begins.
_FITS = b"SIMPLE"


def ending_of(name: str) -> str:
    """Return the ending of a name or path in lower case, but for ``.Z``; empty if it has none.

    Editors' copies end in ``~``.
    """
    stem, _, ending = os.path.basename(name).rpartition(".")
    if name.endswith("~"):
        return "~"
    if not stem or not ending.isalnum() or len(ending) > 10:
        return ""
    return ".Z" if ending == "Z" else f".{ending.lower()}"


def worth_a_word(ending: str) -> bool:
    """Whether people should know that a file with an ending is not looked at."""
    return ending.lower() not in BESIDE


def may_be_fits(ending: str) -> bool:
    """Whether a file with an ending, or with none, may be FITS, though not by its ending."""
    low = ending.lower()
    return low not in BESIDE and low not in OTHERS


def is_fits(path: str) -> bool:
    """Whether a regular file begins as FITS does, or what is packed in it.

    Of a zip file any of those in it may.

    Raises
    ------
    TroubleError
        If it cannot be read for a reason that may pass.
    """
    try:
        # Without O_NONBLOCK a named pipe would stop the scan until somebody writes into it.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return False
    except OSError as error:
        return _passed_over(path, error)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return False
        start = read_at(handle, len(_FITS), 0)
        packing = packing_of(start)
        if packing is None:
            return start == _FITS
        with open(handle, "rb", closefd=False) as file:
            return any(one == _FITS for one in beginnings(file, packing, len(_FITS)))
    except (OSError, FrameError, *DAMAGED) as error:
        return _passed_over(path, error)
    finally:
        os.close(handle)


def _passed_over(path: str, error: Exception) -> bool:
    """Return that a file which holds no FITS does not, and raise a trouble with any other."""
    found = not_read(path, error, "cannot be read")
    if isinstance(found, TroubleError):
        raise found from error
    return False


def kinds_of_files(counts: Mapping[str, int], most: int = 16) -> str:
    """Return how many files there are of each ending: ``3 .ser, 1 .jpg, 2 without an ending``."""
    by_number = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    words = [f"{count} {ending or 'without an ending'}" for ending, count in by_number[:most]]
    rest = sum(count for _, count in by_number[most:])
    return ", ".join([*words, f"{rest} others"] if rest else words)
