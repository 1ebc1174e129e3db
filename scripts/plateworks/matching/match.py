"""A match of a frame and a master: the levels, the remarks that set them, and the refusals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from plateworks.matching.candidates import Candidate

EXACT, GOOD, ACCEPTABLE, LAST_RESORT = range(4)
LEVEL_NAMES = ("exact", "good", "acceptable", "last resort")


class Finding(NamedTuple):
    """One remark on a match, and the best level it allows.

    Attributes
    ----------
    level : int
    text : str
    dated : bool
        Whether it counts days from the very moment of the frame.
    """

    level: int
    text: str
    dated: bool = False


class Refusal(NamedTuple):
    """Why a candidate cannot serve: the field, both readings, the setting that would change it."""

    path: str
    field: str
    wanted: str
    found: str
    setting: str


class Match(NamedTuple):
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
        The master bias that is taken from the frame, beside the dark.
    dark_bias : Candidate or None
        The master bias that is taken out of the dark: that of the dark's own night.
    optimise : bool
        Whether K is fitted to each frame.
    runner_up : str
        The master that came second.
    unscaled : bool
        Whether a dark of another exposure is taken as it is.
    beyond : float
        The K that such a dark is not scaled by, since it is beyond ``matching.dark_scale_limit``;
        0: another reason.
    cost : float or None
        What it costs the frame, as :mod:`plateworks.matching.cost` predicts it.
    making : tuple of Finding
        What keeps the master itself from the best level, whatever frame it is for.  It is told
        with the level, and takes no part in the choice.
    pinned : bool
        Whether the user chose it, whatever the rules say.
    timeless : tuple of Finding
        Those of the remarks that no date changes.
    """

    master: Candidate
    findings: tuple[Finding, ...] = ()
    tier: int = 0
    k: float = 1.0
    bias: Candidate | None = None
    dark_bias: Candidate | None = None
    optimise: bool = False
    runner_up: str = ""
    unscaled: bool = False
    beyond: float = 0.0
    cost: float | None = None
    making: tuple[Finding, ...] = ()
    pinned: bool = False
    timeless: tuple[Finding, ...] = ()

    @property
    def level(self) -> int:
        if not (self.findings or self.making):
            return EXACT
        return max(finding.level for finding in self.findings + self.making)

    @property
    def dated(self) -> bool:
        """Whether a remark counts days from the very moment of the frame."""
        return any(finding.dated for finding in self.findings)

    @property
    def word(self) -> str:
        """The level in a word; what is pinned was not compared, so it is not called exact."""
        return word_of(self.level, (self,))

    @property
    def reason(self) -> str:
        worst_first = sorted((*self.findings, *self.making), key=lambda finding: -finding.level)
        return "; ".join(finding.text for finding in worst_first) or "exact"

    def refused_by_level(self, accept: int) -> Refusal | None:
        """Return the refusal of a match that is worse than the level `accept`, else None."""
        if self.level <= accept:
            return None
        wanted, found = f"at most {accept}", f"{self.level} ({self.reason})"
        setting = "matching.dark_scale_limit" if self.beyond else "matching.accept_level"
        return Refusal(self.master.path, "level", wanted, found, setting)

    @property
    def masters(self) -> tuple[Candidate, ...]:
        """The masters it takes: the one chosen, and the biases beside it, each once."""
        biases = (one for one in (self.bias, self.dark_bias) if one is not None)
        return tuple(dict.fromkeys((self.master, *biases)))

    def with_biases(self, frame: Match | None, own: Match | None) -> Match:
        """Return this match of a dark with master biases beside it, and the remarks on them.

        Parameters
        ----------
        frame, own : Match or None
            The bias that is taken from the frame, and the one that is taken out of the dark.  Where
            they are one, what is said of it for the frame is not said again.
        """
        findings = list(self.findings)
        if frame is not None:
            findings += (one._replace(text=f"bias: {one.text}") for one in frame.findings)
        if own is not None and (frame is None or not _says_all(frame, own)):
            poor = (one for one in own.findings if one.level > EXACT)
            findings += (Finding(one.level, f"bias of the dark: {one.text}") for one in poor)
        return self._replace(
            bias=None if frame is None else frame.master,
            dark_bias=None if own is None else own.master,
            findings=tuple(findings),
        )

    def noting(self, level: int, text: str, tier: int = 0, *, dated: bool = False) -> Match:
        """Return this match with one more remark, `tier` steps further down the fall-backs."""
        findings = (*self.findings, Finding(level, text, dated))
        return self._replace(findings=findings, tier=self.tier + tier)


def word_of(level: int, matches: Iterable[Match]) -> str:
    """Return the word for the level of some matches together."""
    return "pinned" if level == EXACT and any(one.pinned for one in matches) else LEVEL_NAMES[level]


def _says_all(frame: Match, own: Match) -> bool:
    return own.master == frame.master and own.level <= frame.level
