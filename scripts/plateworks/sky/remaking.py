"""Products made again in a scratch folder, and compared with those that are there."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from plateworks.csvtable import write_table
from plateworks.errors import PlateworksError
from plateworks.orders.lights import CalibrationOrder
from plateworks.orders.remaking import RemakingOrder
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.cosmetics import make_bad_pixel_mask, make_cosmetic_list
from plateworks.products.differences import difference
from plateworks.products.masters import make_master
from plateworks.scratch import scratch_folder
from plateworks.sky.solved import solve_files

_log = logging.getLogger(__name__)


def remake(order: RemakingOrder, table: str) -> None:
    """Make products that are there again, and compare them byte by byte.

    What they are made of is taken as it is there.

    Parameters
    ----------
    order : RemakingOrder
    table : str
        The table to write: a line for each of them, with what differs.

    Raises
    ------
    PlateworksError
        If one has become another, with what differs.
    """
    with scratch_folder() as folder:
        found = {there: difference(there, again) for there, again in _made(order, folder)}
    write_table(table, ("product", "difference"), found.items())
    _log.info("%d products were made again", len(found))
    others = [f"{path} has {what}" for path, what in found.items() if what]
    if others:
        raise PlateworksError(
            f"{len(others)} of {len(found)} products became others when they were made again: "
            f"{'; '.join(others)}.  Settings and frames that changed since are told by "
            "snakemake -n; if it has nothing to do, another version of a library made them."
        )


def _made(order: RemakingOrder, folder: Path) -> Iterator[tuple[str, str]]:
    """Make what is there again; yield its path, and that of the new one."""
    places = (folder / str(number) for number in count())

    def again(path: str) -> str:
        """Return another place for a file, under its own name: headers may tell it."""
        place = next(places)
        place.mkdir()
        return str(place / os.path.basename(path))

    for master in order.masters:
        if os.path.exists(master.path):
            make_master(master.order, new := again(master.path))
            yield master.path, new
    for one in order.lists:
        if os.path.exists(one.path):
            make_cosmetic_list(one.order, one.dark, new := again(one.path), one.told)
            yield one.path, new
    for mask in order.masks:
        if os.path.exists(mask.path):
            make_bad_pixel_mask(mask.order, mask.flat, new := again(mask.path))
            yield mask.path, new
    lights = [light for light in order.lights.lights if os.path.exists(light.output)]
    moved = [replace(light, output=again(light.output)) for light in lights]
    calibrate_frames(CalibrationOrder(lights=tuple(moved), settings=order.lights.settings))
    yield from ((light.output, new.output) for light, new in zip(lights, moved, strict=True))
    there = {light.output for light in lights}
    for frame in order.solved:
        if frame.calibrated in there and os.path.exists(frame.solved):
            pair = frame.calibrated, again(frame.solved)
            solve_files(frame.order, [pair], searched=frame.searched)
            yield frame.solved, pair[1]
