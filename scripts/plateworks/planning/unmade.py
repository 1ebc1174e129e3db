"""Calibration frames that become no master: sets that are not combined, frames set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from plateworks.inventory.exclusions import is_by_exclude
from plateworks.inventory.pathkinds import kind_of_path
from plateworks.inventory.scan import Reject
from plateworks.inventory.sets import FrameSet
from plateworks.inventory.toldpaths import told_part
from plateworks.matching.candidates import Candidate, master_found, master_to_make
from plateworks.matching.match import Refusal
from plateworks.matching.misses import SET_ASIDE, Absent
from plateworks.metadata.frame import Frame
from plateworks.metadata.kinds import KINDS
from plateworks.planning.setaside import without_numbers
from plateworks.settings.masters import Masters

#: What frames may be of which nothing says the kind, besides lights.
_MAY_BE = tuple(kind for kind in KINDS if kind != "light")


class Unmade(NamedTuple):
    """A set that is not combined, and the master that it would make."""

    source: FrameSet  # with all its frames
    master: Candidate
    refusal: Refusal

    @property
    def absent(self) -> Absent:
        """What refusals know of it."""
        return Absent(self.master.kind, self.refusal, self.master)

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
        wanted = "bias or darks for its own frames" if master.kind == "flat" else "a master bias"
        refusal = Refusal(path, "calibration", wanted, why, "raw: add such frames")
    return Unmade(one, master, refusal)


def set_aside(
    rejects: Iterable[Reject],
    frames: Mapping[str, Frame],
    folders: Sequence[str],
    session_of: Callable[[Frame], str],
    temperature_step: float,
) -> list[Absent]:
    """Return the masters that files set aside would make, those of one kind and reason as one.

    Parameters
    ----------
    rejects : iterable of Reject
    frames : mapping
        Path to what is known of a file; of others their paths may tell the kind.
    folders : sequence of str
        Those of raw frames and of libraries.
    session_of : function
        Names the session of a frame.
    temperature_step : float
        Degrees C, ``grouping.temperature_step_degC``.
    """
    groups: dict[tuple[object, ...], list[Reject]] = {}
    found: dict[tuple[object, ...], Absent] = {}
    for reject in rejects:
        frame, master = frames.get(reject.path), None
        kind = _kind_by_path(reject.path, folders) if frame is None else frame.kind
        for one in _MAY_BE if kind is None else (kind,):
            if one == "light":
                continue
            if frame is not None:
                of_kind = replace(frame, kind=one)
                master = master_found(of_kind, temperature_step, session_of(of_kind))
            mark = one, without_numbers(reject.reason), _roughly(master)
            groups.setdefault(mark, []).append(reject)
            found[mark] = Absent(one, _aside(groups[mark]), master, guessed=kind is None)
    return list(found.values())


def _kind_by_path(path: str, folders: Sequence[str]) -> str:
    """Return the kind of a file that nothing else is known of: a light, if its path says none."""
    told = kind_of_path(told_part(path, folders))
    return "light" if told is None else told[0]


def _roughly(master: Candidate | None) -> Candidate | None:
    """Return what frames of one set share, whatever differs from frame to frame."""
    if master is None:
        return None
    warmth, exposure = master.temperature, master.exposure
    return replace(
        master,
        path="",
        temperature=None if warmth is None else round(warmth),
        exposure=None if exposure is None else float(f"{exposure:.2g}"),
        rotator=None if master.rotator is None else round(master.rotator),
        mjd=None,
        frames=None,
    )


def _aside(rejects: Sequence[Reject]) -> Refusal:
    first, count = rejects[0], len(rejects)
    files = "1 file is" if count == 1 else f"{count} files are"
    found = f"{files} there, but set aside: {first.reason}"
    setting = "exclude" if is_by_exclude(first.reason) else ""
    return Refusal(first.path, SET_ASIDE, "files that take part", found, setting)
