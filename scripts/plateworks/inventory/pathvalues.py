"""What named groups of a path rule found, as values of a frame's fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from plateworks.errors import ConfigError
from plateworks.inventory.pathtimes import DATE_PARTS, time_of
from plateworks.metadata.bounds import BOUNDS, within
from plateworks.metadata.kindcards import KIND_WORDS
from plateworks.metadata.quantities import parse_number, seconds
from plateworks.settings.pathrules import FrameFields
from plateworks.settings.setting import Key, keys_of
from plateworks.settings.wanted import kinds_of, wanted
from plateworks.settings.zones import zone_of

_KEYS = {key.name: key for key in keys_of(FrameFields)}
#: ``m10`` and ``minus_10`` are below zero; ``p`` is a point, as in names of ours: ``0p5``.
_NUMBER = re.compile(
    r"(?:(?P<below>-|m|n|minus|neg)[\s_]*)?\+?(?P<digits>\d+(?:[.,p]\d+)?|[.,]\d+)(?P<unit>.*)",
    re.IGNORECASE,
)
#: Marks that look alike, and the one that is read.
_ALIKE = str.maketrans(
    "\u2212\u2010\u2011\u2013\u2014\u00ba\u02da\u03bc\u00b5", "-----\u00b0\u00b0uu"
)
_DEGREES = ("c", "°c", "degc", "deg", "°")
_UNITS = {
    "temp": _DEGREES, "set_temp": _DEGREES, "exposure": ("s", "sec"), "focal_length": ("mm",),
    "pixel_size": ("um",), "raw_bits": ("bit", "bits"), "egain": ("e",),
}  # fmt: skip
_BINNING = re.compile(r"(\d{1,2})(?:\s*[x*×]\s*(\d{1,2}))?", re.IGNORECASE)
#: What may stand there, where neither limits nor the kind of value tell it.
_EXAMPLES = {"binning": "such as 2 or 2x2", "clock_zone": "a zone such as America/La_Paz"}
#: What tells when a frame was taken.
_WHEN = (*DATE_PARTS, "date", "time")
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def fields_of(groups: Mapping[str, str | None]) -> tuple[dict[str, Any], list[str]]:
    """Return the fields that named groups tell, and a sentence for each that cannot be.

    Parameters
    ----------
    groups : mapping
        Names of :data:`plateworks.settings.pathrules.GROUPS`, and what they found; None: nothing.
    """
    told = {name: text.strip() for name, text in groups.items() if text and text.strip()}
    found: dict[str, Any] = {}
    notes: list[str] = []
    for name, text in told.items():
        if name in _WHEN:
            continue
        values = _binning(text) if name == "binning" else {name: _value(_KEYS[name], text)}
        if values and None not in values.values():
            found |= values
        else:
            what = _EXAMPLES[name] if name in _EXAMPLES else _limits(name)
            cannot = f"{name} {text!r} in its path cannot be ({what})"
            notes.append(f"path_rules: {cannot}, and is not set")
    when = {name: told[name] for name in _WHEN if name in told}
    if when:
        mjd, zoned = time_of(when)
        if mjd is None:
            both = " ".join(when.values())
            notes.append(f"path_rules: {both!r} in its path is no date with a time, and is not set")
        else:
            found["mjd"] = mjd
            if zoned:
                found["local_time"] = False
    return found, notes


def _limits(name: str) -> str:
    return str(BOUNDS[name]) if name in BOUNDS else wanted(_KEYS[name])


def _value(key: Key, text: str) -> Any:
    """Return what a text says of a field; None if it cannot be that."""
    if key.name == "kind":
        word = re.sub(r"[^a-z]", "", text.lower())
        return KIND_WORDS.get(word) or KIND_WORDS.get(word.removesuffix("s"))
    if key.name == "clock_zone":
        for name in (text, re.sub("[-_]", "/", text, count=1)):
            with suppress(ConfigError):
                return zone_of(name, key.name).key
        return None
    kinds = [kind for kind in kinds_of(key.hint) if kind is not NoneType]
    if bool in kinds:
        return _TRUTHS.get(text.lower())
    if int in kinds or float in kinds:
        return _number(key, text, whole=float not in kinds)
    words = next((get_args(kind) for kind in kinds if get_origin(kind) is Literal), None)
    if words is not None:
        return text.upper() if text.upper() in words else None
    return text


def _number(key: Key, text: str, *, whole: bool) -> int | float | None:
    match = _NUMBER.fullmatch(text.translate(_ALIKE))
    found: float | None = None
    if match is not None:
        digits = re.sub("[pP]", ".", match["digits"])
        if key.name == "exposure" and match["unit"].strip():
            found = seconds(f"{digits} {match['unit'].strip()}")
        elif match["unit"].strip(" _").lower() in ("", *_UNITS.get(key.name, ())):
            found = parse_number(digits)
        if found is not None and match["below"]:
            found = -found
    low, least = key.meaning.over, key.meaning.least
    fits = found is not None and (low is None or found > low) and (least is None or found >= least)
    if not fits or (key.name in BOUNDS and within(key.name, found) is None):
        return None
    if found is not None and found == int(found):
        return int(found)
    return None if whole else found


def _binning(text: str) -> dict[str, int]:
    match = _BINNING.fullmatch(text)
    if match is None or within("binning", float(match[1])) is None:
        return {}
    return {"xbin": int(match[1]), "ybin": int(match[2] or match[1])}
