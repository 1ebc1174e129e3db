"""What stood in the way of the masters that do not match, the nearest miss first, in a clause."""

from __future__ import annotations

import os
from collections.abc import Iterable

from plateworks.matching.match import Refusal
from plateworks.matching.misses import SET_ASIDE
from plateworks.matching.vouching import LEDGER

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
        known = filter(None, (os.path.basename(one.path), one.setting))
        more = "" if said else f" ({'; '.join(known)})"
        said.setdefault(_in_words(one), more)
    if not said:
        return ": there is none"
    shown = [text + more for text, more in list(said.items())[:_SHOWN]]
    return ": " + ", ".join(shown) + (", ..." if len(said) > _SHOWN else "")


def _in_words(one: Refusal) -> str:
    if one.field == "calibration":
        return f"the frames of one are there, which lacks {one.wanted}"
    if one.field == LEDGER:
        return f"one was {one.found}"
    if one.field == SET_ASIDE:
        return one.found
    return f"{one.field} {one.found} instead of {one.wanted}"
