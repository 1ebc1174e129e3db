"""Units that stand in the comment of a card: those of exposures, which programs count otherwise.

``EXPOSURE= 10000 / Exposure time in ms`` is what Stellina writes; whoever passes over it takes 10 s
for three hours.
"""

from __future__ import annotations

import re
from functools import lru_cache

from plateworks.metadata.dialects import EXPOSURE_UNITS, NUMBERS
from plateworks.metadata.values import Value, parse_value

#: Keywords of exposures that count in seconds, unless their comment says otherwise.
EXPOSURES = frozenset(NUMBERS["exposure"].keys) - EXPOSURE_UNITS.keys()
_MS, _US = "ms|msecs?|milli-?seconds?", "us|usecs?|µs|micro-?seconds?"
_UNIT = re.compile(rf"(?:\bin\s+|[\[(]\s*)(?:({_MS})|({_US}))\b", re.IGNORECASE)


def counted(keyword: str, value: Value, comment: str) -> Value:
    """Return the value of a card as it is, or with the unit that its comment names.

    Parameters
    ----------
    keyword : str
    value : Value
    comment : str
        Of an exposure; what stands before its slash may be there too.
    """
    if keyword not in EXPOSURES or type(value) not in (int, float):
        return value
    unit = _unit_of(comment)
    return value if unit is None else f"{value} {unit}"


@lru_cache(maxsize=1024)
def _unit_of(comment: str) -> str | None:
    found = _UNIT.search(comment)
    return None if found is None else "ms" if found[1] else "us"


@lru_cache(maxsize=4096)
def parse_exposure(keyword: str, text: str) -> Value:
    """Read what stands behind the ``=`` of a card of an exposure, as :func:`counted` means it."""
    return counted(keyword, parse_value(text), text.partition("/")[2])
