"""Which filter a frame was taken through: one card, or the wheels that stand in the light."""

from __future__ import annotations

import re

from plateworks.metadata.header import Header
from plateworks.metadata.spelling import spelt
from plateworks.metadata.texts import UNKNOWN_TEXTS, known_text
from plateworks.metadata.values import Cards, number

_FIRST = "FILTER"
#: The name of the filter, of one wheel or of all together.
FILTER_KEYS = (
    _FIRST, "FILTERS", "FILT-1", "FILTNAM", "FILTERID",
    *spelt(("FILT NAME", "FILTER NAME", "FILT NM", "FLT NAME", "FILTER NM", "FILT ID",
            "FILT BAND", "FILTER ID", "FILTER 0")),
    "INSFILTE", "INSFLNAM", "WFILTER", "FILT", "FILTRE", "PASSBAND", "BAND",
)  # fmt: skip
#: Its place in the wheel, which is all that some drivers know.
POSITION_KEYS = spelt(
    ("FILT POS", "FILTER POS", "FILTER POSITION", "FW POS", "FILT NUM", "FILTER NUM", "FILT SLOT",
     "FILTER SLOT", "FW SLOT", "WHEEL POS")
)  # fmt: skip
#: One of several wheels.  FILTER1 …: LCO, NOIRLab, Gemini; ESO INS FILT1 NAME: ESO.
WHEEL_KEYS = (
    *(tuple(f"{stem}{one}" for one in "1234")
      for stem in ("FILTER", "FILTER0", "FILTER_", "FILTER-", "FILT", "FILT-", "FILTNAM", "FWNAME",
                   "FLTNAME", "FILTER ", "FLT", "WHEEL")),
    *(tuple(form.format(one) for one in "1234")
      for form in ("FW{}NAME", "FW{}FILT", "FW{}FLT", "FILT{}NAM", "FLT{}NAME",
                   "ESO INS FILT{} NAME")),
    *(tuple(f"{stem}{one}" for one in "ABC") for stem in ("FILTER", "FILTER_", "FILTER-", "FILT")),
    ("WFFBAND", "WFFPSYS"),
)  # fmt: skip

#: Nothing stands in the way of the light in this wheel.
_OPEN = re.compile(
    r"(open|clear|clr|empty|air|blank|none|nothing|free|hole|no[ _-]?(filter|glass)|out)"
    r"([ _-]?\d+)*"
)
_WHEELS = frozenset(key for keys in WHEEL_KEYS for key in keys) - {"FILT-1"}
_TOLD = frozenset((*FILTER_KEYS, *POSITION_KEYS, *_WHEELS))
_TWO = 2


def read_filter(header: Header, notes: list[str]) -> str | None:
    """Return the name of the filter; that of several wheels where they hold it together.

    A card that stands twice with two names tells none.  Of a name and a number the name counts.
    """
    cards = header.cards
    there = _TOLD.intersection(cards)
    if not there:
        return None
    single, numbered = None, None
    for key in (key for key in FILTER_KEYS if key in there):
        name = known_text(cards[key])
        if name is None:
            continue
        other = known_text(header.repeated.get(key))
        if other is not None and other != name:
            notes.append(f"{key} stands twice, {name!r} and {other!r}; no filter is believed")
            return None
        if number(name) is None:
            single = name
            break
        numbered = numbered or name
    _check_filters(cards, notes)
    together = None if there.isdisjoint(_WHEELS) else _of_wheels(cards, single)
    if single is not None or together is not None:
        return together or single
    places = (known_text(cards[key]) for key in POSITION_KEYS if key in there)
    return numbered or next((place for place in places if place is not None), None)


def _of_wheels(cards: Cards, single: str | None) -> str | None:
    """Return what several wheels hold together; None where a single card says it better.

    That card is the first wheel where the others are counted from 2, and stands for all of them
    elsewhere: it is believed unless it is open and they are not, or they hold more than one glass.
    """
    for keys in WHEEL_KEYS:
        known = [name for key in keys if key in cards and (name := _text(cards, key))]
        if not known:
            continue
        first_of_them = single is not None and keys[0] not in cards
        if first_of_them:
            known.insert(0, str(single))
        glass = list(dict.fromkeys(name for name in known if _is_glass(name)))
        believed = single is not None and not first_of_them
        if believed and len(glass) < _TWO and (not glass or _is_glass(str(single))):
            return None
        if glass:
            return "+".join(glass)
        return single or next((name for name in known if known_text(name)), None) or known[0]
    return None


def _is_glass(name: str) -> bool:
    return name.lower() not in UNKNOWN_TEXTS and not _OPEN.fullmatch(name.lower())


def _text(cards: Cards, key: str) -> str | None:
    # In a wheel "none" is an answer, and not the lack of one.
    value = cards.get(key)
    return value.strip() or None if isinstance(value, str) else None


def _check_filters(cards: Cards, notes: list[str]) -> None:
    first, second = (known_text(cards.get(key)) for key in (_FIRST, "FILTERS"))
    if first and second and first != second:
        notes.append(f"FILTER = {first} but FILTERS = {second}; FILTER is believed")
