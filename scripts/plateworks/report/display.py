"""Where progress is shown as long as a run lasts."""

from __future__ import annotations

from collections.abc import Callable

from plateworks.printable import tell
from plateworks.report.progress import Progress

#: Seconds between two lines on progress where there is no terminal.
_EVERY_S = 30.0


class Display:
    """Where progress is shown as long as a run lasts; here nowhere."""

    def show(self, progress: Progress) -> None:
        """Show how far a run is."""

    def end(self) -> None:
        """Show nothing any more."""


class Lines(Display):
    """A line now and then, where no block can stand: in a file, a pipe, or beside a capture.

    Parameters
    ----------
    say : function
    """

    def __init__(self, say: Callable[[str], None] = tell):
        self._say, self._told = say, -_EVERY_S

    def show(self, progress: Progress) -> None:
        """Say how far a run is if half a minute has passed since that was said, or it has ended."""
        if progress.stages and (progress.ended or progress.at_s - self._told >= _EVERY_S):
            self._say(str(progress))
            self._told = progress.at_s
