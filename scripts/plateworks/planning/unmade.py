"""Sets of calibration frames that become no master, and what stands in the way."""

from __future__ import annotations

from typing import NamedTuple

from plateworks.inventory.sets import FrameSet
from plateworks.matching.candidates import Candidate, master_to_make
from plateworks.matching.match import Refusal
from plateworks.settings.masters import Masters


class Unmade(NamedTuple):
    """A set that is not combined, and the master that it would make."""

    source: FrameSet  # with all its frames
    master: Candidate
    refusal: Refusal

    @property
    def too_few(self) -> bool:
        """Whether nothing but more frames is needed."""
        return self.refusal.field == "frames"


def unmade(one: FrameSet, path: str, why: str, options: Masters) -> Unmade:
    """Say of a set, with all its frames, why it makes no master, as a candidate is refused.

    Parameters
    ----------
    one : FrameSet
    path : str
        Where the master would lie.
    why : str
        Why it is not made.
    options : Masters
    """
    master = master_to_make(one, path, subtract_bias=options.subtract_bias)
    count, least = len(one.frames), options.min_frames
    if count < least:
        refusal = Refusal(path, "frames", f"at least {least}", f"{count}", "masters.min_frames")
    else:
        wanted = "bias or darks for its own frames"
        refusal = Refusal(path, "calibration", wanted, why, "raw: add such frames")
    return Unmade(one, master, refusal)
