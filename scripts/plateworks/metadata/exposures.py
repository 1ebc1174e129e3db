"""How long a frame was exposed, where its cards do not agree."""

from __future__ import annotations

from plateworks.metadata.bounds import within
from plateworks.metadata.dialects import EXPOSURE_UNITS
from plateworks.metadata.header import Header
from plateworks.metadata.quantities import seconds

#: Cards of an exposure may differ by this much, relative: commanded and measured.
_SAME_EXPOSURE = 0.005

_ORDER = ("EXPTIME", "EXPOSURE", "EXP", *EXPOSURE_UNITS)


def read_exposure(
    header: Header, kind: str | None, first_found: float | None, notes: list[str]
) -> float | None:
    """Believe another card where the first says 0 s of a frame that cannot be; note contradictions.

    Programs that fill in a card later, or never, leave 0 there.
    """
    there = [key for key in _ORDER if key in header.cards]
    if len(there) == 1 and not header.repeated:
        if first_found == 0.0 and kind == "light":
            notes.append(f"{there[0]} = 0, which cannot be of a light")
        if first_found:
            return first_found
    told: dict[str, float] = {}
    for key in there:
        for value in (header.cards[key], header.repeated.get(key)):
            found = seconds(value, EXPOSURE_UNITS.get(key, 1.0))
            if found is not None and within("exposure", found) is not None:
                told.setdefault(key if key not in told else f"{key} (again)", found)
    first = next(iter(told), None)
    if first is None:
        return first_found
    if told[first] == 0.0 and kind != "bias":
        longer = next((key for key, value in told.items() if value > 0.0), None)
        if longer is not None:
            notes.append(f"{first} = 0 but {longer} = {told[longer]:g}; {longer} is believed")
            return told[longer]
    for key, value in told.items():
        if unit := _counted_in(told[first], value):
            longer, shorter = (first, key) if told[first] > value else (key, first)
            notes.append(
                f"{longer} = {told[longer]:g} counts {unit}, by {shorter} = {told[shorter]:g}"
            )
            return told[shorter]
        if abs(value - told[first]) > _SAME_EXPOSURE * max(value, told[first]):
            notes.append(f"{first} = {told[first]:g} but {key} = {value:g}; {first} is believed")
    return first_found


def _counted_in(one: float, other: float) -> str | None:
    """Return in what a number counts that is a thousand or a million times another."""
    low, high = sorted((one, other))
    if low > 0.0:
        for factor, unit in ((1e3, "milliseconds"), (1e6, "microseconds")):
            if abs(high / low - factor) <= _SAME_EXPOSURE * factor:
                return unit
    return None
