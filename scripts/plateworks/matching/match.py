"""A match of a frame and a master: the levels, the remarks that set them, and the refusals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from plateworks.matching.candidates import Candidate

EXACT, GOOD, ACCEPTABLE, LAST_RESORT = range(4)
LEVEL_NAMES = ("exact", "good", "acceptable", "last resort")


class Finding(NamedTuple):
    """One remark on a match, and the best level it allows."""

    level: int
    text: str


class Refusal(NamedTuple):
    """Why a candidate cannot serve: the field, both readings, the setting that would change it."""

    path: str
    field: str
    wanted: str
    found: str
    setting: str


@dataclass(frozen=True, slots=True)
class Match:
    """A master chosen for a slot.

    Attributes
    ----------
    master : Candidate
    findings : tuple of Finding
        All remarks; the worst level among them is that of the match.
    tier : int
        The step of the fall-backs it was found at, 0 being the first.
    k : float
        Factor on the dark; where it is fitted to each frame, what the fit begins with.
    bias : Candidate or None
        The master bias needed beside the dark.
    optimise : bool
        Whether K is fitted to each frame.
    runner_up : str
        The master that came second.
    """

    master: Candidate
    findings: tuple[Finding, ...] = ()
    tier: int = 0
    k: float = 1.0
    bias: Candidate | None = None
    optimise: bool = False
    runner_up: str = ""

    @property
    def level(self) -> int:
        return max((finding.level for finding in self.findings), default=EXACT)

    @property
    def reason(self) -> str:
        worst_first = sorted(self.findings, key=lambda finding: -finding.level)
        return "; ".join(finding.text for finding in worst_first) or "exact"

    def refused_by_level(self, accept: int) -> Refusal | None:
        """Return the refusal of a match that is worse than the level `accept`, else None."""
        if self.level <= accept:
            return None
        wanted, found = f"at most {accept}", f"{self.level} ({self.reason})"
        return Refusal(self.master.path, "level", wanted, found, "matching.accept_level")

    def beside(self, bias: Match) -> Match:
        """Return this match of a dark with a master bias beside it, and the remarks on that."""
        findings = (Finding(finding.level, f"bias: {finding.text}") for finding in bias.findings)
        return replace(self, bias=bias.master, findings=(*self.findings, *findings))

    def noting(self, level: int, text: str, tier: int = 0) -> Match:
        """Return this match with one more remark, `tier` steps further down the fall-backs."""
        findings = (*self.findings, Finding(level, text))
        return replace(self, findings=findings, tier=self.tier + tier)
