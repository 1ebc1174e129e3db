"""The marks by which a frame is told that was combined from several: cards, HISTORY, names."""

from __future__ import annotations

import re
from functools import lru_cache

from plateworks.metadata.bounds import within
from plateworks.metadata.header import Header
from plateworks.metadata.spelling import spelt
from plateworks.metadata.values import Value, number

#: Number of frames combined: more than one makes a master.  NCOMBINE: IRAF and ours; STACKCNT:
#: Seestar, Siril; NUMFRAME: Astro Pixel Processor; SNAPSHOT: SBFITSEXT; LIGH_CNT, LUM_CNT: ASTAP.
COMBINED_KEYS = (
    "NUMFRAME", "NFRAMES", "NIMAGES", "SNAPSHOT", "LIGH_CNT", "LIGHT_CNT", "LUM_CNT",
    *spelt(("N COMBINE", "N COMB", "NUM COMB", "NUM COMBINED", "STACK CNT", "STACK COUNT",
            "STACK NUM", "NUM STACK", "N STACK", "NUM SUBS", "N SUBS")),
)  # fmt: skip
#: Number of readouts that the camera itself added up, or took the mean of, for one exposure: a raw
#: frame, of which no gain is measured.  COADDS: Subaru, Keck; NCOADDS, NDIT: ESO; NUMACC: Andor.
READOUT_KEYS = (
    "COADD", "NDIT",
    *spelt(("CO ADDS", "N COADD", "N COADDS", "NUM COADD", "NUM COADDS", "NUM ACC", "N ACCUM",
            "NUM AVG", "N AVG", "N AVERAGE")),
)  # fmt: skip
#: As COMBINED_KEYS, of frames of one kind (ASTAP): in a frame of another kind it tells what was
#: subtracted.
COMBINED_OF_KIND = {"DARK_CNT": "dark", "BIAS_CNT": "bias", "FLAT_CNT": "flat"}
#: Cards whose word says so.
MASTER_KEYS = ("MASTER", *spelt(("IS MASTER", "COMBINED", "STACKED", "IS STACK", "IS COMBINED")))
#: Cards that only such a frame has.  IMCMB001: IRAF lists its inputs.
LISTED_KEYS = ("IMCMB001", *spelt(("COMB TYPE", "COMB MODE", "STACK METHOD", "STACK MTH")))
#: Letters of what was done, of which this one says so (MaxIm DL).
_LETTERS_KEY, _LETTER = "CALSTAT", re.compile(r"\b[BDFO]{0,4}M\b")
_CALIBRATION = frozenset(("bias", "dark", "darkflat", "flat"))

#: A line of HISTORY by a program that combined frames.
_HISTORY = re.compile(
    r"ImageIntegration"
    r"|\b(?:median|mean|average|sigma[\s-]*clip\w*)[\s-]*(?:combin|stack)"
    r"|\b(?:stack(?:ed|ing)?|combin(?:ed|ing)|averag(?:e|ed|ing)|median|mean)\b\W*(?:of\W+|the\W+)*"
    r"\d+\W+(?:raw\W+)?(?:images|frames|slices|subs|exposures|files|darks?|flats?|bias)"
    r"|\bsiril\b.*\bstack|\bmaster[\s_-]*(?:bias|dark|flat)\W+(?:frame\W+)?"
    r"(?:made|created|built|combined|from)",
    re.IGNORECASE,
)

_KIND = r"(?:bias(?:es)?|zeros?|offsets?|darks?|flats?)"
_WORD = (
    r"(?:master|mstr|super|median|mean|average|averaged|avg|stacked|combined|coadd(?:ed)?"
    r"|integrat(?:ed|ion)(?:[\s_-]of)?)"
)
#: What the name of a file says plainly: ``master_dark``, ``superbias``, ``dark_stacked``,
#: ``median-flat``, ``mdark``.
_NAME = re.compile(
    rf"(?<![a-z]){_WORD}[\s_-]*{_KIND}|(?<![a-z])m(?:bias|zero|dark|flat)(?![a-z])"
    rf"|(?<![a-z])stack[\s_-]*of[\s_-]*\d+[\s_-]*{_KIND}"
    r"|^(?:(?:dso|video)[\s_-])?stacked(?:[\s_-]?\d+)?[\s_-]"  # Seestar, DWARF
    r"|(?<![a-z])stack[\s_-]+(?:\d+bits?[\s_-]+)?\d+[\s_-]?frames?(?![a-z])"  # ASIAIR, SharpCap
    rf"|(?<![a-z])(?:bias|zero|offset|dark|flat)(?:s|flat|dark)?[\s_-]*"
    r"(?:(?:master|mstr|super|stacked|combined|coadd(?:ed)?|integrated)(?![a-z])"
    r"|(?:stack|median|mean|averaged?|avg)(?=[\s_-]*(?:\.|$)))"
)

_CARDS = frozenset(
    (*COMBINED_KEYS, *COMBINED_OF_KIND, *MASTER_KEYS, *LISTED_KEYS, _LETTERS_KEY)
)  # fmt: skip
_YES = frozenset(("t", "true", "y", "yes", "1"))
_COUNT = re.compile(r"\s*(\d+)\s*(?:frames|images|subs|exposures)?\s*")


def is_combined(header: Header, kind: str | None, name: str) -> bool:
    """Whether a frame was combined from several.

    Parameters
    ----------
    header : Header
    kind : str or None
        What kind of frame the header says it is.
    name : str
        That of the file.
    """
    cards = header.cards
    if not cards.keys().isdisjoint(_CARDS):
        if any(_count(cards.get(key)) > 1 for key in COMBINED_KEYS):
            return True
        if any(_count(cards.get(key)) > 1 and of == kind for key, of in COMBINED_OF_KIND.items()):
            return True
        if any(str(cards.get(key, "")).strip().lower() in _YES for key in MASTER_KEYS):
            return True
        if any(cards.get(key) is not None for key in LISTED_KEYS):
            return True
        letters = str(cards.get(_LETTERS_KEY) or "").upper()
        if kind in _CALIBRATION and _LETTER.search(letters):
            return True
    return _NAME.search(name.casefold()) is not None or any(map(_says_so, header.history))


def combined(header: Header, kind: str | None) -> int | None:
    """Return how many frames a master of some kind was combined from, None where nothing tells."""
    own = (key for key, of in COMBINED_OF_KIND.items() if of == kind)
    counts = (_count(header.cards.get(key)) for key in (*COMBINED_KEYS, *own))
    return next((int(count) for count in counts if count > 1), None)


def readouts(header: Header, kind: str | None) -> int | None:
    """Return of how many readouts a raw frame is, None where nothing tells or it is of one.

    So is a frame that somebody says is none of several, though its header counts them.
    """
    counts = (_count(header.cards.get(key)) for key in READOUT_KEYS if key in header.cards)
    return next((int(count) for count in counts if count > 1), combined(header, kind))


def _count(value: Value) -> float:
    counted = _COUNT.fullmatch(value) if isinstance(value, str) else None
    return within("frames", float(counted[1]) if counted else number(value)) or 0.0


@lru_cache(maxsize=4096)
def _says_so(line: str) -> bool:
    return _HISTORY.search(line) is not None
