"""What differs between two files that should hold the same bytes, in words."""

from __future__ import annotations

from filecmp import cmp

from plateworks.metadata.imagenames import is_image_name
from plateworks.products.imagefiles import read_image_header

#: So many cards are named.
_MOST = 4
#: Cards that follow from all others.
_SUMS = {"CHECKSUM", "DATASUM", "PWDATA", "NEXTEND"}


def difference(one: str, other: str) -> str:
    """Return what the second file has that the first has not; empty where they are the same bytes.

    Parameters
    ----------
    one, other : str
        Products of one name.

    Raises
    ------
    FrameError, TroubleError
        If a file cannot be read.
    """
    if cmp(one, other, shallow=False):
        return ""
    if not is_image_name(one):
        return "other lines"
    before, now = read_image_header(one), read_image_header(other)
    parts = []
    if before.get("PWDATA") != now.get("PWDATA"):
        parts.append("another image")
    cards = [
        f"{name} = {now.get(name)!r} in place of {before.get(name)!r}"
        for name in sorted({*before, *now} - _SUMS - {"", "HISTORY", "COMMENT"})
        if before.get(name) != now.get(name)
    ]
    more = f" and {len(cards) - _MOST} more cards" if len(cards) > _MOST else ""
    parts += [", ".join(cards[:_MOST]) + more] if cards else []
    return "; ".join(parts) or "another header, or other tables"
