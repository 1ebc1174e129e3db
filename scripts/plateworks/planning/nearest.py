"""What stood in the way of the masters that do not match, the nearest miss first, in a clause."""

from __future__ import annotations

import os
from collections.abc import Iterable

from plateworks.matching.match import Refusal

_SHOWN = 3


def nearest(misses: Iterable[Refusal]) -> str:
    """Name the nearest miss, with what would let it in, and what stood in the way of others.

    Parameters
    ----------
    misses : iterable of Refusal
        The nearest first.  If there are none, that is all there is to say.
    """
    said: dict[str, str] = {}
    for one in misses:
        more = "" if said else f" ({os.path.basename(one.path)}; {one.setting})"
        said.setdefault(in_words(one), more)
    if not said:
        return ": there is none"
    shown = [text + more for text, more in list(said.items())[:_SHOWN]]
    return ": " + ", ".join(shown) + (", ..." if len(said) > _SHOWN else "")


def in_words(one: Refusal) -> str:
    """Say what a candidate is, instead of what it should be."""
    if one.field == "calibration":
        return f"frames are there, but are not combined: {one.found}"
    return f"{one.field} {one.found} instead of {one.wanted}"
