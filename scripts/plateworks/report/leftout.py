"""Frames that were left out of the masters of a run, as their tables FRAMES tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from plateworks.inventory.pathrules import name_below
from plateworks.inventory.scan import Reject
from plateworks.metadata.frametable import read_frames
from plateworks.planning.masters import PlannedMaster
from plateworks.planning.plan import Plan


class LeftOut(NamedTuple):
    """A frame, why it was left out, and of which master."""

    path: str
    reason: str
    master: str


def left_out(plan: Plan) -> list[LeftOut]:
    """Return the frames left out of those masters of `plan` that are there, by master and path."""
    return [one for master in plan.usable for one in _of_master(master, plan.folders)]


def rejects_of_masters(plan: Plan) -> list[Reject]:
    """Return them as files that are set aside, each with its master and its reason."""
    return [Reject(one.path, f"left out of {one.master}: {one.reason}") for one in left_out(plan)]


def _of_master(master: PlannedMaster, folders: Iterable[str]) -> Iterator[LeftOut]:
    """Yield those of one master; frames of its table are told by their names, in their order."""
    paths: dict[str, list[str]] = defaultdict(list)
    for frame in master.source.frames:
        paths[name_below(frame.path, folders)].append(frame.path)
    for row in read_frames(master.path):
        of_name = paths[row.name]
        path = of_name.pop(0) if of_name else row.name
        if not row.used:
            yield LeftOut(path, row.reason, master.path)
