"""What is known of a camera over all nights, as its page and the file of its numbers tell it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from plateworks.inventory.sessions import night_number
from plateworks.metadata.kinds import KINDS
from plateworks.orders.judging import GOOD, POOR
from plateworks.orders.trends import TrendMaster
from plateworks.quality.quantities import QUANTITIES, Quantity
from plateworks.quality.trends import Course
from plateworks.report.planviews import date
from plateworks.report.trendtable import ChangeRow

BY_COLUMN = {one.column: one for one in QUANTITIES}


class MasterState(NamedTuple):
    """A master: what was found of it, and until when it serves.

    Attributes
    ----------
    master : TrendMaster
    current : bool
        Whether no later one takes its place.
    verdict, said : str
        ``good``, ``doubtful`` or ``poor``, and why; empty where nobody judged it.
    until, why : str
        The first night that it serves no more, and what ends it; empty where nothing does.
    """

    master: TrendMaster
    current: bool
    verdict: str
    said: str
    until: str
    why: str

    @property
    def title(self) -> str:
        """What it is, and of which night: ``flat in L of 2025-08-15``."""
        one = self.master
        parts = [
            KINDS[one.kind].title,
            "" if one.exposure is None or one.kind == "bias" else f"of {one.exposure:g} s",
            "" if one.temperature is None else f"at {one.temperature:g} °C",
            "" if one.kind != "flat" else f"in {one.filter}" if one.filter else "without filter",
            "" if one.rotator is None else f"at {one.rotator:g}°",
        ]
        return " ".join(filter(None, (*parts, f"of {date(one.night)}")))

    @property
    def in_doubt(self) -> bool:
        return self.verdict not in ("", GOOD)

    @property
    def urgency(self) -> tuple[bool, bool, bool, str, str]:
        """The least comes first: poor ones, doubtful ones, and those that expire soonest."""
        return (
            self.verdict != POOR, not self.in_doubt, not self.until, self.until, self.master.path,
        )  # fmt: skip


class Defect(NamedTuple):
    """A pixel that was ever bad.

    Attributes
    ----------
    x, y : int
        From 1.
    kinds : str
    first_seen, healed : str
        Nights; empty where there is none.
    lasting : bool
    """

    x: int
    y: int
    kinds: str
    first_seen: str
    healed: str
    lasting: bool


@dataclass(frozen=True, kw_only=True)
class CameraFacts:
    """A setup of a camera over all nights.

    Attributes
    ----------
    setup, camera : str
    width, height : int
        Pixels of an image.
    courses : tuple of Course
    changes : tuple of ChangeRow
        By night.
    masters : tuple of MasterState
        The most urgent first.
    defects : tuple of Defect, or None
        None where nothing tells of them.
    pages : frozenset of str
        Nights that have a page.
    days_ahead : float
    version : str
    """

    setup: str
    camera: str
    width: int
    height: int
    courses: tuple[Course, ...]
    changes: tuple[ChangeRow, ...]
    masters: tuple[MasterState, ...]
    defects: tuple[Defect, ...] | None
    pages: frozenset[str]
    days_ahead: float
    version: str

    @property
    def name(self) -> str:
        """What people call it."""
        return self.camera or "unknown camera"

    @cached_property
    def nights(self) -> tuple[str, ...]:
        """All nights that anything is known of, upwards."""
        return tuple(sorted({night for one in self.courses for night in one.nights}))

    @property
    def last(self) -> str:
        """The last night that anything is known of; empty where there is none."""
        return max((*self.nights, *(one.master.night for one in self.masters)), default="")

    @property
    def current(self) -> tuple[MasterState, ...]:
        """The masters that no later one takes the place of."""
        return tuple(one for one in self.masters if one.current)

    @property
    def in_doubt(self) -> tuple[MasterState, ...]:
        return tuple(one for one in self.current if one.in_doubt)

    @property
    def expired(self) -> tuple[MasterState, ...]:
        return tuple(one for one in self.current if one.until and one.until <= self.last)

    @property
    def expiring(self) -> tuple[MasterState, ...]:
        """Those that expire, and have not yet: the first to do so first."""
        later = (one for one in self.current if one.until > self.last)
        return tuple(sorted(later, key=lambda one: (one.until, one.master.path)))

    def days_until(self, night: str) -> int:
        """Return how many days a night is after the last that anything is known of."""
        return (night_number(night) or 0) - (night_number(self.last) or 0)

    def changes_of(self, course: Course) -> Iterator[ChangeRow]:
        """Yield the changes of a quantity and filter."""
        for one in self.changes:
            if (one.quantity, one.filter) == (course.quantity.column, course.filter):
                yield one

    def course_of(self, quantity: Quantity) -> Course | None:
        """Return the course of a quantity of the camera."""
        return next((one for one in self.courses if one.quantity is quantity), None)
