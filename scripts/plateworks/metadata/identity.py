"""Which camera, in which mode, behind which filter: what makes frames comparable.

Keywords as data, and the functions that read those which need more than a look-up.
"""

from __future__ import annotations

import re

from plateworks.metadata.header import Header
from plateworks.metadata.quantities import parse_number
from plateworks.metadata.texts import known_text
from plateworks.metadata.values import Cards, number

#: Serial number of the camera.  CAMERAID: NINA; CAM-ID: Huntsman, POCS; the others: observatories.
SERIAL_KEYS = (
    "CAMERAID", "CAM-ID", "CAMSN", "CAM-SN", "CAMSER", "CAMSERNO", "CAMERASN", "SERIALNO", "SERIAL",
    "SERNO", "SERIALNR", "DETSERNO", "CCDSERNO", "DETSER", "CAM_SN",
)  # fmt: skip

#: Origin of the subframe in pixels as stored (after binning): pairs of keywords.  XORGSUBF:
#: SBFITSEXT, NINA, MaxIm DL; STARTX: ASICAP, FireCapture; the others: INDI drivers, QHY, Andor.
ORIGIN_KEYS = (
    ("XORGSUBF", "YORGSUBF"), ("STARTX", "STARTY"), ("XSTART", "YSTART"), ("SUBFRAMX", "SUBFRAMY"),
    ("ROIX", "ROIY"), ("ROI-X", "ROI-Y"), ("X-START", "Y-START"), ("XOFFSET", "YOFFSET"),
    ("CCDXORG", "CCDYORG"), ("CCD-XORG", "CCD-YORG"), ("SUBX", "SUBY"), ("CROPX", "CROPY"),
)  # fmt: skip
#: The origin in pixels of the sensor, before binning: a section ``[x1:x2,y1:y2]`` from 1.
SECTION_KEYS = ("DETSEC", "CCDSEC", "SUBARRAY", "WINDOW")

#: Whether and how the program turned the image as it saved it (MaxIm DL).
FLIP_KEY = "FLIPSTAT"

#: Modes that drivers switch beside the readout mode; T/F, 0/1, or a word.  LOWNOISE, FULLWELL:
#: ToupTek and its brands; HCG, LCG, CONVGAIN: conversion gain.
MODE_KEYS = (
    "LOWNOISE", "LOW-NOISE", "FULLWELL", "HIFULLWE", "HCG", "LCG", "CONVGAIN", "CGMODE", "GAINMODE",
    "HIGHGAIN", "HDRMODE", "BITMODE", "ADCMODE", "PREAMP", "AMPMODE",
)  # fmt: skip
#: In masters of ours: all of these together, as :func:`read_mode` tells them.
MODE_KEY = "PWMODE"
#: The camera's gain setting; where the word is no number it is a mode.
GAIN_KEYS = ("GAIN", "CAM-GAIN", "ISO", "ISOSPEED")

#: One filter, or one of several wheels.  FILTER1 …: LCO, NOIRLab, Gemini; ESO INS FILT1 NAME: ESO.
FILTER_KEYS = ("FILTER", "FILTERS", "FILT-1", "FILTNAM", "FILTNAME", "FILTERID")
WHEEL_KEYS = (
    ("FILTER1", "FILTER2", "FILTER3", "FILTER4"), ("FILTER01", "FILTER02", "FILTER03", "FILTER04"),
    ("FILTNAM1", "FILTNAM2", "FILTNAM3", "FILTNAM4"), ("FWNAME1", "FWNAME2", "FWNAME3", "FWNAME4"),
    ("FLTNAME1", "FLTNAME2", "FLTNAME3", "FLTNAME4"), ("WFFBAND", "WFFPSYS"),
    ("ESO INS FILT1 NAME", "ESO INS FILT2 NAME", "ESO INS FILT3 NAME", "ESO INS FILT4 NAME"),
)  # fmt: skip
#: Nothing stands in the way of the light in this wheel.
_OPEN = re.compile(r"(open|clear|empty|air|blank|none|free|no[ _-]?filter|out)([ _-]?\d+)*")

