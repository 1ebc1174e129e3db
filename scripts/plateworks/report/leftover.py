"""Products that belong to no plan any more: of withdrawn frames, of masters made no more."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from plateworks.csvtable import write_table
from plateworks.inventory.library import names_of_master
from plateworks.inventory.pathrules import below
from plateworks.inventory.tokens import frame_name
from plateworks.metadata.imagenames import stem_of
from plateworks.planning.modelled import modelled_darks, models_to_make
from plateworks.planning.ours import is_ours
from plateworks.planning.plan import Plan
from plateworks.planning.productkinds import ProductKinds
from plateworks.planning.repairs import lists_to_make, masks_to_make
from plateworks.planning.selection import Selection
from plateworks.printable import printable

#: So many are named where people read of them.
_MOST = 8

#: Kind -> why a product of it is left over, where nothing better is known.
_WHY = {
    "cosmetic": "no dark of the plan has it",
    "badpix": "no flat of the plan has it",
    "dark model": "the darks of the plan make none such",
    "amplifier gains": "no frame of the plan is put together by it",
    "modelled dark": "no light of the plan gets it",
    "calibrated": "no light of the plan becomes it",
    "solved": "no light of the plan becomes it",
}


class LeftOver(NamedTuple):
    """A product that no plan makes; the fields are columns of ``left_over.csv``."""

    path: str
    kind: str
    why: str


def left_over(plan: Plan) -> list[LeftOver] | None:
    """Find the products below the results that `plan` does not make; nothing is deleted.

    Returns
    -------
    list of LeftOver or None
        Sorted by path.  None where the plan is about a part of the archive: it does not tell what
        the whole would make.
    """
    if Selection(plan.settings.select, plan.settings.dates):
        return None
    results, reasons = plan.settings.results, _reasons(plan)
    root = os.path.join(os.path.abspath(results), "")
    expected = {os.path.abspath(path) for path in _expected(plan)}
    # A library may lead here by a link.
    models = (model.path for model in plan.models or () if not model.darks)
    used = (*(one.path for one in plan.found), *plan.lists.values(), *models)
    serving = set(map(os.path.realpath, used))
    found, kinds = [], ProductKinds(plan.naming)
    for path in _files(plan):
        kind = None if path in expected else kinds.of(path)
        if kind is not None and is_ours(path) and os.path.realpath(path) not in serving:
            shown = f"{results}/{below(path, [root])}"
            found.append(LeftOver(shown, kind, _why(shown, kind, reasons, plan)))
    return sorted(found)


def table_of_left_over(plan: Plan) -> str:
    """Return the path of the table that is written at the end of a run."""
    return f"{plan.settings.results}/plan/left_over.csv"


def lines_on(found: Sequence[LeftOver], where: str) -> list[str]:
    """Return lines of text on what is left over, none where nothing is.

    Parameters
    ----------
    found : sequence of LeftOver
        The first few are named.
    where : str
        What is said of the table that names all.
    """
    if not found:
        return []
    lines = [f"{heading_of_left(found)} ({where})"]
    lines += [f"  {printable(one.path)}: {printable(one.why)}" for one in found[:_MOST]]
    return lines + ([f"  ... and {len(found) - _MOST} more"] if len(found) > _MOST else [])


def heading_of_left(found: Sequence[LeftOver]) -> str:
    """Return the clause that comes before what is left over."""
    products = "1 product belongs" if len(found) == 1 else f"{len(found)} products belong"
    return f"{products} to no plan any more; nothing is deleted"


def write_left_over(found: Iterable[LeftOver], path: str | os.PathLike[str]) -> None:
    """Write the table of what is left over; an old one becomes empty where nothing is."""
    rows = list(found)
    if rows or Path(path).exists():
        write_table(path, LeftOver._fields, rows)


def _expected(plan: Plan) -> Iterator[str]:
    """Yield everything that the plan makes or uses."""
    yield from (master.path for master in plan.usable)
    yield from lists_to_make(plan)
    yield from masks_to_make(plan)
    yield from models_to_make(plan)
    yield from modelled_darks(plan)
    yield from (one.path for one in plan.gains.measured)
    for light in plan.lights:
        yield from (light.frame.path, light.calibrated, light.solved, light.cosmetic)
    yield from (frame.path for frame in plan.frames)


def _files(plan: Plan) -> Iterator[str]:
    """Yield every file in the folders of products."""
    for top in plan.naming.product_folders:
        for folder, folders, names in os.walk(os.path.abspath(top)):
            folders[:] = [name for name in folders if not name.startswith(".")]
            yield from (os.path.join(folder, name) for name in names if name[0] != ".")


def _reasons(plan: Plan) -> Mapping[str, str]:
    """Return what is known of those that get no product: by the names of lights and of masters."""
    reasons = {frame_name(reject.path): reject.reason for reject in plan.rejects}
    reasons |= {light.name: light.refused for light in plan.lights if light.refused}
    return reasons | {master.path: master.refused for master in plan.masters if master.refused}


def _why(path: str, kind: str, reasons: Mapping[str, str], plan: Plan) -> str:
    if kind in ("calibrated", "solved"):
        return reasons.get(stem_of(path)) or _WHY[kind]
    for entry in plan.settings.exclude:
        if entry in names_of_master(path):
            return f"it is left out by the config key exclude ({entry})"
    return reasons.get(path) or _WHY.get(kind, f"no set of frames becomes this master {kind}")
