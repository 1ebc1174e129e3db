"""The checksums of FITS: sums of 32-bit words in ones' complement (standard 4.0, appendix J).

``DATASUM`` is the sum of a data unit, so it alone tells of pixels.  ``CHECKSUM`` makes the sum of a
whole HDU all ones, so a card that was changed after the file was written breaks it.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterable
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
_WORD = 4


def sum_of(pieces: Pieces) -> int:
    """Return the sum of what follows one another, zeros behind it making the last word whole.

    Parameters
    ----------
    pieces : iterable of buffers
        All but the last of a multiple of 4 bytes.
    """
    import numpy as np  # reading headers does without it

    total = 0
    for piece in pieces:
        data = np.frombuffer(piece, np.uint8)
        whole = data.size - data.size % _WORD
        total += int(data[:whole].view(">u4").sum(dtype=np.uint64))
        total += int.from_bytes(data[whole:].tobytes().ljust(_WORD, b"\0"), "big")
    return total % _ONES


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
    words = struct.unpack(f">{len(header) // _WORD}I", header.encode("latin-1"))
    return (sum(words) + data) % _ONES != 0


def check_sum(path: str, header: Header, pieces: Pieces, card: str) -> None:
    """Compare the data of a file with the sum that a card states, where it does.

    A program that cuts a frame, or writes other pixels, and copies the cards leaves both sums
    behind.  Then the header does not agree either; a bit that changed in the data leaves it right.

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
    found = sum_of(pieces)
    if found == stated:
        return
    told = f"has {card} = {header.cards[card]!r}, and its data have the sum {found}"
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
