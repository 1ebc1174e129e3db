"""Make small or sparse image files from header cards, for tests of whatever reads headers."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path
from xml.sax.saxutils import quoteattr

from astropy.io import fits

BLOCK = 2880

#: The attributes of an XISF image of 16 x 16 pixels.
PLAIN_XISF = 'geometry="16:16:1" sampleFormat="Float32" location="attachment:{position}:1024"'

#: What a text of header cards must begin with to be a FITS file.
STRUCTURE = ("SIMPLE", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2")


def cards_of_text(lines: Iterable[str]) -> list[str]:
    """Give the cards of a listing of a header.

    Lines that carry on a comment too long for its card are no cards and are dropped; so are END
    and blank lines.
    """
    lines = [line.rstrip() for line in lines]
    return [
        line[:80]
        for line in lines
        if line != "END"
        and (line[8:9] == "=" or line.startswith(("HISTORY", "COMMENT", "HIERARCH")))
    ]


def complete(cards: list[str], width: int = 16, height: int = 16, bitpix: int = 16) -> list[str]:
    """Put the cards that describe the array in front where a listing lacks any of them."""
    given = {card[:8].strip(): card for card in cards}
    default = {
        "SIMPLE": "T", "BITPIX": bitpix, "NAXIS": 2, "NAXIS1": width, "NAXIS2": height,
    }  # fmt: skip
    front = [given.get(key, f"{key:8}= {value:>20}") for key, value in default.items()]
    return front + [card for card in cards if card[:8].strip() not in default]


def header_block(cards: list[str]) -> bytes:
    """Give the bytes of a FITS header of these cards, END and padding included."""
    text = "".join(card.ljust(80) for card in [*cards, "END"])
    return text.ljust(-(-len(text) // BLOCK) * BLOCK).encode("latin-1")


def write_sparse(path: Path, cards: list[str]) -> Path:
    """Write a FITS file of these cards whose array is a hole of the right size."""
    head = header_block(cards)
    value = {card[:8].strip(): card[10:].split("/")[0].strip() for card in cards}
    size = abs(int(value["BITPIX"])) // 8
    for axis in range(1, int(value["NAXIS"]) + 1):
        size *= int(value[f"NAXIS{axis}"])
    path.write_bytes(head)
    os.truncate(path, len(head) + -(-size // BLOCK) * BLOCK)
    return path


#: Cards of a small light.
CARDS = complete(["EXPTIME =  30.0", "IMAGETYP= 'LIGHT'"])


def write(folder: Path, content: bytes, name: str = "a.fits") -> Path:
    """Write a file of these bytes."""
    path = folder / name
    path.write_bytes(content)
    return path


def multi_extension(folder: Path, *hdus: fits.ImageHDU | fits.BinTableHDU) -> Path:
    """Write a FITS file of some extensions behind a primary one without an image."""
    path = folder / "mef.fits"
    primary = fits.PrimaryHDU()
    primary.header["FILTER"], primary.header["EXPTIME"] = "R", 5.0
    fits.HDUList([primary, *hdus]).writeto(path)
    return path


def write_header(text: Path, path: Path, without: Collection[str] = ()) -> Path:
    """Write a frame of zeros with the cards of a text.

    Parameters
    ----------
    text : Path
        Cards of FITS; where its name ends in ``.xisf.txt``, keywords of XISF in the same form.
    path : Path
        The file, without its ending.
    without : collection of str
        Keywords of cards that are left out.

    Returns
    -------
    Path
        The file.
    """
    lines = text.read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line[:8].strip() not in without]
    if not text.name.endswith(".xisf.txt"):
        return write_sparse(path.with_name(path.name + ".fits"), complete(cards_of_text(lines)))
    keywords = [
        ("HISTORY", "", line[8:])
        if line.startswith("HISTORY")
        else (line[:8].strip(), line[10:], "")
        for line in lines
    ]
    path = path.with_name(path.name + ".xisf")
    return write_xisf(path, PLAIN_XISF, data=bytes(1024), keywords=keywords)


def write_xisf(
    path: Path,
    attributes: str,
    inside: str = "",
    data: bytes = b"",
    keywords: list[tuple[str, str, str]] = (),
) -> Path:
    """Write a monolithic XISF file of one image.

    Parameters
    ----------
    path : Path
        The file.
    attributes : str
        Attributes of the Image element; ``{position}`` stands for where `data` begin.
    inside : str
        What the Image element holds besides the keywords.
    data : bytes
        The attached block.
    keywords : list of (name, value, comment)
        FITS keywords.
    """
    cards = "".join(
        f"<FITSKeyword name={quoteattr(n)} value={quoteattr(v)} comment={quoteattr(c)}/>"
        for n, v, c in keywords
    )
    room = 1024 + len(attributes) + len(inside) + len(cards.encode())
    position = 16 + room
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<xisf version="1.0" xmlns="http://www.pixinsight.com/xisf">'
        f"<Image {attributes.replace('{position}', str(position))}>{cards}{inside}</Image></xisf>"
    ).encode()
    head = b"XISF0100" + room.to_bytes(4, "little") + bytes(4)
    path.write_bytes(head + xml.ljust(room, b"\0") + data)
    return path
