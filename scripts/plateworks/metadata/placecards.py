"""Which pixels of the sensor an image holds, and which way round: rows, mirrors, subframes."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, get_args

from plateworks.metadata.bounds import within
from plateworks.metadata.quantities import parse_number
from plateworks.metadata.spelling import spelt
from plateworks.metadata.values import Cards

# --- planes ---------------------------------------------------------------------------------

#: What the third axis of an image counts; in XISF its space of colours stands there.
THIRD_AXIS = "CTYPE3"
#: Words of that card by which the planes may be red, green and blue.
_COLOURS = re.compile(r"|.*(RGB|COLOU?R|BAND|CHANNEL).*|LINEAR|PIXELS?|PLANES?", re.IGNORECASE)


def read_third_axis(cards: Cards) -> str | None:
    """Return what the planes of an image are, where its header says that they are no colours."""
    stated = str(cards.get(THIRD_AXIS) or "").strip()
    return None if _COLOURS.fullmatch(stated) else stated


# --- the order of the rows, and mirrors -----------------------------------------------------

ROWS_KEY = "ROWORDER"
RowOrder = Literal["TOP-DOWN", "BOTTOM-UP"]
TOP_DOWN, BOTTOM_UP = get_args(RowOrder)

#: Whether and how the program turned the image as it saved it (MaxIm DL).
FLIP_KEY = "FLIPSTAT"
#: Words of that card -> what was done; other words stand for themselves.
_FLIPS = {
    **dict.fromkeys(("flip", "flipped", "vertical", "v"), "flip"),
    **dict.fromkeys(("mirror", "mirrored", "horizontal", "h"), "mirror"),
    **dict.fromkeys(("none", "no", "normal", "unflipped", "false", "f", "0", "n", "a"), ""),
}


def read_row_order(stated: str | None, notes: list[str]) -> str | None:
    """Return the order of the rows from what the card says, in whatever spelling."""
    if stated is None or stated in (TOP_DOWN, BOTTOM_UP):
        return stated
    letters = re.sub(r"[^A-Z]", "", stated.upper())
    for word, order in (("TOP", TOP_DOWN), ("BOTTOM", BOTTOM_UP)):
        if letters.startswith(word):
            return order
    if letters and letters not in ("UNKNOWN", "NONE", "NA"):
        notes.append(f"{ROWS_KEY} says {stated!r}, which is no order of rows known here")
    return None


def read_flip(cards: Cards) -> str | None:
    """Return how the image was turned when it was saved; ``none`` where the card says: not."""
    if FLIP_KEY not in cards:
        return None
    words = re.findall(r"[a-z0-9]+", str(cards[FLIP_KEY] or "").lower())
    told = [word for word in (_FLIPS.get(word, word) for word in words) if word]
    if set(told) <= {"flip", "mirror"}:  # in whatever order; beside a turn that matters
        told = sorted(set(told))
    return " ".join(told) or "none"


def pattern_from(pattern: str, x: float, y: float) -> str:
    """Return the pattern of a mosaic as it begins `x` columns and `y` rows into it."""
    if x % 2:
        pattern = pattern[1] + pattern[0] + pattern[3] + pattern[2]
    return pattern[2:] + pattern[:2] if y % 2 else pattern


# --- subframes -------------------------------------------------------------------------------


def _pairs(*stems: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of keywords for column and row, the letter of the axis at either end."""
    found: dict[tuple[str, str], None] = {}
    for stem in stems:
        columns, rows = (spelt([f"{axis} {stem}", f"{stem} {axis}"]) for axis in "XY")
        # The axis of a keyword that was cut off may be lost.
        found |= {(x, y): None for x, y in zip(columns, rows, strict=True) if x != y}
    return tuple(found)


