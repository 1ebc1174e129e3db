"""The checksums of FITS: sums of 32-bit words in ones' complement (standard 4.0, appendix J).

``DATASUM`` is the sum of a data unit, so it alone tells of pixels.  ``CHECKSUM`` makes the sum of a
whole HDU all ones, so a card that was changed after the file was written breaks it.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterable
from itertools import product
from typing import TYPE_CHECKING

from plateworks.errors import FrameError
from plateworks.metadata.header import Header
from plateworks.metadata.values import Cards, Value

if TYPE_CHECKING:
    import numpy as np

    Pieces = Iterable[bytes | memoryview | np.ndarray]

_log = logging.getLogger(__name__)

#: All ones, which is zero in ones' complement: sums are equal that differ by this.
_ONES = (1 << 32) - 1
#: Bytes of a word.
WORD = 4
#: A card of each product of ours, and what is said of one that is not as it was written.
OURS = "PWVERS"
ALTERED = (
    "it was altered since Plateworks wrote it, so it is not used.  Remove it, and the next run "
    "makes it anew; one of a library is to be copied again"
)
#: Characters of CHECKSUM that are neither digits nor letters, and are not to be in it.
_NEITHER = (*range(0x3A, 0x41), *range(0x5B, 0x61))


def sum_of(pieces: Pieces) -> int:
    """Return the sum of what follows one another, zeros behind it making the last word whole.

    It is an integer of any size, of which FITS tells what is left of all ones.

    Parameters
    ----------
    pieces : iterable of buffers
        All but the last of a multiple of 4 bytes.
    """
    import numpy as np  # reading headers does without it

    total = 0
    for piece in pieces:
        data = np.frombuffer(piece, np.uint8)
        whole = data.size - data.size % WORD
        total += int(data[:whole].view(">u4").sum(dtype=np.uint64))
        total += int.from_bytes(data[whole:].tobytes().ljust(WORD, b"\0"), "big")
    return total


def is_whole(total: int) -> bool:
    """Whether a sum is all ones, or nothing: that of an HDU is, and any difference of two."""
    return total % _ONES == 0


def as_stated(total: int) -> int:
    """Return a sum as DATASUM writes it: only of what holds nothing but zeros it is 0."""
    return (total - 1) % _ONES + 1 if total else 0


def checksum_for(total: int) -> str:
    """Return the CHECKSUM that makes the sum of an HDU all ones.

    Parameters
    ----------
    total : int
        The sum of the HDU while 16 zeros, as characters, stand in the place of its CHECKSUM, which
        begins at the fourth byte of a word.
    """
    wanted = (_ONES - as_stated(total)).to_bytes(WORD, "big")
    columns = [_as_characters(byte) for byte in wanted]
    text = bytes(columns[place][row] for row in range(4) for place in range(WORD))
    return (text[-1:] + text[:-1]).decode("ascii")


def _as_characters(byte: int) -> list[int]:
    """Return four digits or letters that add up to a byte, beyond four times the character 0.

    Programs compare CHECKSUM as a text, so of all such four these are those of the standard.
    """
    quarter, rest = divmod(byte, 4)
    found = [ord("0") + quarter + rest, *(ord("0") + quarter,) * 3]
    while not set(_NEITHER).isdisjoint(found):
        for neither, first in product(_NEITHER, (0, 2)):
            if neither in found[first : first + 2]:
                found[first] += 1
                found[first + 1] -= 1
    return found


def stated_sum(value: Value) -> int | None:
    """Return what a card DATASUM says; None where it says nothing that is a sum."""
    text = str(value).strip() if type(value) in (int, str) else ""
    found = int(text) if text.isdecimal() and text.isascii() and len(text) < 20 else None
    return None if found is None or found > _ONES else found % _ONES


def header_was_changed(cards: Cards, header: str) -> bool:
    """Whether CHECKSUM says that a header is another than was written, by what DATASUM says.

    Parameters
    ----------
    cards : dict
    header : str
        Its blocks, in Latin-1.
    """
    data = stated_sum(cards.get("DATASUM"))
    if data is None or not str(cards.get("CHECKSUM") or "").strip("0 "):  # zeros: not reckoned yet
        return False
    words = struct.unpack(f">{len(header) // WORD}I", header.encode("latin-1"))
    return not is_whole(sum(words) + data)


def check_sum(path: str, header: Header, pieces: Pieces, card: str) -> None:
    """Compare the data of a file with the sum that a card states, where it does.

    A program that cuts a frame, or writes other pixels, and copies the cards leaves both sums
    behind.  Then the header does not agree either; a bit that changed in the data leaves it right.
    A product of ours is not believed for that: it is what was written, or it is none.

    Parameters
    ----------
    path : str
    header : Header
    pieces : iterable of buffers
        As :func:`sum_of` takes them; only read where there is a sum.
    card : str
        ``DATASUM``, or ``ZDATASUM`` of what tiles unpack to.

    Raises
    ------
    FrameError
        If they do not agree.
    """
    stated = stated_sum(header.cards.get(card))
    if stated is None:
        return
    found = sum_of(pieces) % _ONES
    if found == stated:
        return
    told = f"has {card} = {header.cards[card]!r}, and its data have the sum {found}"
    if OURS in header.cards:
        raise FrameError(path, f"{told}: {ALTERED}")
    if header.edited:
        _log.warning(
            "%s %s; its header was changed too since they were reckoned, so both are believed",
            path,
            told,
        )
        return
    raise FrameError(
        path,
        f"{told}: bits were changed since it was written; copy it again, or take the card out if "
        "a program changed the pixels and left it",
    )
