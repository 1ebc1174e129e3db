"""From what a card holds to a quantity: numbers, also with a unit or as another country has them.

What cannot be read with certainty is ``None``, and whoever asked says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from plateworks.metadata.values import Value, number

_NO_UNITS: Mapping[str, float] = MappingProxyType({})


def units(**factors: str) -> Mapping[str, float]:
    """Return a table of units: ``units(mm="1 millimetre", m="1000 meter")``.

    Each text begins with the factor; the key and the words behind it are spellings.
    """
    table: dict[str, float] = {}
    for name, text in factors.items():
        factor, *spellings = text.split()
        table |= dict.fromkeys((name, *spellings), float(factor))
    return MappingProxyType(table)


SECONDS = units(
    s='1 sec secs second seconds " sek sekunde sekunden seconde secondes segundo segundos',
    ms="1e-3 msec msecs millisecond milliseconds",
    us="1e-6 usec µs μs µsec microsecond microseconds",
    ns="1e-9 nsec nanosecond nanoseconds",
    m="60 min mins minute minutes minuten",
    h="3600 hr hrs hour hours",
)
#: Of lengths as long as a telescope, in millimetres, and as small as a pixel, in micrometres.
MILLIMETRES = units(mm="1 millimeter millimetre", cm="10", m="1000 meter metre", inch='25.4 "')
MICROMETRES = units(
    um="1 µm μm micron microns micrometer micrometers micrometre micrometres", mm="1000", nm="1e-3"
)
DEGREES = units(deg="1 degs degree degrees ° º")
ADU = units(adu="1 adus dn counts count ct")
ELECTRONS = units(e="1 e- e-rms electron electrons")
ELECTRONS_PER_ADU = units(**{"e/adu": "1 e-/adu e/dn e-/dn electrons/adu electron/adu"})
ARCSECONDS = units(
    arcsec='1 arcsec/pixel arcsec/px arcsec/pix arcseconds/pixel "/px "/pix "/pixel "'
)

#: A decimal comma: three digits behind it may be thousands, unless a zero stands before it.
_COMMA = re.compile(r"([+-]?(?:0|\d+(?=,(?!\d{3}(?!\d)))))\s*,(\d+)([Ee][+-]?\d+)?").fullmatch
#: Thousands set apart, and a decimal part behind another sign, which leaves no doubt.
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:(?:\.\d{3})+,\d+|(?:,\d{3})+\.\d+)").fullmatch
_QUOTED = re.compile(r"(['\"])(.*)\1").fullmatch
#: The number, then its unit, perhaps in brackets.
_WITH_UNIT = re.compile(
    r"([+-]?[\d.,]+(?:[Ee][+-]?\d+)?)(?:\s*/\s*(\d+(?:\.\d*)?))?\s*"
    r"(?:[\[(]\s*([^\[\]()]+?)\s*[\])]|([^\d\s.,+\[\]()-][^\d\[\]()]*?))?\s*\.?"
).fullmatch
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d(?:\.\d*)?)").fullmatch
_PARTS = re.compile(
    r"(?=.*[hm].*s|.*h.*m)(?:(\d+)\s*h(?:ours?|rs?)?)?\s*(?:(\d+)\s*m(?:in)?)?\s*"
    r"(?:(\d+(?:\.\d*)?)\s*s(?:ec)?)?",
    re.IGNORECASE,
).fullmatch
_TEMPERATURE = re.compile(
    r"([+-]?\d+(?:[.,]\d*)?)\s*[\[(]?\s*(?:deg(?:\.|rees?)?|°|º)?\s*"
    r"(C|Celsius|K|Kelvin|F|Fahrenheit)\s*[\])]?",
    re.IGNORECASE,
).fullmatch


def parse_number(value: Value, units: Mapping[str, float] = _NO_UNITS) -> float | None:
    """Read a finite number, with a decimal comma, in quotes, or with one of some units.

    ``'60,0'`` is 60 and ``'1.200,5'`` is 1200.5; ``'1,234'`` may be a thousand and more, and is no
    number.  ``'500 mm'`` is one where ``mm`` is among the units.

    Parameters
    ----------
    value : Value
        What the card holds.
    units : mapping
        Spelling of a unit, in lower case, to what one of it counts.
    """
    if not isinstance(value, str):
        return number(value)
    text = value.strip()
    if quoted := _QUOTED(text):
        text = quoted[2].strip()
    if comma := _COMMA(text):
        text = f"{comma[1]}.{comma[2]}{comma[3] or ''}"
    elif _THOUSANDS(text):
        point = max(text.rfind("."), text.rfind(","))
        text = re.sub(r"[.,]", "", text[:point]) + "." + text[point + 1 :]
    found = number(text)
    if found is not None or not units:
        return found
    match = _WITH_UNIT(text)
    unit = "" if match is None else " ".join((match[3] or match[4] or "").lower().split())
    factor = units.get(unit, units.get(unit.replace(" ", "")))
    if match is None or match[2] or factor is None:
        return None
    found = parse_number(match[1])
    return None if found is None else times(found, factor)


def seconds(value: Value, unit: float = 1.0) -> float | None:
    """Read a duration in seconds: a number, or such as ``'60 s'``, ``'1/125'``, ``'00:01:00'``.

    Parameters
    ----------
    value : Value
        What the card holds.
    unit : float
        Seconds in what a number without a unit counts.
    """
    found = parse_number(value)
    if found is not None or not isinstance(value, str):
        return None if found is None else times(found, unit)
    text = value.strip()
    if match := _CLOCK(text) or _PARTS(text):
        hours, minutes, rest = (float(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + rest
    match = _WITH_UNIT(text)
    if match is None or not (match[2] or match[3] or match[4]):
        return None
    over, under = parse_number(match[1]), parse_number(match[2] or "1")
    stated = (match[3] or match[4] or "").lower()
    factor = SECONDS.get(stated) if stated else unit
    if over is None or not under or factor is None:
        return None
    return times(over / under, factor)


def times(found: float, factor: float) -> float:
    """Return a number in another unit; one that is a part of it divides, which rounds but once.

    100 µs are 1e-4 s so, and not the number before it.
    """
    parts = round(1.0 / factor) if factor < 1.0 else 1
    return found / parts if 1.0 / parts == factor else found * factor


def celsius(value: Value, kelvin: bool = False) -> float | None:
    """Read a temperature in degrees C from a number or from a text such as ``'11 C'``.

    Parameters
    ----------
    value : Value
        What the card holds.
    kelvin : bool
        Whether a number without a unit is in kelvin.
    """
    unit = "K" if kelvin else "C"
    if isinstance(value, str) and (match := _TEMPERATURE(value.strip())):
        value, unit = match[1].rstrip(".,"), match[2][0].upper()
    found = parse_number(value)
    if found is None or unit == "C":
        return found
    return found - 273.15 if unit == "K" else (found - 32.0) / 1.8
