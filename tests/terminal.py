"""A program at a terminal of its own, where somebody answers."""

import os
import pty
from collections.abc import Mapping, Sequence
from pathlib import Path


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
