"""The table of jobs by stage: how much there is to do, and why, whatever the number of batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from plateworks.jobs.requests import STAGES, Share

#: How Snakemake begins to say why a job runs -> the same for people; the first that is said counts.
_REASONS = {
    "Forced execution": "forced",
    "Missing output files": "not there yet",
    "Incomplete output files": "left unfinished by a run that ended early",
    "Params have changed": "made with other settings, of other frames or by another version",
    "Set of input files has changed": "made of other files",
    "Updated input files": "made of files that are newer now",
    "Input files updated by another job": "made of what is made anew",
    "Code has changed": "made by other code",
    "Software environment": "made in another environment",
}

#: Begins with the words of Snakemake's own table, by which scripts know that a run goes on.
HEAD = "Job stats by stage"


class Steps:
    """The jobs of a run, counted by stage and reason.

    Parameters
    ----------
    shares : mapping
        Name of a rule to the share of its jobs.  Other rules make nothing, and are not counted.
    """

    def __init__(self, shares: Mapping[str, Share]):
        self._shares = shares
        self._reasons: dict[str, Counter[str]] = {}

    def expect(self, jobs: Mapping[str, int]) -> None:
        """Take note of how many jobs of each rule the run has."""
        for rule, count in jobs.items():
            self._add(rule, "", count)

    def add(self, rule: str, reason: str) -> None:
        """Take note of a job, and of Snakemake's words on why it runs."""
        begins = (words for begin, words in _REASONS.items() if begin in reason)
        self._add(rule, next(begins, ""), 1)

    def lines(self) -> Iterator[str]:
        """Yield a line for each stage that has something to do."""
        if self._reasons:
            yield HEAD
        for stage in filter(self._reasons.__contains__, STAGES):
            reasons = self._reasons[stage]
            told = [(count, words) for words, count in reasons.most_common() if words]
            why = ", ".join(f"{count} {words}" for count, words in told)
            if len(reasons) == len(told) == 1:
                why = told[0][1]
            yield f"  {stage:<12}{reasons.total():>7}  {why}".rstrip()

    def _add(self, rule: str, reason: str, count: int) -> None:
        share = self._shares.get(rule)
        if share is not None:
            self._reasons.setdefault(share.stage, Counter())[reason] += share.frames * count
