"""Sparing what a run did not make: no product takes the place of a file that is read or typed."""

from __future__ import annotations

import os
import re

from plateworks.errors import ConfigError
from plateworks.inventory.scan import Inventory
from plateworks.planning.plan import Plan
from plateworks.planning.repairs import lists_to_make, masks_to_make

#: How a list begins that Plateworks wrote (:mod:`plateworks.products.cosmetics`).
_OUR_LIST = re.compile(rb"# \d+ pixels of .+; X Y count from 0(?:, [^\r]*)?\r\n")


def spare_files(plan: Plan, inventory: Inventory) -> None:
    """Refuse a plan whose products would overwrite what it reads, or a list by another's hand.

    Raises
    ------
    ConfigError
        With the file, and the key that leads elsewhere.
    """
    root = os.path.join(os.path.abspath(plan.settings.results), "")
    read = {os.path.abspath(frame.path) for frame in inventory.frames}
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
    for path in lists_to_make(plan):
        if _is_anothers_list(path):
            raise ConfigError(
                f"{path} is a cosmetic list that Plateworks did not write, and one that it makes "
                "would take its place; give other results, or another template as names.cosmetic, "
                "or move the file."
            )


def _is_anothers_list(path: str) -> bool:
    try:
        with open(path, "rb") as stream:
            first = stream.readline()
    except FileNotFoundError:
        return False
    return bool(first) and not _OUR_LIST.match(first)
