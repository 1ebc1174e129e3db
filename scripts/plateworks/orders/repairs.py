"""What jobs are told that look for pixels to repair: in a master dark, and in flats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plateworks.orders.frames import FrameOrder
from plateworks.orders.masters import Levelling, Screening

ListForm = Literal["iris", "siril"]
Rank = Literal["excess", "value"]


@dataclass(frozen=True, kw_only=True)
class ListOrder:
    """The cosmetic list of a master dark.

    Attributes
    ----------
    harm : float
        A pixel is listed that raises the noise of a single frame by more than this part of it.
    hot_sigma : float or None
        Instead, sigmas above its surroundings from which a pixel is hot.
    cold_sigma : float or None
        The same below; None: cold pixels are not looked for.
    count : int or None
        So many of the hottest pixels, in place of both.
    rank : str
        What the hottest are told by: their ``excess`` over what surrounds them, or their ``value``.
    max_fraction : float
        No more than this part of the sensor is listed.
    form : str
        How it is written: ``iris`` or ``siril``.
    """

    harm: float
    hot_sigma: float | None = None
    cold_sigma: float | None = None
    count: int | None = None
    rank: Rank
    max_fraction: float
    form: ListForm

    @property
    def by_table(self) -> bool:
        """Whether the table of a master dark tells all that is asked for."""
        return self.count is None and self.hot_sigma is None and self.cold_sigma is None


@dataclass(frozen=True, kw_only=True)
class MaskOrder:
    """The mask of bad pixels that the flats of one master show.

    Attributes
    ----------
    frames : tuple of FrameOrder
        The flats; read only where the master leaves open whether they have two levels.
    levelling : Levelling
    min_frames : int
        Fewer that can be read, and are fit, make no mask.
    max_fraction : float
        A mask of more than this part of the sensor is not used.
    screening : Screening or None
        How flats are judged: as for their master.
    told : str or None
        A digest of all this, in which what files hold stands for their paths; for the header.
    """

    frames: tuple[FrameOrder, ...]
    levelling: Levelling
    min_frames: int
    max_fraction: float
    screening: Screening | None = None
    told: str | None = None
