"""A program at a terminal of its own, where somebody answers, or reads the screen."""

import os
import pty
import select
import termios
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyte


def at_terminal(
    command: Sequence[str],
    answers: bytes,
    folder: Path | str = ".",
    environment: Mapping[str, str] = os.environ,
) -> tuple[int, str]:
    """Run a command, typing `answers`; return its status and all that the terminal shows."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execve(command[0], command, environment)
    os.write(terminal, answers)
    shown = b""
    try:
        while chunk := os.read(terminal, 4096):
            shown += chunk
    except OSError:  # its end, on Linux
        pass
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode(errors="replace")


def as_read(text: str, columns: int = 80) -> list[str]:
    """Return what is left to be read of all that a terminal was told."""
    screen = pyte.HistoryScreen(columns, 24, history=10_000)
    pyte.Stream(screen).feed(text)
    return _lines(screen)


def _lines(screen: pyte.HistoryScreen) -> list[str]:
    """Return all lines, those that have scrolled out too; no empty last ones."""
    columns = range(screen.columns)
    gone = ["".join(line[x].data for x in columns) for line in screen.history.top]
    lines = [line.rstrip() for line in (*gone, *screen.display)]
    while lines and not lines[-1]:
        lines.pop()
    return lines


class Shown:
    """A terminal of 80 x 24 characters, whose screen is read as people do.

    Attributes
    ----------
    descriptor : int
        What programs write to.
    """

    def __init__(self, lines: int = 24, columns: int = 80):
        self._reads, self.descriptor = pty.openpty()
        termios.tcsetwinsize(self.descriptor, (lines, columns))
        self.screen = pyte.HistoryScreen(columns, lines, history=10_000)
        self._stream = pyte.ByteStream(self.screen)

    @property
    def text(self) -> list[str]:
        """All lines from the beginning on, those that have scrolled out too; no empty last ones."""
        return _lines(self.screen)

    def until(self, seen: Callable[[list[str]], bool], patience_s: float = 20.0) -> list[str]:
        """Read what is written until the screen is as it should be, and return its lines."""
        while not seen(self.text):
            ready, _, _ = select.select([self._reads], [], [], patience_s)
            assert ready, "\n".join(self.text)
            self._stream.feed(os.read(self._reads, 65536))
        return self.text

    def rest(self) -> list[str]:
        """Return the lines once all that was written is read."""
        while select.select([self._reads], [], [], 0)[0]:
            self._stream.feed(os.read(self._reads, 65536))
        return self.text

    def close(self) -> None:
        """Take the terminal away."""
        os.close(self._reads)
        os.close(self.descriptor)