#: Origin of the subframe, from 0: pairs of keywords.  XORGSUBF: SBFITSEXT, NINA, MaxIm DL, pyobs;
#: STARTX: ASICAP, FireCapture; FRAMEX: CCDciel; the others: drivers of INDI, QHY, Andor, AudeLA,
#: and of observatories.
ORIGIN_KEYS = (
    ("XORGSUBF", "YORGSUBF"), ("STARTX", "STARTY"), ("XSTART", "YSTART"),
    *_pairs("ORGSUB", "START", "STRT", "ROI", "FRAME", "FRM", "SUB", "SUBF", "SUBFR", "SUBFRM",
            "SUBFRAM", "CROP", "OFFSET", "ORG", "ORIG", "ORIGIN", "WIN", "ROI STRT", "ROI STAR",
            "CCD ORG", "CCD ROI", "CAM STR", "CAM STRT", "DET ORG", "ROI ORG"),
    ("SUBFRAMX", "SUBFRAMY"), ("CCDXORG", "CCDYORG"), ("CCD-XORG", "CCD-YORG"),
    ("COLSTART", "ROWSTART"), ("STARTCOL", "STARTROW"), ("FIRSTCOL", "FIRSTROW"), ("LEFT", "TOP"),
    ("ROILEFT", "ROITOP"), ("SUBLEFT", "SUBTOP"), ("WINLEFT", "WINTOP"),
)  # fmt: skip
#: The same, from 1.
FROM_ONE_KEYS = (
    ("ESO DET WIN1 STRX", "ESO DET WIN1 STRY"),
    ("ESO DET WIN STRX", "ESO DET WIN STRY"),
)
#: What is to be added to a place on the sensor for one in the image, in pixels as stored (IRAF).
SHIFT_KEYS = ("LTV1", "LTV2")
#: The part of the sensor, in its own pixels, before binning: ``[x1:x2,y1:y2]`` from 1, and other
#: arrangements of four numbers.  SUBRECT: Andor.
SECTION_KEYS = (
    "DETSEC", "CCDSEC", "SUBARRAY", "WINDOW", "SUBRECT", "IMAGESEC", "ROI", "SUBFRAME", "FRAMESEC",
    "DETROI", "CCDSEC1", "DETSEC1", "CCDWIN", "ROISEC", "DETWIN", "SUBSEC", "WINSEC", "CAMROI",
    "CCDROI", "SUBWIN", "IMGROI", "ROIRECT", "SUBIMAGE",
)  # fmt: skip

_ORIGINS = frozenset(key for keys in (*ORIGIN_KEYS, *FROM_ONE_KEYS, SHIFT_KEYS) for key in keys)
_SECTIONS = frozenset(SECTION_KEYS)
_INTEGERS = re.compile(r"(?<![\d.])\d{1,6}(?![\d.])")
_COLONS = re.compile(r"\s*\[?\s*\d+\s*:\s*\d+\s*,\s*\d+\s*:\s*\d+\s*\]?\s*")
_CORNERS = 4


class Origin(NamedTuple):
    """Column and row of the sensor at which an image begins.

    In pixels as stored; `binned` says that the unit is not known, since some programs count the
    sensor's own pixels there.
    """

    x: int
    y: int
    binned: bool = False


def read_origin(
    cards: Cards, width: int, height: int, xbin: int | None, ybin: int | None
) -> Origin | None:
    """Return where on the sensor an image of this size begins; None where nothing says it."""
    known = _ORIGINS.intersection(cards)
    binned = (xbin or 1, ybin or 1) != (1, 1)
    for table, first in ((ORIGIN_KEYS, 0), (FROM_ONE_KEYS, 1)) if known else ():
        for keys in table:
            if known.isdisjoint(keys):
                continue
            x, y = (_whole(cards, key) for key in keys)
            if x is not None and y is not None and min(x, y) >= first:
                return Origin(x - first, y - first, binned and (x, y) != (first, first))
    found = None
    for key in SECTION_KEYS if not _SECTIONS.isdisjoint(cards) else ():
        if key not in cards:
            continue
        corner = _corner(str(cards[key]), width * (xbin or 1), height * (ybin or 1))
        if corner is None:
            continue
        x, y, fits = corner
        here = Origin(x // (xbin or 1), y // (ybin or 1))
        if fits:
            return here
        found = found or here
    if found is None and not known.isdisjoint(SHIFT_KEYS):
        x, y = (_whole(cards, key) for key in SHIFT_KEYS)
        if x is not None and y is not None and max(x, y) <= 0:
            return Origin(-x, -y)
    return found


def _whole(cards: Cards, key: str) -> int | None:
    value = within("origin", parse_number(cards.get(key)))
    return int(value) if value is not None and value == int(value) else None


def _corner(text: str, width: int, height: int) -> tuple[int, int, bool] | None:
    """Return the corner of a section, from 0, and whether the section is of the image's size.

    A section that is read from the other side has its larger number first.  Without colons, four
    numbers may be corner and size, or both corners in one of several orders: that which fits.
    """
    numbers = [int(one) for one in _INTEGERS.findall(text)]
    if len(numbers) != _CORNERS:
        return None
    a, b, c, d = numbers
    if _COLONS.fullmatch(text):
        x, y = min(a, b), min(c, d)
        fits = (abs(b - a) + 1, abs(d - c) + 1) == (width, height)
        return (x - 1, y - 1, fits) if x > 0 and y > 0 else None
    for x1, x2, y1, y2 in ((a, c, b, d), (a, b, c, d)):
        if (abs(x2 - x1) + 1, abs(y2 - y1) + 1) == (width, height) and min(x1, x2, y1, y2) > 0:
            return min(x1, x2) - 1, min(y1, y2) - 1, True
    return (a, b, True) if (c, d) == (width, height) else None
