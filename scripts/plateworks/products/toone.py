"""Images whose numbers count from 0 to 1, where others count to 65535."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from plateworks.metadata.checksums import OURS
from plateworks.metadata.header import Header
from plateworks.metadata.normalise import frame_from_cards

#: Programs whose floating-point images count from 0 to 1, whatever was done to them.
_TO_ONE = ("Siril", "PixInsight")
#: What lies so little beyond 1 was rounded; so far below 0 lies no image of 0 to 1.
_JUST_BEYOND, _BELOW = 1e-3, -0.5
#: Share of pixels that may lie beyond, in the whole and in a sample of the rows, and how far: hot
#: ones, where a program set 1 at another level than the end of the converter.
_FEW_BEYOND, _FEW_OF_SAMPLE, _FAR_BEYOND = 1e-3, 0.05, 4.0


def is_to_one(
    path: str, header: Header, shape: tuple[int, int], rows: Callable[[int, int], np.ndarray]
) -> bool:
    """Whether the numbers of an image lie between 0 and 1.

    Products of ours never do; nor does what bias was taken from, unless a program that always
    counts so wrote it: what is left of such a frame may well be less than 1 ADU.

    Parameters
    ----------
    path : str
    header : Header
    shape : (H, W)
        Of the array.
    rows : function
        Reads the rows of the image from the first to one past the last.
    """
    if OURS in header.cards:
        return False
    frame = frame_from_cards(path, header)
    if frame.bias_inside is False and not _counts_to_one(header):
        return False
    (height, width), size = shape, shape[0] * shape[1]
    step = max(1, height // 16)
    sample = [_beyond(rows(row, row + 1), size) for row in range(0, height, step)]
    if sum(beyond for beyond, _ in sample) > _FEW_OF_SAMPLE * len(sample) * width:
        return False
    parts = [_beyond(rows(at, min(at + step, height)), size) for at in range(0, height, step)]
    beyond, positive = (sum(counts) for counts in zip(*parts, strict=True))
    # Where light is counted in single events, most of few pixels hold none at all.
    return not beyond or (beyond <= _FEW_BEYOND * size and positive > size // 2)


def _beyond(rows: np.ndarray, size: int) -> tuple[int, int]:
    """Return how many values of some rows do not lie from 0 to 1, and how many are above 0.

    If one lies far beyond, all of an image of that size are said to.
    """
    with np.errstate(invalid="ignore"):
        if (rows > _FAR_BEYOND).any():
            return size, 0
        beyond = np.count_nonzero((rows < _BELOW) | (rows > 1.0 + _JUST_BEYOND))
        return int(beyond), int(np.count_nonzero(rows > 0))


def _counts_to_one(header: Header) -> bool:
    programs = (str(header.cards.get(key) or "") for key in ("PROGRAM", "CREATOR", "SWCREATE"))
    return any(program.startswith(_TO_ONE) for program in programs)
