"""Headers of products: the original cards, and the lineage added to them."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from astropy.io import fits

from plateworks import __version__
from plateworks.digests import digest_of, digest_of_bytes
from plateworks.errors import FrameError
from plateworks.metadata import formats
from plateworks.metadata.cards import read_cards
from plateworks.metadata.caveats import CAVEAT, FAILED
from plateworks.metadata.datadigest import DATA
from plateworks.metadata.formats.format import Keyword
from plateworks.metadata.frame import Frame
from plateworks.metadata.hdus import CARD
from plateworks.metadata.header import EXTENSIONS
from plateworks.metadata.packed import PACKINGS, unpacking
from plateworks.metadata.xisf import read_keywords
from plateworks.metadata.xisf_cards import COMMENTARY
from plateworks.products.spooling import unpacked

#: Card of every product by which later products name it.
DIGEST = "PWDIGEST"
#: Card of a product by which its planning knows it again: what its job was told.
TOLD = "PWTOLD"
#: Card of a master flat whose frames name no pattern of colours, and show one.
MOSAIC = "PWMOSAIC"
#: Fields of a frame that tell how it was read, in our own words, and nothing of the exposure that
#: the others do not tell.
_ABOUT_READING = ("path", "notes", "origin_binned")

#: Cards that describe how the array is stored; a copied header must not carry them.
STRUCTURAL = (
    "SIMPLE", "XTENSION", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "NAXIS3", "EXTEND", "PCOUNT",
    "GCOUNT", "BSCALE", "BZERO", "BLANK", "CHECKSUM", "DATASUM", "TFIELDS", "TTYPE1", "TFORM1",
    "ZIMAGE", "ZBITPIX", "ZNAXIS", "ZNAXIS1", "ZNAXIS2", "ZTILE1", "ZTILE2", "ZCMPTYPE", "ZNAME1",
    "ZVAL1", "ZNAME2", "ZVAL2", "ZSIMPLE", "ZEXTEND", "ZQUANTIZ", "ZDITHER0", "EXTNAME", "THEAP",
    "DATAMIN", "DATAMAX", "INHERIT", "GROUPS", EXTENSIONS, DATA,
)  # fmt: skip
#: And those that have a number behind them.
_NUMBERED = re.compile(r"(NAXIS|TFORM|TSCAL|TZERO|TNULL|TTYPE|TUNIT|TDISP|TDIM|TBCOL)[0-9]{1,3}")


#: Characters of a text that fit in one card, each quotation mark counting twice.
_MOST_TEXT = 68


def original_header(path: str) -> fits.Header:
    """Return the cards of a raw frame, without those that describe how its array is stored.

    Cards that break the FITS standard are mended where that is possible and left out elsewhere.
    """
    layout = read_cards(path)
    keywords = formats.of(layout).keywords(path)
    if keywords is not None:
        return clean_header(_header_of(keywords))
    packing = layout.compression if layout.compression in PACKINGS else None
    if layout.array_offset is not None and layout.hdu == 0:
        with ExitStack() as stack:
            stream: IO[bytes] = stack.enter_context(open(path, "rb"))
            if packing is not None:
                stream = stack.enter_context(unpacking(path, stream, packing))
            texts = _cards(stream.read(layout.array_offset))
        return _without_structure(map(copy.copy, map(_mended, texts)))
    with ExitStack() as stack:
        name = path
        if packing is not None:
            name = f"/dev/fd/{stack.enter_context(unpacked(path, layout)).fileno()}"
        hdus = stack.enter_context(fits.open(name, memmap=False, ignore_missing_simple=True))
        header = hdus[0].header
        if layout.hdu:
            header = header.copy()
            header.extend(hdus[layout.hdu].header, update=True)
        return _without_structure(map(_mend, header.cards))


def clean_header(header: fits.Header) -> fits.Header:
    """Copy `header` without the cards that describe how its array was stored."""
    return _stripped(header.copy())


def clean_cards(header: fits.Header) -> list[fits.Card]:
    """Return the cards of `header` itself, without those that :func:`clean_header` leaves out."""
    return [card for card in header.cards if not _is_structural(card.keyword)]


def without_pixels(path: str | os.PathLike, header: fits.Header) -> FrameError:
    """Return the error of a file that has these cards and no pixels."""
    return FrameError(os.fspath(path), f"has no pixels: {header.get(FAILED, 'nothing says why')}")


def put(header: fits.Header, keyword: str, value: Any, comment: str = "") -> None:
    """Set one card if its value is known; text is made ASCII, and both are cut to fit."""
    if value is None:
        return
    room = 47  # a card of 80 characters, its keyword, a number, and the slash
    if isinstance(value, str):
        value = ascii_text(value)[:_MOST_TEXT]
        room = _room_beside(value)
    elif isinstance(value, float):
        value = float(f"{value:.12g}")
    header[keyword] = (value, comment if len(comment) <= room else comment[: max(room, 0)].rstrip())


def _room_beside(text: str) -> int:
    """Return how many characters a comment may have in the one card of a text."""
    return 80 - 10 - max(20, len(text.replace("'", "''")) + 2) - 3


def put_text(header: fits.Header, keyword: str, text: str, comment: str = "") -> None:
    """Set one card to a text of any length; a long one goes on in CONTINUE cards."""
    value, room = ascii_text(text), len(comment)
    if len(value.replace("'", "''")) <= _MOST_TEXT:  # else the comment goes on as well
        room = _room_beside(value)
    header[keyword] = (value, comment[: max(room, 0)].rstrip())


def warn(header: fits.Header, caveat: str) -> None:
    """Let a product warn of itself: the caveat stands in its header, behind those before."""
    before = header.get(CAVEAT)
    put_text(header, CAVEAT, f"{before}; {caveat}" if before else caveat)


def ascii_text(text: str) -> str:
    """Return `text` in printable ASCII, other characters written as escapes."""
    escaped = text.encode("ascii", "backslashreplace").decode("ascii")
    return "".join(c if " " <= c <= "~" else "?" for c in escaped)


def lineage(header: fits.Header, lines: Iterable[str]) -> None:
    """Add HISTORY cards that say how a product came about."""
    for line in lines:
        header.add_history(ascii_text(line))


def digests_of(frames: Iterable[Frame]) -> list[str]:
    """Return a digest of each frame: of its name and of all that its header says.

    Where the files lie makes no difference, nor does their order.
    """
    return sorted(_digest_of_frame(frame) for frame in frames)


def _digest_of_frame(frame: Frame) -> str:
    told = {one.name: getattr(frame, one.name) for one in fields(frame)}
    known = {name: value for name, value in told.items() if name not in _ABOUT_READING}
    return digest_of(file=Path(frame.path).name, **known)


def content_digest(path: str) -> str:
    """Return a digest of a file: a list keeps its name when another threshold fills it."""
    return digest_of_bytes(Path(path).read_bytes())


def stamp(header: fits.Header, digest: str, algorithm: int, told: str | None = None) -> None:
    """Say which program made a product, from what, by which version and by which order."""
    header.remove(TOLD, ignore_missing=True)
    put(header, "PWVERS", __version__, "version of Plateworks")
    put(header, "PWALGO", algorithm, "version of this step's algorithm")
    put(header, DIGEST, digest, "digest of inputs and settings")
    put(header, TOLD, told, "digest of what its job was told")


def product_digest(path: str, header: Mapping[str, Any]) -> str:
    """Return the digest by which a product names a master: its own, else that of its header."""
    if DIGEST in header:
        return str(header[DIGEST])
    cards = header if isinstance(header, fits.Header) else fits.Header(header)
    return digest_of(file=Path(path).name, header=cards.tostring())


def _cards(block: bytes) -> Iterator[str]:
    """Divide a header into its cards, each with the CONTINUE cards that carry it on."""
    text = block.decode("ascii", "replace").replace("\ufffd", "?")
    card = ""
    for start in range(0, len(text), CARD):
        line = text[start : start + CARD]
        if card and line.startswith("CONTINUE"):
            card += line
            continue
        if card:
            yield card
        if line.startswith("END     "):
            return
        card = line


@lru_cache(maxsize=4096)
def _mended(text: str) -> fits.Card | None:
    """Return the card of a text, mended.

    Most cards are the same in all frames of a night, and parsing, checking and writing each anew
    would take longer than calibrating a small frame.
    """
    return _mend(fits.Card.fromstring(text))


def _mend(card: fits.Card) -> fits.Card | None:
    """Write a card anew as the standard says; None if that cannot be."""
    try:
        card.verify("silentfix+ignore")
        mended = fits.Card(card.keyword, card.value, card.comment)
    except (fits.VerifyError, ValueError):
        return None
    with suppress(ValueError):
        _ = mended.image  # is kept, and copied with the card
    return mended


def _without_structure(cards: Iterable[fits.Card | None]) -> fits.Header:
    """Make a header of the cards that could be mended and do not describe the array."""
    return _stripped(fits.Header(card for card in cards if card is not None))


def _stripped(header: fits.Header) -> fits.Header:
    """Take structural cards out by their names: astropy counts to whatever number TFIELDS says."""
    names = {card.keyword for card in header.cards}
    for key in filter(_is_structural, names):
        header.remove(key, remove_all=True)
    return header


def _is_structural(keyword: str) -> bool:
    return keyword in STRUCTURAL or _NUMBERED.fullmatch(keyword) is not None


def xisf_header(path: str | os.PathLike) -> fits.Header:
    """Return the keywords of the first image in an XISF file, with their comments."""
    return _header_of(read_keywords(path))


def _header_of(keywords: Iterable[Keyword]) -> fits.Header:
    header = fits.Header()
    for keyword, value, comment in keywords:
        if isinstance(value, str):
            value = ascii_text(value)
        if keyword in COMMENTARY:
            text = str(value)
            for start in range(0, max(len(text), 1), 72):
                header.append(fits.Card(keyword, text[start : start + 72]), end=True)
            continue
        try:
            header.append(fits.Card(keyword, value, ascii_text(comment)), end=True)
        except ValueError:  # no keyword that FITS knows, or no number
            continue
    return header
