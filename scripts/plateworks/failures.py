"""Jobs that failed, and why: kept until a run ends, where people look."""

from __future__ import annotations

import logging
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

_ERROR = "ERROR: "
#: How lines of a job's log begin that go on with an entry.
_MORE = "    "
#: The last entry, once a job is at its end.
_AT_ITS_END = "INFO: peak memory "


class Failure(NamedTuple):
    """A job that failed.

    Attributes
    ----------
    rule : str
    product : str
        The first of its outputs.
    products : int
        How many outputs it has.
    log : str
        Empty if it has none.
    others : tuple of str
        Logs that are not its own: what a cluster keeps of its job.
    """

    rule: str
    product: str
    products: int
    log: str
    others: tuple[str, ...] = ()

    def why(self) -> str:
        """Return the last error in its log, with the last line of what came with it."""
        lines = self._lines()
        begins = _errors(lines)
        if not begins and lines[-1:] and lines[-1].startswith(_AT_ITS_END):
            return (
                "its work was done, but Snakemake could not end it; what it said is above, and in "
                "its own log.  Is there room on the disk of the results?"
            )
        if not begins:
            where = " and ".join(filter(None, (self.log, *self.others))) or "no log"
            return f"it ended without a word; what it said until then is in {where}"
        first, *others = lines[begins[-1] :]
        more = [*takewhile(lambda line: line.startswith(_MORE), others)]
        first = first.removeprefix(_ERROR)
        return f"{first}: {more[-1].strip()} (in {self.log})" if more else first

    def in_words(self, *, heard: bool) -> str:
        """Say which product failed, how many others with it, and why.

        Parameters
        ----------
        heard : bool
            Whether what jobs say themselves was seen already, where this will be.
        """
        more = f" and {self.products - 1} more" if self.products > 1 else ""
        said = heard and _errors(self._lines())
        why = f"its log is {self.log}" if said else self.why()
        return f"Failed: {self.product}{more}: {why}"

    def _lines(self) -> list[str]:
        try:
            return Path(self.log).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return []


def _errors(lines: list[str]) -> list[int]:
    """Return the numbers of the lines with which errors begin."""
    return [number for number, line in enumerate(lines) if line.startswith(_ERROR)]


def failure_of(record: logging.LogRecord) -> Failure:
    """Return the failure that a record of Snakemake tells, whose event is ``job_error``."""
    said: Any = record  # Snakemake gives it attributes, others with each event
    outputs, logs = [*said.output], [*map(str, said.log)]
    first = str(outputs[0]) if outputs else said.rule_name
    return Failure(said.rule_name, first, len(outputs), next(iter(logs), ""), tuple(logs[1:]))


class FailuresHandler(logging.Handler):
    """Listens to Snakemake's log, and keeps the jobs that failed and were not done after all."""

    def __init__(self) -> None:
        super().__init__()
        self._failed: dict[int, Failure] = {}

    @property
    def failures(self) -> list[Failure]:
        """The jobs that failed for good, in the order in which they did."""
        return list(self._failed.values())

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of one event of Snakemake; anything else in its log is passed over."""
        event = getattr(record, "event", None)
        said: Any = record  # Snakemake gives it attributes, others with each event
        if event == "job_error":
            self._failed[said.jobid] = failure_of(record)
        elif event == "job_finished":
            self._failed.pop(said.job_id, None)
