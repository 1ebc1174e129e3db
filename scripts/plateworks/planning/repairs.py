"""Where the pixels to repair are listed: a cosmetic list for each dark, a mask for each flat."""

from __future__ import annotations

from plateworks.inventory.tokens import disambiguated, frame_name
from plateworks.matching.candidates import Candidate
from plateworks.metadata.kinds import KINDS
from plateworks.planning.modelled import modelled_darks
from plateworks.planning.paths import distinct
from plateworks.planning.plan import Plan


def lists_to_make(plan: Plan) -> dict[str, str]:
    """Return the cosmetic lists that a run can make, each with its master dark.

    These are the lists of the darks that it makes, of the darks found without a list, and of darks
    by a model of another run, which left it without a dark of that setup.  What is repaired with a
    dark that is named by hand is named with it.
    """
    by_hand = plan.given.single.get("dark") if plan.lights else None
    taken: set[str] = set()
    darks: dict[str, str] = {}
    for planned in plan.usable:
        if KINDS[planned.source.key.kind].thermal:
            path = plan.naming.cosmetic(cosmetic_name(planned.name), planned.source)
            darks[distinct(path, taken, planned.path)] = planned.path
    alone = (dark for dark in modelled_darks(plan).values() if dark.listed_by == dark.path)
    for found in (*plan.found, *alone):
        if KINDS[found.kind].thermal and found.path not in (by_hand, *plan.lists):
            path = plan.naming.cosmetic(cosmetic_name(_found_name(found)), found)
            darks[distinct(path, taken, found.path)] = found.path
    return darks


def masks_to_make(plan: Plan) -> dict[str, str]:
    """Return the bad-pixel masks that a run can make, each with its master flat."""
    flats = [m for m in plan.usable if m.source.key.kind == "flat"]
    taken: set[str] = set()
    return {distinct(plan.naming.badpix(m.source), taken, m.path): m.path for m in flats}


def cosmetic_name(dark: str) -> str:
    """Return the name of the cosmetic list of a dark: ``dark_120s_m10c`` gives ``cosme_120s_m10c``.

    A flat-dark keeps its kind in the name, ``cosme_darkflat_2s``, apart from a dark as long as it.
    """
    return "cosme_" + dark.removeprefix("dark_")


def _found_name(master: Candidate) -> str:
    return disambiguated(frame_name(master.path), master.path)
