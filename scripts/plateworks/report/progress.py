"""How many frames of a run are done, and how long the rest will take.

Snakemake counts jobs, and a job may be one frame or sixteen.  A handler among those of Snakemake's
own log sees every job begin and end, wherever it runs, and reckons in frames.  (A logger plugin
would see the same, but would have to be installed as a package beside Snakemake.)  What it reckons
goes to a log, and to whatever shows it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from plateworks.jobs.requests import STAGES, Share

#: What Snakemake writes behind a product that its job finds as it was.
_UPDATED = " (update)"
#: What a product is without what its stage is for, by the stage.
_LACKING = {"solved": "without solution"}


class Reached(NamedTuple):
    """How far a stage is, in frames or masters."""

    stage: str
    done: int  # without those that lack what the stage is for
    total: int
    lost: str  # those, and those that failed, in words

    def __str__(self) -> str:
        lost = f" ({self.lost})" if self.lost else ""
        return f"{self.stage} {self.done} of {self.total}{lost}"


class Progress(NamedTuple):
    """How far a run is.

    Attributes
    ----------
    stages : tuple of Reached
    left_s : float or None
        Seconds that the rest will take; None where nobody knows yet, or nothing is left.
    at_s : float
        When that was so.
    """

    stages: tuple[Reached, ...]
    left_s: float | None
    at_s: float
    ended: bool

    def left(self, now: float) -> str:
        """Say how long the rest will take, from now on; an empty text where that is not known."""
        if self.left_s is None:
            return ""
        return f"about {_duration(self.left_s - (now - self.at_s))} left"

    def __str__(self) -> str:
        return " · ".join(filter(None, (*map(str, self.stages), self.left(self.at_s))))


@dataclass
class _Stage:
    total: int = 0
    done: int = 0  # those that lack something too
    lacking: int = 0
    failed: int = 0
    jobs: int = 0  # that have not ended
    running: int = 0  # of these
    reckoned_s: float = 0.0  # of these jobs, as was foreseen
    ended_s: float = 0.0  # of the jobs that are done, as was foreseen
    busy_s: float = 0.0  # of the same, as they took

    @property
    def left(self) -> int:
        return self.total - self.done - self.failed


@dataclass
class Tally:
    """Frames done and to do, from the beginnings and ends of jobs.

    Parameters
    ----------
    shares : mapping
        Name of a rule to the share of its jobs.  Other rules are not counted.
    lacks : function
        Whether a product, by its path and its stage, was set aside or has no solution.
    """

    shares: Mapping[str, Share]
    lacks: Callable[[str, str], bool]
    stages: dict[str, _Stage] = field(default_factory=dict)
    _began: dict[int, float] = field(default_factory=dict)  # by job, those that run
    _running: dict[int, str] = field(default_factory=dict)  # the rules of those that count
    _since: float = 0.0  # when the first of those that run side by side began
    _passed: float = 0.0  # seconds in which jobs ran that count, before that

    def expect(self, jobs: Mapping[str, int]) -> None:
        """Take note of how many jobs of each rule the run has."""
        for rule, count in jobs.items():
            if rule in self.shares:
                share = self.shares[rule]
                stage = self.stages.setdefault(share.stage, _Stage())
                stage.total += share.frames * count
                stage.jobs += count
                stage.reckoned_s += share.seconds * count

    def begin(self, job: int, rule: str, now: float) -> None:
        """Take note that a job began; times are in seconds."""
        if rule not in self.shares:
            return
        if not self._running:
            self._since = now
        share = self.shares[rule]
        stage = self.stages.setdefault(share.stage, _Stage())
        stage.running += job not in self._running
        self._began[job], self._running[job] = now, rule
        if stage.running > stage.jobs:
            self.expect({rule: 1})  # a checkpoint brought it

    def end(
        self, job: int, rule: str, now: float, *, failed: bool = False, products: Sequence[str] = ()
    ) -> bool:
        """Take note that a job ended, and return whether its frames count.

        Its `products` are looked at, for those that are set aside or without a solution.
        """
        if rule not in self.shares:
            return False
        began = self._began.pop(job, now)
        share = self.shares[rule]
        stage = self.stages.setdefault(share.stage, _Stage())
        if self._running.pop(job, None):
            stage.running -= 1
            if not self._running:
                self._passed += now - self._since
        stage.jobs -= 1
        stage.reckoned_s -= share.seconds
        if failed:
            stage.failed += share.frames
        else:
            stage.done += share.frames
            stage.lacking += sum(self.lacks(path, share.stage) for path in products)
            stage.ended_s += share.seconds
            stage.busy_s += now - began
        return True

    def seconds_left(self, now: float) -> float | None:
        """Estimate the time that the jobs left will take; None before any is done.

        Each stage takes so many times what was foreseen of it as its jobs took until now (as those
        of all stages, before one of its own is done).  What the jobs that run have behind them is
        not to come, and as many run side by side as did on average while any ran.
        """
        ended = sum(stage.ended_s for stage in self.stages.values())
        busy = sum(stage.busy_s for stage in self.stages.values())
        if not ended or not busy:
            return None
        pace = {
            name: stage.busy_s / stage.ended_s if stage.ended_s else busy / ended
            for name, stage in self.stages.items()
        }
        work = sum(stage.reckoned_s * pace[name] for name, stage in self.stages.items())
        behind = 0.0
        for job, rule in self._running.items():
            ran, share = now - self._began[job], self.shares[rule]
            behind += ran
            work -= min(ran, share.seconds * pace[share.stage])
        passed = self._passed + (now - self._since if self._running else 0.0)
        beside = (busy + behind) / passed
        jobs = sum(stage.jobs for stage in self.stages.values())
        return max(work, 0.0) / max(1.0, min(beside, jobs))

    def progress(self, now: float) -> Progress:
        """Return how far the run is."""
        reached = []
        for name in sorted(self.stages, key=STAGES.index):
            stage = self.stages[name]
            counts = ((stage.lacking, _LACKING.get(name, "set aside")), (stage.failed, "failed"))
            lost = ", ".join(f"{count} {what}" for count, what in counts if count)
            reached.append(Reached(name, stage.done - stage.lacking, stage.total, lost))
        ended = not any(stage.left for stage in self.stages.values())
        return Progress(tuple(reached), None if ended else self.seconds_left(now), now, ended)


class ProgressHandler(logging.Handler):
    """Listens to Snakemake's log, and says how far the frames are.

    Parameters
    ----------
    shares : function
        Returns what :class:`Tally` takes; called when a run begins.
    lacks : function
        As for :class:`Tally`.
    log : str
        A file that gets a line for every report; it is begun anew by each run that does anything.
    show : function
        Gets the progress when a run begins, and whenever a job that counts has ended.
    every_s : float
        Least time between two lines of the log; the last one always comes.
    clock : function
        Seconds since whenever.
    """

    def __init__(
        self,
        shares: Callable[[], Mapping[str, Share]],
        lacks: Callable[[str, str], bool],
        log: str,
        show: Callable[[Progress], None],
        every_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ):
        super().__init__()
        self._shares, self._tally = shares, Tally({}, lacks)
        self._log, self._show = Path(log), show
        self._every, self._clock = every_s, clock
        self._jobs: dict[int, tuple[str, Sequence[str]]] = {}  # their rules and products
        self._told: float | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of one event of Snakemake; anything else in its log is passed over."""
        event = getattr(record, "event", None)
        said: Any = record  # Snakemake gives it attributes, others with each event
        if event == "run_info":
            self._tally.shares = self._shares()
            self._tally.expect(said.stats)
            self._show(self._tally.progress(self._clock()))
        elif event == "job_info":
            products = [path.removesuffix(_UPDATED) for path in said.output or ()]
            self._jobs[said.jobid] = said.rule_name, products
            self._tally.begin(said.jobid, said.rule_name, self._clock())
        elif event in ("job_finished", "job_error"):
            job = said.job_id if event == "job_finished" else said.jobid
            rule, made = self._jobs.get(job, ("", ()))
            failed = event == "job_error"
            if self._tally.end(job, rule, self._clock(), failed=failed, products=made):
                self._report()

    def _report(self) -> None:
        now = self._clock()
        progress = self._tally.progress(now)
        self._show(progress)
        if self._told is not None and now - self._told < self._every and not progress.ended:
            return
        with suppress(OSError):  # a disk that is full or gone fails jobs, and these say so
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with open(self._log, "w" if self._told is None else "a", encoding="utf-8") as log:
                print(time.strftime("%Y-%m-%d %H:%M:%S"), progress, file=log)
        self._told = now


def _duration(seconds: float) -> str:
    """Return a time as a person says it: ``40 s``, ``12 min``, ``3 h 5 min``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
