"""What a product says of the files that it was made of: how each is named, and its digests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from plateworks.metadata.caveats import values_of
from plateworks.metadata.darkmodels import MODEL, MODELLED
from plateworks.metadata.frametable import read_frames
from plateworks.metadata.imagenames import is_image_name
from plateworks.products.imagefiles import read_image_header

#: Beginnings of the cards ...FILE and ...DIG of a light, a mask.
_CARDS = ("RAW", "BIAS", "DARK", "DBIA", "FLAT", "COSM", "BPM")
_TOLD = ("IMAGETYP", "RAWREST", *(f"{one}{end}" for one in _CARDS for end in ("FILE", "DIG")))
_DIGEST = r"((?:[0-9a-f]{16}){1,2})"
#: A line in the history of a master, a model of the dark, and a dark that is made of one; astropy
#: breaks those that are longer than a card.
_WITH = re.compile(rf"with (\S(?:(?!with ).)*?) {_DIGEST}(?![0-9a-f])")
_LINES = {MODEL: "of", MODELLED: "by the model"}
_LINE = 72
#: The comments of a list: the dark, and the digest of its data.
_OF_DARK = re.compile(r"# \d+ pixels of (.+?) \(.*?\r?\n(?:#.*\n)*?# DARKDIG ([0-9a-f]{32})")
_FIRST = 1 << 14


class Claim(NamedTuple):
    """A file that a product was made of.

    Attributes
    ----------
    name : str
        Of a raw frame below the raw folder; of others the name of the file.
    data : str
        The digest of its data, or of all of it where it is a list.
    rest : str
        That of the rest of a raw frame; empty where nothing is told of that.
    """

    name: str
    data: str
    rest: str = ""


def claims_of(path: str) -> list[Claim]:
    """Return what a product says, raw frames first.

    Raises
    ------
    FrameError, TroubleError
        If it cannot be read.
    """
    if not is_image_name(path):
        return list(_of_list(path))
    # Cards of a kind are few, and the history is long: it is read where it tells something.
    header = values_of(path, _TOLD) or read_image_header(path)
    rows = [Claim(row.name, row.digest, row.rest) for row in read_frames(path) if row.digest]
    return [*rows, *_of_cards(header), *_of_history(path, str(header.get("IMAGETYP") or ""))]


def _of_cards(header: Mapping[str, Any]) -> Iterator[Claim]:
    for name in _CARDS:
        if f"{name}DIG" in header and f"{name}FILE" in header:
            rest = str(header.get("RAWREST") or "") if name == "RAW" else ""
            yield Claim(str(header[f"{name}FILE"]), str(header[f"{name}DIG"]), rest)


def _of_history(path: str, kind: str) -> Iterator[Claim]:
    if kind.startswith("Master "):
        link = _WITH
    elif kind in _LINES:
        link = re.compile(rf"^{_LINES[kind]} (\S.*?) {_DIGEST}$", re.MULTILINE)
    else:
        return
    lines = map(str, read_image_header(path).get("HISTORY", ()))
    text = "".join(line if len(line) == _LINE else f"{line}\n" for line in lines)
    for found in link.finditer(text):
        yield Claim(*found.groups())


def _of_list(path: str) -> Iterator[Claim]:
    with suppress(OSError), open(path, encoding="utf-8", errors="replace", newline="") as stream:
        if found := _OF_DARK.match(stream.read(_FIRST)):
            yield Claim(*found.groups())
