"""Which sets become masters, and what each needs before it is combined."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from plateworks.inventory.scan import Reject
from plateworks.inventory.sets import FrameSet, mean_time
from plateworks.ledger.entry import Entry
from plateworks.matching.candidates import Candidate, Need, master_to_make
from plateworks.matching.choices import dark_for_flat
from plateworks.matching.maintenance import MaintenanceLog
from plateworks.matching.match import ACCEPTABLE, EXACT, LAST_RESORT, Finding, Match
from plateworks.matching.matcher import Matcher
from plateworks.matching.misses import Absent
from plateworks.matching.vouching import with_word
from plateworks.metadata.frame import Frame
from plateworks.metadata.kinds import KINDS
from plateworks.planning.nearest import nearest
from plateworks.planning.paths import Naming, distinct
from plateworks.planning.unmade import unmade
from plateworks.settings.masters import Masters
from plateworks.settings.matching import AcceptLevel, Matching


@dataclass(frozen=True)
class PlannedMaster:
    """A set of calibration frames, and the master it becomes or why it becomes none.

    Attributes
    ----------
    source : FrameSet
        The frames that take part.
    path : str
        The product.
    refused : str
        Why no master is made; empty if one is.
    level : int
        The worst level among the matches of its own frames (flats), else 0.
    matches : tuple of (Match or None)
        For flats: the dark (or bias) of each frame.  For darks without bias: the bias, once.
    """

    source: FrameSet
    path: str
    refused: str = ""
    level: int = 0
    matches: tuple[Match | None, ...] = ()
    kept: bool = False  # it is there already, and frozen
    renamed: bool = False  # an earlier set has the name that the template gives

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def setup(self) -> str:
        return self.source.key.setup.name

    @property
    def doubt(self) -> Finding | None:
        """What keeps it from the best level: the worst of what its own frames get; else None."""
        bias_off = "B" in (self.source.key.done or "")
        said = (_of_a_frame(match, bias_off=bias_off) for match in self.matches)
        worst = max(said, key=lambda one: one.level, default=None)
        return None if worst is None or worst.level == EXACT else worst


def plan_masters(
    sets: Iterable[FrameSet],
    found: Iterable[Candidate],
    need_of: Callable[[Frame], Need],
    naming: Naming,
    matching: Matching,
    options: Masters,
    log: MaintenanceLog,
    absent: Iterable[Absent] = (),
    words: Mapping[str, Entry] | None = None,
) -> tuple[list[PlannedMaster], Matcher, list[Reject]]:
    """Decide on all masters: bias first, then darks and flat-darks, then flats.

    Parameters
    ----------
    sets : iterable of FrameSet
        The sets of calibration frames.
    found : iterable of Candidate
        Masters that exist already.
    need_of : function
        Says what a frame needs.
    naming : Naming
    matching : Matching
    options : Masters
    log : MaintenanceLog
    absent : iterable of Absent
        What frames that are set aside would make.
    words : mapping, optional
        Full path of a master to the word in force on it.

    Returns
    -------
    planned : list of PlannedMaster
        One for each set, sorted by set.
    matcher : Matcher
        Knows every master that can be used.
    rejects : list of Reject
        Flat frames left out because nothing calibrates them.
    """
    planned: list[PlannedMaster] = []
    rejects: list[Reject] = []
    said = words or {}
    usable = [with_word(one, said) for one in found]
    missed = list(absent)
    taken: set[str] = set()
    sets = sorted(sets, key=lambda one: (one.mjd or 0.0, one.id))
    for stage in (("bias",), ("dark", "darkflat"), ("flat",)):
        matcher = Matcher(usable, matching, log, missed)
        for one in sets:
            if one.key.kind not in stage:
                continue
            master, left_out = _plan(
                one, naming.master(one), matcher, need_of, matching.accept_level, options
            )
            rejects += left_out
            if not master.refused:
                path = distinct(master.path, taken, one.id)
                master = replace(master, path=path, renamed=path != master.path)
                made = master_to_make(
                    master.source, master.path, subtract_bias=options.subtract_bias
                )
                usable.append(with_word(made, said))
            else:
                missed.append(unmade(one, master.path, master.refused, options).absent)
            planned.append(master)
    planned.sort(key=lambda master: master.source.id)
    return planned, Matcher(usable, matching, log, missed), rejects


def _plan(
    one: FrameSet,
    path: str,
    matcher: Matcher,
    need_of: Callable[[Frame], Need],
    accept: AcceptLevel,
    options: Masters,
) -> tuple[PlannedMaster, list[Reject]]:
    least = options.min_frames
    rejects: list[Reject] = []
    level = 0
    matches: tuple[Match | None, ...] = ()
    if one.constant is None and len(one.frames) < least:
        return PlannedMaster(one, path, _too_few(len(one.frames), least)), rejects
    done = one.key.done or ""
    if "D" in done or (one.key.kind != "flat" and "B" in done):
        pass  # bias, or the dark with its bias, is out of its frames already
    elif one.key.kind == "flat":
        fits = [(frame, dark_for_flat(need_of(frame), matcher)) for frame in one.frames]
        if "B" in done:  # they are bright and short: what dark current they have may stay
            matches = tuple(m if _level(m) <= accept.darkflat else None for _, m in fits)
            level = max(ACCEPTABLE if match is None else match.level for match in matches)
            return PlannedMaster(one, path, "", level, matches), rejects
        good = [(frame, match) for frame, match in fits if _level(match) <= accept.darkflat]
        bad = [(frame, match) for frame, match in fits if _level(match) > accept.darkflat]
        causes = [_flat_cause(frame, match, need_of(frame), matcher) for frame, match in bad]
        rejects = [
            Reject(frame.path, f"{cause}.  {_flat_remedy(match)}")
            for (frame, match), cause in zip(bad, causes, strict=True)
        ]
        level = max((_level(match) for _, match in good), default=0)
        matches = tuple(match for _, match in good)
        frames = tuple(frame for frame, _ in good)
        one = replace(one, frames=frames, mjd=mean_time(frames))
        if len(good) < least:
            why = f"{len(bad)} of {len(fits)} frames are left out: {causes[0]}"
            return PlannedMaster(one, path, why), rejects
    elif KINDS[one.key.kind].thermal and options.subtract_bias:
        bias = matcher.best(need_of(one.frames[0]), "bias")
        if bias is None or bias.level > accept.bias:
            why = "masters.subtract_bias is true, and no master bias matches"
            return PlannedMaster(one, path, why), rejects
        level, matches = bias.level, (bias,)
    return PlannedMaster(one, path, "", level, matches), rejects


def _of_a_frame(match: Match | None, *, bias_off: bool) -> Finding:
    """Return what is to be said of the dark, or the bias, that a frame gets."""
    if match is None and bias_off:
        return Finding(ACCEPTABLE, "no dark: dark current stays in its frames")
    if match is None:
        return Finding(LAST_RESORT, "no dark and no bias: both stay in its frames")
    return Finding(match.level, f"{os.path.basename(match.master.path)}: {match.reason}")


def _level(match: Match | None) -> int:
    return LAST_RESORT if match is None else match.level


def _flat_cause(frame: Frame, match: Match | None, need: Need, matcher: Matcher) -> str:
    """Say why a flat cannot be calibrated, and what stood in the way of each kind of master."""
    exposure = "unknown exposure" if frame.exposure is None else f"{frame.exposure:g} s"
    refusals = matcher.misses(need, "darkflat", "bias")
    if match is None:
        return f"no flat-dark, dark or bias matches this flat of {exposure}{nearest(refusals)}"
    others = [one for one in refusals if one.path != match.master.path]
    more = f".  Of others{nearest(others)}" if others else ""
    return f"the only dark for this flat of {exposure} is a last resort ({match.reason}){more}"


def _flat_remedy(match: Match | None) -> str:
    if match is None:
        return "Take some, or set matching.accept_level.darkflat: 3 to use it as it is"
    lacking = "flat-darks" if match.master.kind == "bias" else "flat-darks or bias frames"
    return f"Take {lacking}, or set matching.accept_level.darkflat: 3"


def _too_few(count: int, least: int) -> str:
    frames = "1 frame" if count == 1 else f"{count} frames"
    return f"{frames}, {least} needed (masters.min_frames)"
