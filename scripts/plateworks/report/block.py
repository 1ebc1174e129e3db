"""One steady block at the foot of a terminal while a run lasts; all that is said goes above it.

Jobs write to the terminal themselves, in processes of their own, and would write into the block.
So as long as it stands, standard error is a pipe for this process and all that it starts, and each
line that comes out of it is written above the block.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from rich.console import Console, ConsoleDimensions, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from plateworks.printable import printable
from plateworks.report.display import Display
from plateworks.report.progress import Progress

#: What ends the relay; no line of text holds it.
_END = b"\0the block ends here\0"


class Block(Display):
    """A bar for each stage, and the time left.

    Parameters
    ----------
    descriptor : int
        The file descriptor that all write to, as long as the block stands; it is a terminal.
    colours : bool
        Whether it may have colours; ``NO_COLOR`` forbids them too.
    often : float
        How many times a second the block is drawn.
    clock : function
        Seconds, as that of the progress.
    """

    def __init__(
        self,
        descriptor: int = 2,
        *,
        colours: bool = True,
        often: float = 4.0,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._descriptor, self._often, self._clock = descriptor, often, clock
        self._terminal = os.fdopen(os.dup(descriptor), "w", encoding="utf-8")
        self._console = Console(
            file=self._terminal, highlight=False, markup=False, emoji=False,
            no_color=None if colours else True,
        )  # fmt: skip
        self._progress = Progress((), None, 0.0, ended=False)
        self._live: Live | None = None
        self._all_said = threading.Event()

    def show(self, progress: Progress) -> None:
        """Show how far the run is; the first time the block begins to stand."""
        self._progress = progress
        if self._live is None and progress.stages:
            self._live = self._begin()

    def end(self) -> None:
        """Take the block away, and leave the terminal to others again."""
        if self._live is not None:
            os.write(self._descriptor, _END + b"\n")
            self._all_said.wait()
            with suppress(OSError):
                self._live.stop()
            os.dup2(self._terminal.fileno(), self._descriptor)
            self._live = None

    def _begin(self) -> Live:
        coming, going = os.pipe()
        os.dup2(going, self._descriptor)
        os.close(going)
        live = Live(
            console=self._console, get_renderable=self._drawn, transient=True,
            refresh_per_second=self._often, redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip
        live.start(refresh=True)
        threading.Thread(target=self._pass_on, args=(coming,), daemon=True).start()
        return live

    def _pass_on(self, coming: int) -> None:
        """Write above the block what comes; once it is gone, what jobs say yet, all the same."""
        with open(coming, "rb") as lines:
            for line in lines:
                said, end, _ = line.partition(_END)  # what was said last may end without a line
                if said or not end:
                    text = printable(said.decode("utf-8", "replace").rstrip("\r\n"))
                    with suppress(OSError):  # the terminal is gone; jobs would wait at a full pipe
                        self._console.print(Text(text), soft_wrap=True)
                if end:
                    self._all_said.set()

    def _drawn(self) -> Group:
        """Return the block, as wide as the terminal is now."""
        columns, lines = os.get_terminal_size(self._terminal.fileno())  # 0 where it tells none
        self._console.size = ConsoleDimensions(columns or 80, lines or 24)
        table = Table.grid(padding=(0, 1), expand=True)
        for column in ({}, {"ratio": 1}, {"justify": "right"}, {}):
            table.add_column(no_wrap=True, **column)
        for one in self._progress.stages:
            bar = ProgressBar(total=max(1, one.total), completed=one.done)
            table.add_row(Text(one.stage), bar, Text(f"{one.done} of {one.total}"), Text(one.lost))
        left = self._progress.left(self._clock())
        return Group(table, Text(left, no_wrap=True)) if left else Group(table)
