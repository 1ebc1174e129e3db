"""What the job is told that writes the page of a night."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from plateworks.metadata.kinds import MasterKind

#: How a slot is filled: by a master of the night itself, by one of another night, by none though
#: one is wanted, or by none since none is needed.
Filling = Literal["own", "other", "missing", "spare"]


@dataclass(frozen=True, kw_only=True)
class Slot:
    """What some lights get of one kind of master.

    Attributes
    ----------
    kind : str
        ``bias``, ``dark``, ``darkflat`` or ``flat``.
    filling : str
    master : str or None
        Its path.
    night : str or None
        Session of its frames, such as 20250815; None where it is not known.
    level : int or None
        0 exact, 1 good, 2 acceptable, 3 last resort; of flat-darks that of the flat's own match.
    why : str
        What keeps it from being exact, or why there is none.
    said : str or None
        What a ledger says of the master, as can follow ``it was``: that it is doubtful, and why.
    """

    kind: MasterKind
    filling: Filling
    master: str | None = None
    night: str | None = None
    level: int | None = None
    why: str
    said: str | None = None


@dataclass(frozen=True, kw_only=True)
class CalibrationRow:
    """Lights of a night that get the same masters.

    Attributes
    ----------
    setup : str
        Name of their setup.
    filter : str or None
    exposure : float or None
        Seconds.
    lights : int
        How many.
    refused : str
        Why they are not calibrated; empty if they are.
    slots : tuple of Slot
        One of each kind.
    """

    setup: str
    filter: str | None
    exposure: float | None
    lights: int
    refused: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """What takes no part.

    Attributes
    ----------
    reason : str
    files : tuple of str
        Names of files; of lights that are refused, those of their products.
    """

    reason: str
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NightOrder:
    """The page of a night, and its numbers.

    Attributes
    ----------
    session : str
        Such as 20250815.
    place : tuple of (float, float) or None
        Latitude and longitude in degrees, north and east positive.
    rows : tuple of CalibrationRow
    refused : tuple of SetAside
        Lights.
    aside : tuple of SetAside
        Files beside the lights of this night.
    settings : mapping of str to str
        Those that differ from their defaults, by their full names.
    """

    session: str
    place: tuple[float, float] | None = None
    rows: tuple[CalibrationRow, ...]
    refused: tuple[SetAside, ...]
    aside: tuple[SetAside, ...]
    settings: Mapping[str, str]
