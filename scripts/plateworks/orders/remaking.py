"""What a job is told that makes some products again, to compare them with those that are there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from plateworks.orders.lights import CalibrationOrder
from plateworks.orders.masters import MasterOrder
from plateworks.orders.repairs import ListOrder, MaskOrder
from plateworks.orders.solving import SolveOrder


@dataclass(frozen=True, kw_only=True)
class MasterAgain:
    """A master, and how it is made.

    Attributes
    ----------
    path : str
    order : MasterOrder
    """

    path: str
    order: MasterOrder


@dataclass(frozen=True, kw_only=True)
class ListAgain:
    """A cosmetic list, and how it is made.

    Attributes
    ----------
    path : str
    dark : str
        Of which it is made.
    order : ListOrder
    told : str or None
        A digest of what its job was told.
    """

    path: str
    dark: str
    order: ListOrder
    told: str | None = None


@dataclass(frozen=True, kw_only=True)
class MaskAgain:
    """A bad-pixel mask, and how it is made.

    Attributes
    ----------
    path : str
    flat : str
        Of which it is made.
    order : MaskOrder
    """

    path: str
    flat: str
    order: MaskOrder


@dataclass(frozen=True, kw_only=True)
class SolvedAgain:
    """A solved frame, and how it is solved.

    Attributes
    ----------
    calibrated, solved : str
    order : SolveOrder
        Of this frame and its neighbours.
    searched : str
        A digest of what the job searched that made it, for its header.
    """

    calibrated: str
    solved: str
    order: SolveOrder
    searched: str


@dataclass(frozen=True, kw_only=True)
class RemakingOrder:
    """Some products of a plan, of each kind a few.

    Attributes
    ----------
    masters : tuple of MasterAgain
    lists : tuple of ListAgain
    masks : tuple of MaskAgain
    lights : CalibrationOrder
        Their outputs are what is there.
    solved : tuple of SolvedAgain
        The same lights, where the plan solves any.
    """

    masters: tuple[MasterAgain, ...]
    lists: tuple[ListAgain, ...]
    masks: tuple[MaskAgain, ...]
    lights: CalibrationOrder
    solved: tuple[SolvedAgain, ...]

    def located(self, folders: str, catalogue: str) -> RemakingOrder:
        """Return the order with where the indexes and the catalogue lie, as `SolveOrder` does."""
        located = [replace(x, order=x.order.located(folders, catalogue)) for x in self.solved]
        return replace(self, solved=tuple(located))
