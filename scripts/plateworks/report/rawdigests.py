"""What products tell of the raw frames that were read for them: digests of all their pixels."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress

from plateworks.inventory.pathrules import name_below
from plateworks.metadata.frametable import read_frames
from plateworks.planning.plan import Plan

#: The card of a calibrated frame, in FITS and in XISF, and among how many bytes it stands.
_CARD = re.compile(rb"RAWDIG\W.{0,40}?([0-9a-f]{32})")
_FIRST = 1 << 16


def digests_of_raw(plan: Plan, made: Collection[str]) -> dict[str, str]:
    """Return the digests that the products of a run tell of its raw frames.

    Parameters
    ----------
    plan : Plan
    made : collection of str
        The paths of the products.

    Returns
    -------
    dict
        Path of a raw frame to the digest of its pixels.
    """
    known: dict[str, str] = {}
    for master in plan.to_make:
        if master.path in made:
            rows = {row.name: row.digest for row in read_frames(master.path)}
            frames = {name_below(one.path, plan.folders): one.path for one in master.source.frames}
            if len(rows) == len(master.source.frames):  # no two frames have one name
                known |= {frames[name]: digest for name, digest in rows.items() if name in frames}
    for light in plan.to_calibrate:
        if light.calibrated in made:
            with suppress(OSError), open(light.calibrated, "rb") as stream:
                found = _CARD.search(stream.read(_FIRST))
                known[light.frame.path] = found[1].decode("ascii") if found else ""
    return {path: digest for path, digest in known.items() if digest}
