"""Crosstalk between the amplifiers of a camera, as headers state it."""

from __future__ import annotations

from collections.abc import Iterator

from plateworks.metadata.amplifiers import Crosstalk
from plateworks.metadata.bounds import BOUNDS, within
from plateworks.metadata.header import Header
from plateworks.metadata.quantities import parse_number
from plateworks.metadata.sections import CROSSTALK
from plateworks.metadata.values import Cards

_COEFFICIENTS = frozenset(CROSSTALK.values())


def read_crosstalk(cards: Cards, count: int) -> tuple[Crosstalk, ...]:
    """Return the coefficients that a header states, of amplifiers that there are."""
    found = []
    for (source, onto), key in CROSSTALK.items():
        part = within("crosstalk", parse_number(cards.get(key))) if key in cards else None
        if part and max(source, onto) < count:
            found.append(Crosstalk(source=source, onto=onto, part=part))
    return tuple(found)


def crosstalk_in_doubt(header: Header) -> Iterator[str]:
    """Yield a sentence for each coefficient of crosstalk that is not believed."""
    if not _COEFFICIENTS.isdisjoint(header.cards):
        for key in CROSSTALK.values():
            value = header.cards.get(key)
            if value is not None and within("crosstalk", parse_number(value)) is None:
                yield f"{key} = {value!r} cannot be ({BOUNDS['crosstalk']}) and is ignored"
