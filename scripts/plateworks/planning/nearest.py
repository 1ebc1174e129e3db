"""Which readings stood in the way of the masters that do not match, in a clause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from plateworks.matching.match import Refusal

_SHOWN = 3


def nearest(refusals: Iterable[Refusal]) -> str:
    """Say which readings stood in the way, most frequent first; without refusals, that is all."""
    counts = Counter(f"{one.field} {one.found} instead of {one.wanted}" for one in refusals)
    if not counts:
        return ": there is none"
    frequent = sorted(counts, key=lambda text: (-counts[text], text))
    more = ", ..." if len(frequent) > _SHOWN else ""
    return ": " + ", ".join(frequent[:_SHOWN]) + more
