"""Sparing what a run did not make: no product takes the place of a file that is read or typed."""

from __future__ import annotations

import os

from plateworks.errors import ConfigError
from plateworks.planning.plan import Plan
from plateworks.planning.repairs import masks_to_make


def spare_files(plan: Plan) -> None:
    """Refuse a plan whose products would overwrite what it reads, or lists that others made.

    Parameters
    ----------
    plan : Plan

    Raises
    ------
    ConfigError
        With the file, and the key that leads elsewhere.
    """
    root = os.path.join(os.path.abspath(plan.settings.results), "")
    paths = [frame.path for frame in plan.frames] + [master.path for master in plan.found]
    read = set(map(os.path.abspath, paths))
    read = {path for path in read if path.startswith(root)}
    products = [(m.path, f"names.{m.source.key.kind}") for m in plan.to_make]
    products += [(mask, "names.badpix") for mask in masks_to_make(plan)]
    for stage in ("calibrated", "solved"):
        products += [(getattr(light, stage), f"names.{stage}") for light in plan.to_calibrate]
    for path, key in products if read else ():
        if os.path.abspath(path) in read:
            raise ConfigError(
                f"{path} is read as a frame, and a product would take its place; give other "
                f"results, or another template as {key}."
            )
