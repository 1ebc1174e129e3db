"""How an overscan lies beside the pixels whose level it tells."""

from __future__ import annotations

from collections.abc import Iterable

from plateworks.metadata.amplifiers import Section

#: Part of the rows, or columns, of the pixels that an overscan must run along.
ALONG = 0.9
#: Part of an overscan that must lie beside the pixels: sections often share a column or two.
_BESIDE = 0.5


def runs_along(strip: Section, data: Section) -> bool:
    """Whether an overscan tells the level of nearly all rows, or columns, of some pixels."""
    return rows_along(strip, data) or _common(strip[:2], data[:2]) >= ALONG


def rows_along(strip: Section, data: Section) -> bool:
    """Whether it lies beside the pixels, with a level for each of their rows."""
    return _common(strip[2:], data[2:]) >= ALONG


def meet(one: Section, other: Section) -> bool:
    """Whether two sections have a pixel in common."""
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


def clear_of(strip: Section, lit: Iterable[Section]) -> Section | None:
    """Return what of an overscan saw no light: the part that lies beside all pixels that did.

    Returns
    -------
    Section or None
        None where most of it lies upon them: it is the overscan of nothing.
    """
    clear = strip
    for data in lit:
        if meet(clear, data):
            clear = max(_around(clear, data), key=_pixels)
    return clear if _pixels(clear) >= _BESIDE * _pixels(strip) else None


def rest_beside(strip: Section, whole: Section) -> Section | None:
    """Return the larger part of an image beside an overscan.

    Returns
    -------
    Section or None
        None if the overscan runs along no side, or is the larger part itself.
    """
    rest = max(_around(whole, strip), key=_pixels)
    fits = runs_along(strip, whole) and _pixels(rest) > _pixels(strip)
    return rest if fits else None


def _around(one: Section, other: Section) -> tuple[Section, ...]:
    """Return the parts of a section to the left, to the right, below and above of another."""
    left, right, bottom, top = one
    return (
        (left, other[0], bottom, top),
        (other[1], right, bottom, top),
        (left, right, bottom, other[2]),
        (left, right, other[3], top),
    )


def _pixels(one: Section) -> int:
    return max(one[1] - one[0], 0) * max(one[3] - one[2], 0)


def _common(span: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Return the part of the second span that the first has too."""
    return (min(span[1], other[1]) - max(span[0], other[0])) / (other[1] - other[0])
