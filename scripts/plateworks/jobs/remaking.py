"""Which products are made again to prove them, of each kind a few, and the orders of their jobs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any, TypeVar

from plateworks.jobs.jobs import LightBatch
from plateworks.jobs.lookup import Lookup
from plateworks.orders.lights import CalibrationOrder
from plateworks.orders.masters import MasterOrder
from plateworks.orders.remaking import (
    ListAgain,
    MaskAgain,
    MasterAgain,
    RemakingOrder,
    SolvedAgain,
)
from plateworks.orders.repairs import MaskOrder
from plateworks.planning.batches import ALONE
from plateworks.planning.lights import PlannedLight
from plateworks.planning.masters import PlannedMaster
from plateworks.planning.repairs import lists_to_make, masks_to_make
from plateworks.records import plain, record_of

_T = TypeVar("_T")


def order_of_remaking(
    lookup: Lookup, search: Callable[[list[str]], str], wildcards: Any
) -> dict[str, Any]:
    """Return what the job is told that makes products again, whatever `wildcards` are.

    Parameters
    ----------
    lookup : Lookup
    search : callable
        Returns what the job that made some solved frames searched.
    """
    return plain(_order(lookup, search))


def _order(lookup: Lookup, search: Callable[[list[str]], str]) -> RemakingOrder:
    jobs = lookup.current()
    settings = jobs.plan.settings
    # Who combines frames by PixInsight, or keeps a master as it is, has no job of ours for it.
    native = [one for one in jobs.plan.to_make if settings.masters.engine == "native"]
    masters = _one_of_each(native, _kind_of)
    lights = _one_of_each(jobs.plan.to_calibrate, _sort_of)
    to_solve = lights if "solved" in settings.stages else []
    return RemakingOrder(
        masters=tuple(_masters(lookup, masters)),
        lists=tuple(_lists(lookup, {one.path for one in masters})),
        masks=tuple(_masks(lookup, {one.path for one in masters})),
        lights=_calibration(lookup, lights),
        solved=tuple(_solved(lookup, search, light) for light in to_solve),
    )


def _one_of_each(things: Iterable[_T], kind: Callable[[_T], Hashable]) -> list[_T]:
    """Return the first of each kind."""
    found: dict[Hashable, _T] = {}
    for one in things:
        found.setdefault(kind(one), one)
    return list(found.values())


def _kind_of(master: PlannedMaster) -> Hashable:
    return master.setup, master.source.key.kind


def _sort_of(light: PlannedLight) -> Hashable:
    return light.frame.camera, light.frame.filter


def _masters(lookup: Lookup, masters: Iterable[PlannedMaster]) -> Iterator[MasterAgain]:
    for one in masters:
        told = lookup.master(_named(lookup, "master", one.path)).data
        yield MasterAgain(path=one.path, order=record_of(MasterOrder, told, "The order"))


def _lists(lookup: Lookup, darks: Iterable[str]) -> Iterator[ListAgain]:
    jobs = lookup.current()
    for path, dark in lists_to_make(jobs.plan).items():
        if dark in darks:
            told = lookup.told_of_list(_named(lookup, "cosmetic", path))
            yield ListAgain(path=path, dark=dark, order=jobs.orders.cosmetic_list(), told=told)


def _masks(lookup: Lookup, flats: Iterable[str]) -> Iterator[MaskAgain]:
    jobs = lookup.current()
    found = masks_to_make(jobs.plan) if jobs.plan.settings.cosmetic.from_flats else {}
    for path, flat in found.items():
        if flat in flats:
            told = lookup.mask(_named(lookup, "badpix", path)).data
            yield MaskAgain(path=path, flat=flat, order=record_of(MaskOrder, told, "The order"))


def _calibration(lookup: Lookup, lights: Iterable[PlannedLight]) -> CalibrationOrder:
    told = lookup.calibration(LightBatch(ALONE, tuple(lights)), None).data
    return record_of(CalibrationOrder, told, "The order")


def _solved(lookup: Lookup, search: Callable[[list[str]], str], light: PlannedLight) -> SolvedAgain:
    jobs = lookup.current()
    return SolvedAgain(
        calibrated=light.calibrated,
        solved=light.solved,
        order=jobs.orders.solving([light]),
        searched=search(jobs.products(jobs.batch_of[light.calibrated], "solved")),
    )


def _named(lookup: Lookup, wildcard: str, path: str) -> SimpleNamespace:
    return SimpleNamespace(**{wildcard: path.removeprefix(lookup.path(""))})
