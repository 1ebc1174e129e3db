"""What a terminal shows of a run: our words in place of Snakemake's, whose log has them in full."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, TextIO

from plateworks.failures import failure_of
from plateworks.jobs.requests import Share
from plateworks.printable import fitted, tell
from plateworks.report.display import Display, Lines
from plateworks.report.progress import Progress
from plateworks.report.steps import Steps

#: What Snakemake ends a run with in which a job failed; the conclusion names the job, and why.
_TOLD_AT_THE_END = (
    "Exiting because a job execution failed",
    "At least one job did not complete successfully",
)
_DRY = "This was a dry-run"
#: What it says on its own before it says that a run begins.
_ASIDE = "Assuming unrestricted shared filesystem usage."


class Run(NamedTuple):
    """What a screen is told of a run.

    Attributes
    ----------
    shares : function
        Returns what :class:`~.steps.Steps` takes; called when a run begins.
    asking : function
        Returns the rules whose jobs speak with people, so that no block may stand there.
    dry : bool
        Whether the run is a dry one, which says why each job would run.
    idle : str
        What Snakemake says where nothing is to be done.
    captures : function
        Returns lines on the frames that jobs of some rules will take.
    here : function
        Returns whether jobs speak at this terminal themselves, and not on other nodes.
    again : bool
        Whether the round of a watch before this one told the same of the plan.
    """

    shares: Callable[[], Mapping[str, Share]]
    asking: Callable[[], Collection[str]]
    dry: bool
    idle: str
    captures: Callable[[Collection[str]], Sequence[str]]
    here: Callable[[], bool]
    again: bool = False


class Screen(logging.Handler):
    """Takes the place of the handler by which Snakemake writes to the terminal.

    Errors and warnings are said whole, and where jobs fail, why they did.  Of all else the table of
    jobs by stage is left, and the progress of the run.

    Parameters
    ----------
    run : Run
    stream : text stream
        Where the table goes.
    display : function
        Returns where progress is shown; where jobs ask people something, there are lines instead.
    """

    def __init__(self, run: Run, stream: TextIO, display: Callable[[], Display]):
        super().__init__()
        self._run, self._stream, self._choose = run, stream, display
        self._steps: Steps | None = None
        self._captures: Sequence[str] = ()
        self._display = Display()
        self._begun = False

    def show(self, progress: Progress) -> None:
        """Show how far the run is."""
        self._display.show(progress)

    def end(self) -> None:
        """Show no progress any more: what is said now is the last."""
        self._display.end()
        self._display = Display()

    def emit(self, record: logging.LogRecord) -> None:
        """Write what people want to know of one event of Snakemake."""
        try:
            self._heed(record)
        except BrokenPipeError:
            raise
        except Exception:  # as any handler has it
            self.handleError(record)

    def _heed(self, record: logging.LogRecord) -> None:
        event = getattr(record, "event", None)
        said: Any = record  # Snakemake gives it attributes, others with each event
        if event == "workflow_started":
            self._begun = True
        elif event == "run_info":
            self._begin(said.stats)
        elif event == "job_info" and self._run.dry and self._steps is not None:
            self._steps.add(said.rule_name, said.reason)
        elif event == "job_error":
            tell(failure_of(record).in_words(heard=self._run.here()))
        elif record.levelno >= logging.WARNING:
            text = self.format(record)
            if not any(words in text for words in _TOLD_AT_THE_END):
                tell(text)
        elif record.levelno == logging.INFO and event is None:
            self._pass_on(record.getMessage())

    def _begin(self, stats: Mapping[str, int]) -> None:
        """Say what there is to do; in a dry run that comes with its reasons, after all of them."""
        if self._steps is None:
            self._steps = Steps(self._run.shares())
            self._captures = self._run.captures(stats.keys())
        if not self._run.dry:
            self._steps.expect(stats)
            self._write("\n".join(self._steps.lines()))
            asking = stats.keys() & self._run.asking()
            self._display = Lines() if asking else self._choose()

    def _pass_on(self, text: str) -> None:
        if text.startswith(_DRY) and self._steps is not None:
            lines = [*self._steps.lines(), *self._captures]
            self._write("\n".join([*lines, "", "A dry run: nothing was made."]))
        elif text == self._run.idle:
            self._write("" if self._run.again else text)
        elif not (self._begun or text == _ASIDE):
            self._write(text)

    def _write(self, text: str) -> None:
        if text:
            print(fitted(text, self._stream), file=self._stream, flush=True)


def screen_for(logger: logging.Logger, settings: Any, run: Run) -> Screen | Display:
    """Put a screen in the place of Snakemake's own words, where these are asked to be quiet.

    Parameters
    ----------
    logger : logging.Logger
        That of Snakemake.
    settings : object
        Those of its output.

    Returns
    -------
    Screen or Display
        Lines on progress at a terminal, nothing elsewhere, where Snakemake speaks itself, as asked
        (``--verbose``, ``--logger``) or as ever.
    """
    plain = [one for one in logger.handlers if one.name == "DefaultStreamHandler"]
    if not plain or not settings.quiet or settings.verbose or settings.debug_dag:
        return Lines() if sys.stderr.isatty() else Display()
    [before] = plain
    assert isinstance(before, logging.StreamHandler)
    silent = not {"all", "progress"}.isdisjoint(one.value for one in settings.quiet)

    def display() -> Display:
        if silent:
            return Display()
        if not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
            return Lines()
        from plateworks.report.block import Block  # what draws it is not loaded for nothing

        return Block(sys.stderr.fileno(), colours=not settings.nocolor)

    screen = Screen(run, before.stream, display)
    screen.setFormatter(before.formatter)
    logger.removeHandler(before)
    logger.addHandler(screen)
    return screen
