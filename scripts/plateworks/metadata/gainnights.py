"""What the file of the gains of amplifiers tells of the nights by which they were measured.

Nights are tried in the order of time, and the first that tells the gains serves.  So a file that
tells them says which nights were tried for it: those that came later change nothing of it, and one
that found none is measured again as soon as there is another night.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

#: Keys of the file.
NIGHTS, AMPLIFIERS, WHY_NOT, CAVEATS = "nights", "amplifiers", "why_not", "caveats"
#: The key of how the amplifiers were set.
MODE = "mode"
#: The key of the digest of what its job was told, as of all products.
TOLD = "PWTOLD"


class Tried(NamedTuple):
    """A night that was tried: its session, a digest of its frames, and why it tells no gains.

    That is empty of the night that serves.
    """

    night: str
    told: str
    why_not: str = ""


class GainsTold(NamedTuple):
    """What a file of gains tells beside the gains.

    Attributes
    ----------
    known : bool
        Whether it tells gains.
    tried : tuple of Tried
    told : str or None
        The digest of what its job was told.
    why_not : str
        Why it tells none, as a clause.
    caveats : tuple of str
        What is doubtful about them, as clauses.
    mode : str or None
        A digest of how the amplifiers were set.
    """

    known: bool
    tried: tuple[Tried, ...]
    told: str | None
    why_not: str = ""
    caveats: tuple[str, ...] = ()
    mode: str | None = None

    @property
    def served(self) -> str:
        """The night by whose flats it was measured; empty where no night tells gains."""
        return self.tried[-1].night if self.known and self.tried else ""

    def holds(self, nights: Sequence[str]) -> bool:
        """Whether the file is what it would be if it were measured of these nights, by digests."""
        tried = [one.told for one in self.tried]
        return bool(tried) and tried == [*nights[: len(tried) if self.known else None]]


def measured_before(path: str, mode: str) -> tuple[str, str] | None:
    """Return another file that tells the gains of some amplifiers, and the night that served.

    Parameters
    ----------
    path : str
        Where a measurement is to lie, beside which others do.
    mode : str
        A digest of how the amplifiers were set.

    Returns
    -------
    (str, str) or None
        None where that file is there already, or no other tells them.
    """
    folder = os.path.dirname(path)
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    if os.path.basename(path) in names:
        return None
    for name in names:
        there = read_told(other := f"{folder}/{name}")
        if there is not None and there.known and there.mode == mode:
            return other, there.served
    return None


def values_of(tried: Sequence[Tried]) -> list[dict[str, str]]:
    """Return nights as the file has them."""
    return [{key: text for key, text in one._asdict().items() if text} for one in tried]


def read_told(path: str) -> GainsTold | None:
    """Return what a file of gains tells beside them; None where it is none, or not there."""
    try:
        with open(path, encoding="utf-8") as stream:
            values: dict[str, Any] = json.load(stream)
        return GainsTold(
            known=bool(values[AMPLIFIERS]),
            tried=tuple(Tried(**one) for one in values.get(NIGHTS, ())),
            told=values.get(TOLD),
            why_not=str(values.get(WHY_NOT) or ""),
            caveats=tuple(map(str, values.get(CAVEATS, ()))),
            mode=values.get(MODE),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # not made, or its jobs say what is wrong with it
