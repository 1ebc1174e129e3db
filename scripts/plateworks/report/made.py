"""The record of what products were made of: written when a run ends, read when the next is planned.

The plan's tables would not do: they tell of the last plan, and a plan may be written without that a
product is made.  A product that has changed since, by whatever hand, is one that nothing is known
of.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from plateworks.inventory.pathrules import below
from plateworks.planning.plan import Plan
from plateworks.report.ingredients import Choice, Ingredients, Product, products
from plateworks.sealed import read_sealed, write_sealed

_T = TypeVar("_T")
_FORM = 2  # of the record; one of another form tells nothing
_TICK_NS = 2_000_000_000  # times of change are told so coarsely by some file systems


#: Of each product when it last changed, what it was made of, and what its raw frame was told by.
_Known = dict[str, tuple[int, Ingredients, str]]


class Outdated(NamedTuple):
    """A product that is there, what it was made of, and whether its raw frame is another one."""

    product: Product
    before: Ingredients
    replaced: bool


class MadeOf:
    """What is known of products.

    Parameters
    ----------
    results : str
        The folder of results.
    """

    def __init__(self, results: str):
        self._results = results
        self._path = Path(results, ".plateworks", "made.json")
        self._products = self._read()

    def __bool__(self) -> bool:
        return bool(self._products)

    def of(self, path: str) -> Ingredients | None:
        """Return what the product `path` was made of; None where that is not known.

        Whether it has changed since is asked by :meth:`holds`, which looks at the file.
        """
        entry = self._products.get(self._short(path))
        return None if entry is None else entry[1]

    def content(self, path: str) -> str:
        """Return what the raw frame of a product was told by; empty where that is not known."""
        entry = self._products.get(self._short(path))
        return "" if entry is None else entry[2]

    def holds(self, path: str) -> bool:
        """Whether a product is still the file that the record tells of."""
        return self._tells(self._short(path), _changed(path))

    def _tells(self, name: str, changed: int | None) -> bool:
        return name in self._products and self._products[name][0] == changed

    def outdated(self, plan: Plan) -> Iterator[Outdated]:
        """Yield the products of `plan` that are there, and were made of something else."""
        alike: dict[tuple[int, int], bool] = {}
        for one in (
            list(products(plan)) if self else ()
        ):  # all are kept, so that identities stay theirs
            before, now = self.of(one.path), one.ingredients
            if before is None:
                continue
            pair = id(before), id(now)
            if pair not in alike:
                alike[pair] = before == now
            replaced = one.content != self.content(one.path)
            if (replaced or not alike[pair]) and self.holds(one.path):
                yield Outdated(one, before, replaced)

    def record(self, plan: Plan, since_ns: int) -> set[str]:
        """Record what those products of `plan` are made of that were made since a time.

        Parameters
        ----------
        plan : Plan
        since_ns : int
            When the run began, nanoseconds since 1970.

        Returns
        -------
        set of str
            The paths of those products.
        """
        known = dict(self._products)
        planned, made = set[str](), set[str]()
        for path, _, made_of, content in products(plan):
            planned.add(name := self._short(path))
            changed = _changed(path)
            if changed is None or changed < since_ns - _TICK_NS or self._tells(name, changed):
                continue
            known[name] = changed, made_of, content
            made.add(path)
        kept = {name: one for name, one in sorted(known.items()) if self._is_kept(name, planned)}
        if kept.keys() != self._products.keys() or not all(
            self._tells(name, changed) for name, (changed, *_) in kept.items()
        ):
            write_sealed(self._path, _told(kept))
        return made

    def _is_kept(self, name: str, planned: Container[str]) -> bool:
        """Whether a product is planned or there: what is gone from both needs no record."""
        return name in planned or os.path.exists(os.path.join(self._results, name))

    def _read(self) -> _Known:
        with suppress(OSError):
            return read_sealed(self._path, _understood) or {}
        return {}

    def _short(self, path: str) -> str:
        return below(path, [self._results])


def _understood(told: Mapping[str, Any]) -> _Known:
    if told["form"] != _FORM:
        return {}
    settings = told["settings"]
    made = [_ingredients(settings[number], *rest) for number, *rest in told["made"]]
    entries = told["products"].items()
    return {name: (at, made[number], content) for name, (at, number, content) in entries}


def _ingredients(settings: Any, frames: list[list[str]], choices: Mapping[str, Any]) -> Ingredients:
    slots = {slot: Choice(tuple(masters), *rest) for slot, (masters, *rest) in choices.items()}
    return Ingredients(settings, tuple((name, content) for name, content in frames), slots)


def _told(known: _Known) -> dict[str, Any]:
    """Return the record as plain values; what many products have in common stands in it once."""
    settings = _Numbers[Mapping[str, Any]]()
    made = _Numbers[tuple[Any, ...]]()
    entries = {}
    for name, (changed, one, content) in known.items():
        number = made.of((settings.of(one.settings), one.frames, one.choices))
        entries[name] = changed, number, content
    return {"form": _FORM, "settings": settings.all, "made": made.all, "products": entries}


class _Numbers(Generic[_T]):
    """Numbers things in the order they come in; those that are equal have one number."""

    def __init__(self) -> None:
        self.all: list[_T] = []
        self._known: dict[str, int] = {}

    def of(self, one: _T) -> int:
        number = self._known.setdefault(repr(one), len(self.all))
        if number == len(self.all):
            self.all.append(one)
        return number


def _changed(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None
