"""What has been done to a frame before it came here: bias, dark or flat taken out already.

Every program leaves its own marks: letters in one card (MaxIm DL, ASTAP, ours), a card for each
step (IRAF, BANZAI, ccdproc, HST, DRAGONS), lines of HISTORY (MaxIm DL, AstroImageJ, CCDOPS,
PixInsight), the name of the file (Siril).  Here they are data, and one function reads them.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from plateworks.metadata.header import Header
from plateworks.metadata.values import Cards, Value, number

#: The steps, in the order in which they are done.  O: the level of the overscan is subtracted.
STEPS = {"O": "overscan", "B": "bias", "D": "dark", "F": "flat"}

#: Cards that are there, and say no such word, where the step was done.
STEP_CARDS = {
    # IRAF (ccdproc): the date and the image used; HST: PERFORM before, COMPLETE after
    "OVERSCAN": "O", "ZEROCOR": "B", "DARKCOR": "D", "FLATCOR": "F", "ILLUMCOR": "F",
    "BIASCORR": "B", "DARKCORR": "D", "FLATCORR": "F",
    # ccdproc of astropy
    "SUBOSCAN": "O", "SUBBIAS": "B", "SUBDARK": "D",
    # BANZAI
    "L1STATOV": "O", "L1STATBI": "B", "L1STATDA": "D", "L1STATFL": "F",
    # DRAGONS
    "BIASIM": "B", "DARKIM": "D", "FLATIM": "F",
    # others
    "DARKSUB": "D", "DARKSUBT": "D", "AUTODARK": "D", "FLATDIV": "F", "FLATTED": "F",
}  # fmt: skip
#: Numbers of the frames behind a master that was used (ASTAP), in frames of other kinds.
USED_COUNTS = {"BIAS_CNT": ("bias", "B"), "DARK_CNT": ("dark", "D"), "FLAT_CNT": ("flat", "F")}

_ALL_CARDS = frozenset((*STEP_CARDS, *USED_COUNTS))

#: Words by which a card of :data:`STEP_CARDS` says that nothing was done.
_NOT_DONE = frozenset(
    ("", "f", "false", "n", "no", "0", "none", "n/a", "na", "omit", "omitted", "perform", "skipped",
     "not done", "undefined", "unknown", "off")
)  # fmt: skip

#: Lines of HISTORY.  MaxIm DL, AstroImageJ, CCDOPS and CCDSoft, PixInsight.
STEP_HISTORY = tuple(
    (re.compile(pattern, re.IGNORECASE), letters)
    for pattern, letters in (
        (r"^\s*(?:bias|zero)[\s-]*(?:subtract|corrected|removed|level correction)", "B"),
        (r"(?:^|\bauto[\s-]*)\s*dark[\s-]*(?:frame[\s-]*)?(?:subtract|corrected|removed)", "D"),
        (r"^\s*flat[\s-]*(?:field\b(?!\s*frame)|fielded|corrected|divided)", "F"),
        (r"ImageCalibration\.masterBias(?:\.enabled|Enabled)\s*[:=]\s*true", "B"),
        (r"ImageCalibration\.masterDark(?:\.enabled|Enabled)\s*[:=]\s*true", "D"),
        (r"ImageCalibration\.masterFlat(?:\.enabled|Enabled)\s*[:=]\s*true", "F"),
    )
)
#: Lines of HISTORY by programs that calibrate, and do not say in that line what they did.
WHOLE_HISTORY = re.compile(
    r"Calibration with ImageCalibration|\bCosmeticCorrection\b|\bDebayer\b|\bStarAlignment\b"
    r"|\bsiril\b.*calibrat|calibrat.*\bsiril\b",
    re.IGNORECASE,
)

#: Siril's names of what it calibrated, and then registered, resampled, or took the gradient from.
_SIRIL_NAME = re.compile(r"^(?:r_|bkg_|cosme_|debayer_)*pp_", re.IGNORECASE)

#: Programs that write what they have worked on in floating point, and are no camera's.
_WORKSHOPS = ("Siril",)
_PROGRAM_KEYS = ("PROGRAM", "SWCREATE", "CREATOR", "SOFTWARE")

LETTERS_KEY = "CALSTAT"
BIAS_KEY = "BIASSUB"


class State(NamedTuple):
    """What was done to a frame."""

    done: str | None = None  # letters of STEPS in their order; "?" where it is not said what
    told_by: str | None = None  # the card or the name that says so, for a sentence


def in_words(done: str) -> str:
    """Return letters of steps as a clause: ``bias and dark are taken out already``."""
    if "?" in done:
        return "it was worked on already"
    names = [STEPS[letter] for letter in done if letter in STEPS]
    plural = "are" if len(names) > 1 else "is"
    listed = " and ".join([", ".join(names[:-1])] * (len(names) > 1) + names[-1:])
    return f"{listed} {plural} taken out already"


def read_state(header: Header, kind: str | None, is_master: bool, name: str) -> State:
    """Read which steps a frame has behind it.

    Parameters
    ----------
    header : Header
    kind : str or None
        That of the frame: what a program counts of its own kind is what it combined, not what it
        subtracted.
    is_master : bool
        A master of ours, or of another program, is what it is by its cards alone.
    name : str
        That of the file.
    """
    cards = header.cards
    told: dict[str, str] = {}  # letter -> what says so
    for letter in str(cards.get(LETTERS_KEY) or "").upper():
        if letter in STEPS:
            told.setdefault(letter, f"{LETTERS_KEY} = {cards[LETTERS_KEY]!r}")
    if not _ALL_CARDS.isdisjoint(cards):
        told |= _told_by_cards(cards, kind, told)
    if cards.get(BIAS_KEY) is True and not is_master:
        told.setdefault("B", f"{BIAS_KEY} = T")
    for line in header.history:
        for pattern, letter in STEP_HISTORY:
            if pattern.search(line):
                told.setdefault(letter, f"HISTORY has {line.strip()[:60]!r}")
    if not told and not is_master:
        return _unsaid(header, name)
    done = "".join(letter for letter in STEPS if letter in told)
    return State(done or None, "; ".join(dict.fromkeys(told.values())) or None)


def _told_by_cards(cards: Cards, kind: str | None, before: Collection[str]) -> dict[str, str]:
    """Return the steps that cards of their own tell, those `before` left out."""
    told: dict[str, str] = {}
    for key, letter in STEP_CARDS.items():
        if key in cards and letter not in before and _done(cards[key]):
            told.setdefault(letter, f"{key} = {cards[key]!r}")
    for key, (of, letter) in USED_COUNTS.items():
        if of != kind and letter not in before and (number(cards.get(key)) or 0) >= 1:
            told.setdefault(letter, f"{key} = {cards[key]}")
    return told


def _unsaid(header: Header, name: str) -> State:
    """Find the marks of work on a frame that do not say which."""
    if _SIRIL_NAME.match(name):
        return State("?", f"its name begins as Siril's do of calibrated frames ({name[:24]})")
    for line in header.history:
        if WHOLE_HISTORY.search(line):
            return State("?", f"HISTORY has {line.strip()[:60]!r}")
    if header.bitpix < 0:
        program = next((str(header.cards[k]) for k in _PROGRAM_KEYS if header.cards.get(k)), "")
        if program.startswith(_WORKSHOPS):
            why = f"{program} wrote it in floating point, as it does what it has calibrated"
            return State("?", why)
    return State()


def _done(value: Value) -> bool:
    return value is not False and str(value).strip().lower() not in _NOT_DONE
