"""Sets of many nights rolled up: what is alike but for the night stands in one line."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Generic, TypeVar

from plateworks.inventory.sets import FrameSet, SetKey
from plateworks.metadata.kinds import KINDS
from plateworks.wording import counted, ranged

Thing = TypeVar("Thing")

#: What sets of one line have in common, from fine to coarse; the finest that fits is taken.
_LEVELS = (
    tuple(one.name for one in fields(SetKey) if one.name != "session"),
    ("kind", "setup", "filter", "exposure"),
    ("kind", "setup", "filter"),
    ("kind", "setup"),
    ("kind",),
)


@dataclass(frozen=True)
class Roll(Generic[Thing]):
    """Things of one line, and the sets that they belong to, each once."""

    things: tuple[Thing, ...]
    sets: tuple[FrameSet, ...]

    @property
    def first(self) -> FrameSet:
        return self.sets[0]

    @property
    def kind(self) -> str:
        return self.first.key.kind

    @cached_property
    def stand_in(self) -> FrameSet:
        """A set that knows what all have in common; the set itself where it is one."""
        if len(self.sets) == 1:
            return self.first
        keys = [one.key for one in self.sets]
        unlike: dict[str, Any] = {
            name: None
            for name in ("session", *_LEVELS[0])
            if name not in ("kind", "setup") and len({getattr(key, name) for key in keys}) > 1
        }
        return replace(self.first, key=replace(self.first.key, **unlike))

    @property
    def session(self) -> str:
        """The night, or how many."""
        nights = {one.key.session for one in self.sets}
        if len(nights) > 1:
            return counted(len(nights), "night")
        return self.first.key.session or "all nights"

    @property
    def filter(self) -> str:
        """The filter as frames have it, or how many."""
        if not KINDS[self.kind].filtered:
            return ""
        known = {one.key.filter for one in self.sets}
        return (
            counted(len(known), "filter") if len(known) > 1 else self.first.frames[0].filter or ""
        )

    @property
    def exposure(self) -> str:
        """The exposure, or from which to which."""
        return ranged([x for one in self.sets if (x := one.key.exposure) is not None], "s")

    @property
    def temperature(self) -> str:
        """The temperature, or from which to which."""
        return ranged([x for one in self.sets if (x := one.key.temperature) is not None], "°C")

    @property
    def frames(self) -> int:
        return sum(len(one.frames) for one in self.sets)

    @property
    def words(self) -> str:
        """What they are: ``dark, 60 s, -10 °C``."""
        told = (KINDS[self.kind].title, self.filter, self.exposure, self.temperature)
        return ", ".join(filter(None, told))


def rolled(
    things: Iterable[Thing],
    set_of: Callable[[Thing], FrameSet],
    apart: Callable[[Thing], Hashable],
    most: int,
) -> list[Roll[Thing]]:
    """Return the lines of some things, in the order of the first of each.

    Parameters
    ----------
    things : iterable
    set_of : function
        Returns the set that a thing belongs to.
    apart : function
        Returns what keeps things apart whatever sets they are of.
    most : int
        Lines there may be before more is put together, if there are things of several nights.
    """
    things = list(things)
    single = len({set_of(one).key.session for one in things} - {None}) <= 1
    for level in _LEVELS:
        groups: dict[Hashable, list[Thing]] = {}
        for one in things:
            key = set_of(one).key
            groups.setdefault((apart(one), *(getattr(key, x) for x in level)), []).append(one)
        if single or len(groups) <= most:
            break
    return [_roll(group, set_of) for group in groups.values()]


def _roll(group: Sequence[Thing], set_of: Callable[[Thing], FrameSet]) -> Roll[Thing]:
    sets = {one.id: one for one in map(set_of, group)}
    return Roll(tuple(group), tuple(sets.values()))
