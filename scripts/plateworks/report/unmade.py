"""Sets of calibration frames that become no master, and what stands in the way."""

from __future__ import annotations

from typing import NamedTuple

from plateworks.inventory.sets import FrameSet
from plateworks.matching.candidates import Candidate, master_to_make
from plateworks.matching.match import Refusal
from plateworks.planning.plan import Plan


class Unmade(NamedTuple):
    """A set that is not combined, and the master that it would make."""

    source: FrameSet  # with all its frames
    master: Candidate
    refusal: Refusal

    @property
    def too_few(self) -> bool:
        """Whether nothing but more frames is needed."""
        return self.refusal.field == "frames"


def unmade_sets(plan: Plan) -> list[Unmade]:
    """Return every set that the plan refuses to combine, sorted by set."""
    sets = {one.key: one for one in plan.sets}
    options = plan.settings.masters
    least, unmade = options.min_frames, []
    for planned in plan.masters:
        if not planned.refused:
            continue
        one = sets[planned.source.key]
        master = master_to_make(one, planned.path, subtract_bias=options.subtract_bias)
        if len(one.frames) < least:
            wanted, found, setting = f"at least {least}", f"{len(one.frames)}", "masters.min_frames"
            refusal = Refusal(planned.path, "frames", wanted, found, setting)
        else:
            wanted, setting = "bias or darks for its own frames", "raw: add such frames"
            refusal = Refusal(planned.path, "calibration", wanted, planned.refused, setting)
        unmade.append(Unmade(one, master, refusal))
    return unmade