_MODE_KEYS = frozenset((*MODE_KEYS, *GAIN_KEYS))
_WHEEL_KEYS = frozenset(key for keys in WHEEL_KEYS for key in keys)
_SWITCHES = {
    **dict.fromkeys(("on", "true", "t", "yes"), "1"),
    **dict.fromkeys(("off", "false", "f", "no"), "0"),
}
_SECTION = re.compile(r"\s*\[\s*(\d+)\s*:\s*\d+\s*,\s*(\d+)\s*:\s*\d+\s*\]\s*")
_ISO = re.compile(r"\s*(?=.*iso)(?:iso[\s_-]*)?(\d+)(?:\s*iso)?\s*", re.IGNORECASE)


def read_filter(header: Header, notes: list[str]) -> str | None:
    """Return the name of the filter; that of several wheels where they hold it together.

    A card that stands twice with two names tells none.
    """
    cards = header.cards
    for key in FILTER_KEYS:
        name = known_text(cards.get(key))
        if name is None:
            continue
        other = known_text(header.repeated.get(key))
        if other is not None and other != name:
            notes.append(f"{key} stands twice, {name!r} and {other!r}; no filter is believed")
            return None
        _check_filters(cards, notes)
        return name
    if cards.keys().isdisjoint(_WHEEL_KEYS):
        return None
    for keys in WHEEL_KEYS:
        names = [name for key in keys if (name := _text(cards, key))]
        if names:
            glass = [name for name in names if not _OPEN.fullmatch(name.lower())]
            return "+".join(glass) if glass else names[0]
    return None


def _check_filters(cards: Cards, notes: list[str]) -> None:
    first, second = (known_text(cards.get(key)) for key in ("FILTER", "FILTERS"))
    if first and second and first != second:
        notes.append(f"FILTER = {first} but FILTERS = {second}; FILTER is believed")


def read_gain(header: Header, notes: list[str]) -> float | None:
    """Return the gain setting: a number, also of a text such as ``ISO800``."""
    for key in GAIN_KEYS:
        value = header.cards.get(key)
        iso = _ISO.fullmatch(value) if isinstance(value, str) else None
        found = float(iso[1]) if iso else parse_number(value)
        other = parse_number(header.repeated.get(key))
        if other is not None and found is not None and other != found:
            notes.append(f"{key} stands twice, {found:g} and {other:g}; neither is believed")
            return None
        if found is not None and found != -1.0:  # what NINA and ASCOM write for "has none"
            return found
    return None


def read_mode(cards: Cards) -> str | None:
    """Return how the driver's own modes were set, such as ``fullwell=0 lownoise=1``."""
    if MODE_KEY in cards:
        return known_text(cards[MODE_KEY])
    modes = []
    for key in (key for key in cards if key in _MODE_KEYS):
        value = cards[key]
        if key in GAIN_KEYS and (parse_number(value) is not None or _ISO.fullmatch(str(value))):
            continue
        word = _switch(value)
        if word is not None and word != "auto":
            modes.append(f"{key.lower()}={word}")
    return " ".join(sorted(modes)) or None


def read_origin(cards: Cards, xbin: int | None, ybin: int | None) -> tuple[int | None, int | None]:
    """Return column and row of the sensor at which the image begins, in pixels as stored."""
    for keys in ORIGIN_KEYS:
        if keys[0] not in cards:
            continue
        x, y = (parse_number(cards.get(key)) for key in keys)
        if x is not None and y is not None and x == int(x) >= 0 and y == int(y) >= 0:
            return int(x), int(y)
    for key in (key for key in SECTION_KEYS if key in cards):
        section = _SECTION.fullmatch(str(cards[key]))
        if section:
            x1, y1 = (int(part) - 1 for part in section.groups())
            return x1 // (xbin or 1), y1 // (ybin or 1)
    return None, None


def read_flip(cards: Cards) -> str | None:
    """Return how the image was turned when it was saved; ``none`` where the card says: not."""
    if FLIP_KEY not in cards:
        return None
    words = re.findall(r"[a-z0-9]+", str(cards[FLIP_KEY] or "").lower())
    return " ".join(words) or "none"


def _text(cards: Cards, key: str) -> str | None:
    # In a wheel "none" is an answer, and not the lack of one.
    value = cards.get(key)
    return value.strip() or None if isinstance(value, str) else None


def _switch(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    figure = number(value) if isinstance(value, int | float | str) else None
    if figure is not None:
        return f"{figure:g}"
    word = " ".join(str(value).lower().split())
    return _SWITCHES.get(word, word.replace(" ", "-")) if known_text(word) else None
