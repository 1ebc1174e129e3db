"""Keywords that programs spell in several ways: as one word, with a hyphen, an underscore."""

from __future__ import annotations

from collections.abc import Iterable

#: Between the words of a keyword.  A space stands in those of HIERARCH cards alone.
_BETWEEN = ("", "-", "_", " ")
#: A keyword of a plain card is cut off there by some programs.
_SHORT = 8


def spelt(names: Iterable[str]) -> tuple[str, ...]:
    """Return every spelling of some keywords, whose words are divided by a space each.

    ``CAM ID`` is ``CAMID``, ``CAM-ID``, ``CAM_ID`` and ``CAM ID``.  Spellings longer than a keyword
    may be are joined by what is left of them where they are cut off.
    """
    found: dict[str, None] = {}
    for name in names:
        for between in _BETWEEN:
            whole = name.replace(" ", between)
            found[whole] = None
            if " " not in whole:
                found[whole[:_SHORT].rstrip("-_")] = None
    return tuple(found)
