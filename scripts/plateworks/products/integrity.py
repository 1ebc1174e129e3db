"""Whether products hold what was written: every sum in them is made anew and compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from plateworks.errors import FrameError, TroubleError
from plateworks.files import read_into
from plateworks.metadata.caveats import FAILED, texts_of
from plateworks.metadata.checksums import ALTERED, OURS, is_whole, stated_sum, sum_of
from plateworks.metadata.hdus import BLOCK, read_hdus
from plateworks.metadata.imagenames import is_image_name
from plateworks.products.reading import FrameReader
from plateworks.troubles import not_read

#: Bytes that are summed at a time, so that they are still in the processor's cache.
_PIECE = 1 << 18


class Broken(NamedTuple):
    """An HDU whose sums do not agree with it: which, and whether its data are at fault."""

    hdu: str
    data: bool


def refuse_altered(path: str, beside_image: bool = False) -> None:
    """Refuse a product of ours whose data are not those that were written.

    Cards that were changed since are believed, as they are in raw frames.

    Parameters
    ----------
    path : str
        FITS of anybody, or anything else: of that nothing is known here.
    beside_image : bool
        Whether only what follows the first image is looked at, as who reads that compares its sum.

    Raises
    ------
    FrameError
        With the first HDU of which that holds.
    TroubleError
        If the file cannot be read for a reason that may pass.
    """
    for broken in broken_hdus(path, int(beside_image)):
        if broken.data:
            raise FrameError(path, f"has other data in {broken.hdu} than DATASUM says: {ALTERED}")


def is_altered(path: str) -> bool:
    """Whether a product does not hold the image that was written; one without pixels has none."""
    if not is_image_name(path) or texts_of(path, FAILED) != [""]:
        return False
    try:
        refuse_altered(path)
        with FrameReader(path) as reader:
            reader.digest()
    except FrameError:
        return True
    except TroubleError:
        pass
    return False


def broken_hdus(path: str, first: int = 0) -> Iterator[Broken]:
    """Yield the HDUs of a product of ours, from the one of that number on, that were changed.

    Raises
    ------
    FrameError, TroubleError
        If it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            if file.read(6) != b"SIMPLE":
                return
            ours = False
            for number, hdu in enumerate(read_hdus(path, file.fileno())):
                ours |= OURS in hdu.cards
                if not ours:
                    return
                stated = stated_sum(hdu.cards.get("DATASUM"))
                if number < first or stated is None:
                    continue
                name = str(hdu.cards.get("EXTNAME") or "its image")
                total = sum_of(_pieces(path, file.fileno(), hdu.start, hdu.size))
                if not is_whole(total - stated):
                    yield Broken(name, data=True)
                elif not is_whole(total + sum_of([hdu.text.encode("latin-1")])):
                    yield Broken(name, data=False)
    except OSError as error:
        raise not_read(path, error, "cannot be read") from error


def _pieces(path: str, file: int, start: int, size: int) -> Iterator[np.ndarray]:
    """Yield a data unit with its padding, piece by piece in one place of memory."""
    length = -(-size // BLOCK) * BLOCK
    room = np.empty(min(length, _PIECE), np.uint8)
    for first in range(0, length, _PIECE):
        piece = room[: length - first]
        if read_into(file, piece.data, start + first) < piece.size:
            raise FrameError(path, "is shorter than its header promises; copy it again")
        yield piece
