"""The HDUs of a FITS file: the cards of each, and where its data lie.

Only the blocks of headers are fetched, and of their cards the few keywords that Plateworks knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from plateworks.errors import FrameError
from plateworks.files import read_at
from plateworks.metadata.cardunits import EXPOSURES, parse_exposure
from plateworks.metadata.dialects import WANTED
from plateworks.metadata.layout import data_bytes
from plateworks.metadata.values import Cards, parse_value
from plateworks.printable import printable

BLOCK = 2880
CARD = 80
#: Most headers end within five blocks; those of plate-solved frames take another read.
FIRST_READ = 5 * BLOCK
_MAX_CARDS = 36_000
#: The first eight bytes of a card -> its keyword, for all cards that are not passed over.
_KEYWORDS = {name.ljust(8): name for name in WANTED if len(name) <= 8} | {
    name.ljust(8): name for name in ("END", "HISTORY", "CONTINUE", "HIERARCH")
}

#: Gives up to `n` bytes from `offset` of the (unpacked) file; offsets never decrease.
Reader = Callable[[int, int], bytes]


class Hdu(NamedTuple):
    """One HDU as it is stored.

    Attributes
    ----------
    cards, others : dict
        Its cards, and those that say it again otherwise.
    history : list of str
    text : str
        The blocks of its header, in Latin-1.
    start, size : int
        Where its data begin, and their bytes without padding.
    """

    cards: Cards
    others: Cards
    history: list[str]
    text: str
    start: int
    size: int


def read_hdus(path: str, handle: int) -> Iterator[Hdu]:
    """Yield the HDUs of an open file of plain FITS.

    Raises
    ------
    FrameError
        If a header makes no sense, or ends too early.
    """
    offset = 0

    def read(start: int, count: int) -> bytes:
        return read_at(handle, count, start)

    while (hdu := read_hdu(path, read, offset)) is not None:
        yield hdu
        offset = -(-(hdu.start + hdu.size) // BLOCK) * BLOCK


def read_hdu(path: str, read: Reader, offset: int) -> Hdu | None:
    """Read one header; None at the end of the file, or before what some programs append to it."""
    cards: Cards = {}
    others: Cards = {}
    history: list[str] = []
    keyword_of = _KEYWORDS.get
    # The keyword and the text that a CONTINUE card may carry on, and where.
    continued, begun, continue_at = "", "", -1
    start, length, blocks = offset, FIRST_READ, ""
    while True:
        text = read(start, length).decode("latin-1")
        if start == offset and not text.startswith(("SIMPLE", "XTENSION")):
            return None
        blocks += text
        for i in range(0, len(text) - CARD + 1, CARD):
            keyword = keyword_of(text[i : i + 8])
            if keyword is None:
                continue
            rest = text[i + 9 : i + CARD]
            if text[i + 8] != "=":
                if keyword == "HISTORY":
                    history.append(printable(text[i + 8 : i + CARD].strip()))
                elif keyword == "END":
                    count = (start - offset + i) // BLOCK + 1
                    text = blocks[: count * BLOCK].ljust(count * BLOCK)
                    size = data_bytes(path, cards)
                    return Hdu(cards, others, history, text, offset + len(text), size)
                elif keyword == "CONTINUE" and start + i == continue_at:
                    cards[continued] = begun = begun[:-1] + str(parse_value(rest) or "")
                    continue_at += CARD if begun.endswith("&") else 0
                if keyword != "HIERARCH":
                    continue
                keyword, _, rest = rest.partition("=")
                keyword = keyword.strip().upper()
                if keyword not in WANTED:
                    continue
            if keyword in EXPOSURES:
                value = parse_exposure(keyword, rest)
                if cards.setdefault(keyword, value) != value:
                    others.setdefault(keyword, value)
            elif keyword not in cards:
                value = cards[keyword] = parse_value(rest)
                if type(value) is str and value[-1:] == "&":
                    continued, begun, continue_at = keyword, value, start + i + CARD
            elif (value := parse_value(rest)) != cards[keyword]:
                others.setdefault(keyword, value)
        start += len(text)
        if len(text) < length:
            raise FrameError(path, f"ends inside its header, after {start:,} bytes; copy it again")
        length = 20 * BLOCK
        if start - offset > _MAX_CARDS * CARD:
            raise FrameError(path, f"has no END card among the first {_MAX_CARDS:,} of a header")
