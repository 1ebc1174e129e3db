"""What the job is told that follows a setup over its nights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from plateworks.metadata.kinds import MasterKind
from plateworks.settings.expiry import Expiry


@lru_cache(maxsize=1 << 14)
def day_of(night: str) -> int:
    """Return the number of the day of a session such as 20250815."""
    return date.fromisoformat(night).toordinal()


def night_of(day: int) -> str:
    """Return the session of the day of a number."""
    return date.fromordinal(day).strftime("%Y%m%d")


@dataclass(frozen=True, kw_only=True)
class TrendMaster:
    """A master, made or found.

    Attributes
    ----------
    kind : str
        ``bias``, ``dark``, ``darkflat`` or ``flat``.
    path : str
    night : str
        Session of its frames, such as 20250815, the last of several.
    exposure : float or None
        Seconds, of darks and flat-darks.
    temperature : float or None
        Degrees C, of all but flats.
    filter, telescope : str or None
        Of flats.
    rotator : float or None
        Degrees, of flats.
    """

    kind: MasterKind
    path: str
    night: str
    exposure: float | None = None
    temperature: float | None = None
    filter: str | None = None
    telescope: str | None = None
    rotator: float | None = None

    @property
    def purpose(self) -> tuple[object, ...]:
        """What masters share of which a later one takes the place of an earlier one."""
        return (
            self.kind, self.exposure, self.temperature, self.filter, self.telescope, self.rotator,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TrendLights:
    """The lights of a night and filter.

    Attributes
    ----------
    night : str
    filter : str
        Empty where they name none.
    table : str
        That of the verdicts on the lights of all setups of the night.
    frames : tuple of str
        Those of this setup, by the names that the table has.
    """

    night: str
    filter: str
    table: str
    frames: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Upkeep:
    """An entry of the maintenance log.

    Attributes
    ----------
    night : str
        The first session behind it.
    words : str
        What the log says of it, with its time.
    """

    night: str
    words: str


@dataclass(frozen=True, kw_only=True)
class TrendOrder:
    """The trends of a setup, and how long its masters serve.

    Attributes
    ----------
    masters : tuple of TrendMaster
    lights : tuple of TrendLights
    defects : str or None
        The table of its defects.
    upkeep : tuple of Upkeep
    bounds : tuple of str
        What the maintenance log concerns: ``flat``, ``dark``.
    expiry : Expiry
    pixels : int
        Of an image.
    """

    masters: tuple[TrendMaster, ...]
    lights: tuple[TrendLights, ...]
    defects: str | None = None
    upkeep: tuple[Upkeep, ...]
    bounds: tuple[str, ...]
    expiry: Expiry
    pixels: int
