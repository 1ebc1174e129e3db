"""What has been done to a frame before it came here: bias, dark or flat taken out already.

Every program leaves its own marks: letters in one card (MaxIm DL, ASTAP, ours), a card for each
step (IRAF, BANZAI, ccdproc, HST, DRAGONS), lines of HISTORY (MaxIm DL, AstroImageJ, CCDOPS,
PixInsight), a unit that no camera counts in, the name of the file (Siril, iTelescope).  They are
data in :mod:`plateworks.metadata.stepmarks`.
"""

from __future__ import annotations

from typing import NamedTuple

from plateworks.metadata import stepmarks
from plateworks.metadata.header import Header
from plateworks.metadata.stepmarks import (
    LETTER_KEYS,
    NAMING_CARDS,
    STEP_CARDS,
    STEPS,
    UNSAID,
    WHOLE_CARDS,
)
from plateworks.metadata.values import Cards, number

#: Numbers of the frames behind a master that was used (ASTAP), in frames of other kinds.
USED_COUNTS = {"BIAS_CNT": ("bias", "B"), "DARK_CNT": ("dark", "D"), "FLAT_CNT": ("flat", "F")}

BIAS_KEY = "BIASSUB"
#: Every card that is worth reading for this.
STATE_KEYS = frozenset(
    (*STEP_CARDS, *NAMING_CARDS, *USED_COUNTS, *WHOLE_CARDS, *LETTER_KEYS, BIAS_KEY,
     stepmarks.UNIT_KEY)
)  # fmt: skip

#: Of what a frame is itself, not of what was done to it, a card may speak.
_OWN = {"bias": "B", "dark": "D", "darkflat": "D", "flat": "F"}

#: Programs that write what they have worked on in floating point, and are no camera's.
_WORKSHOPS = ("Siril", "AstroImageJ", "DeepSkyStacker", "Astro Pixel Processor", "ccdproc")
_PROGRAM_KEYS = ("PROGRAM", "SWMODIFY", "CREATOR", "SOFTWARE", "SWCREATE")
_TEXT = 60
#: Who says it of a light that the device itself worked on.
IN_DEVICE = "the telescope does that itself before it saves a light"


class State(NamedTuple):
    """What was done to a frame."""

    done: str | None = None  # letters of STEPS in their order; "?" where it is not said what
    told_by: str | None = None  # the card or the name that says so, for a sentence


def in_words(done: str) -> str:
    """Return letters of steps as a clause: ``bias and dark are taken out already``."""
    if UNSAID in done:
        return "it was worked on already"
    names = [STEPS[letter] for letter in done if letter in STEPS]
    plural = "are" if len(names) > 1 else "is"
    listed = " and ".join([", ".join(names[:-1])] * (len(names) > 1) + names[-1:])
    return f"{listed} {plural} taken out already"


def read_state(
    header: Header, kind: str | None, is_master: bool, name: str, taken_out: str = ""
) -> State:
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
    taken_out : str
        Letters of the steps that the device does before it saves a light.
    """
    cards = header.cards
    there = STATE_KEYS.intersection(cards)
    told: dict[str, str] = {}  # letter -> what says so
    for key in (key for key in LETTER_KEYS if key in there):
        for letter in stepmarks.letters_of(cards[key]):
            if not (is_master and letter == _OWN.get(str(kind))):
                told.setdefault(letter, f"{key} = {cards[key]!r}")
    if there:
        told = _told_by_cards({key: cards[key] for key in cards if key in there}, kind) | told
    if cards.get(BIAS_KEY) is True and not is_master:
        told.setdefault("B", f"{BIAS_KEY} = T")
    for line in header.history:
        for letter in stepmarks.steps_of_line(line).replace(UNSAID, ""):
            told.setdefault(letter, f"HISTORY has {line.strip()[:_TEXT]!r}")
    if not told and not is_master and kind == "light" and taken_out:
        return State(taken_out, IN_DEVICE)
    if not told and not is_master:
        return _unsaid(header, kind, name)
    done = UNSAID if UNSAID in told else "".join(letter for letter in STEPS if letter in told)
    return State(done or None, "; ".join(dict.fromkeys(told.values())) or None)


def _told_by_cards(cards: Cards, kind: str | None) -> dict[str, str]:
    """Return the steps that cards of their own tell."""
    told: dict[str, str] = {}
    denied = {_OWN.get(str(kind))}
    for key, letter in STEP_CARDS.items():
        if key in cards:
            if stepmarks.is_done(cards[key]):
                told.setdefault(letter, f"{key} = {cards[key]!r}")
            else:
                denied.add(letter)
    for key, letter in NAMING_CARDS.items():
        if key in cards and letter not in denied and stepmarks.is_done(cards[key]):
            told.setdefault(letter, f"{key} = {cards[key]!r}")
    for key, (of, letter) in USED_COUNTS.items():
        if of != kind and (number(cards.get(key)) or 0) >= 1:
            told.setdefault(letter, f"{key} = {cards[key]}")
    return told


def _unsaid(header: Header, kind: str | None, name: str) -> State:
    """Find the marks of work on a frame that do not say which."""
    if stepmarks.SIRIL_NAME.match(name):
        return State(UNSAID, f"its name begins as Siril's do of calibrated frames ({name[:24]})")
    floating = header.bitpix < 0
    named = stepmarks.DONE_NAME.search(name) or (
        floating and stepmarks.PIXINSIGHT_NAME.search(name)
    )
    if named and kind in ("light", "flat"):
        return State(UNSAID, f"its name says so ({name[:_TEXT]})")
    for key in (key for key in header.cards if key in WHOLE_CARDS):
        if stepmarks.is_done(header.cards[key]):
            return State(UNSAID, f"{key} = {header.cards[key]!r}")
    unit = header.cards.get(stepmarks.UNIT_KEY)
    if stepmarks.is_worked_unit(unit):
        return State(UNSAID, f"{stepmarks.UNIT_KEY} = {unit!r}")
    for line in header.history:
        if stepmarks.steps_of_line(line) == UNSAID:
            return State(UNSAID, f"HISTORY has {line.strip()[:_TEXT]!r}")
    if floating:
        programs = (str(header.cards[key]) for key in _PROGRAM_KEYS if header.cards.get(key))
        program = next((one for one in programs if one.startswith(_WORKSHOPS)), None)
        if program is not None:
            why = f"{program} wrote it in floating point, as it does what it has calibrated"
            return State(UNSAID, why)
    return State()
