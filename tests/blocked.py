"""Processes that wait until they are told to end, for tests of how they do.

What they wait for is a pipe that nobody writes to.  Their output ends when the last process that
holds it is gone: so whoever reads to its end knows that all are, and needs no clock.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SCRIPTS = Path(__file__).parents[1] / "scripts"

#: Longer than any of them takes; one that does not end by then never would.
LIMIT_S = 60


@contextmanager
def blocked(
    arguments: Iterable[str],
    ignored: Iterable[signal.Signals] = (),
    path: Iterable[Path] = (),
    environment: Mapping[str, str] = os.environ,
    held: Iterable[signal.Signals] = (),
    folder: Path | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """Start Python; its standard input is the pipe, which ends with the ``with`` block.

    Parameters
    ----------
    arguments : iterable of str
        Of the interpreter.
    ignored : iterable of signal
        What the process ignores from its birth, as a shell or ``nohup`` would have it.
    path : iterable of path
        Folders where it finds modules, before the package's own.
    environment : mapping
    held : iterable of signal
        What is held back from the process, as a parent may have it that waits for them itself.
    folder : path, optional
        Where it works.
    """

    def be_born() -> None:
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(one, signal.SIG_IGN if one in ignored else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_BLOCK, held)

    folders = os.pathsep.join(map(str, [*path, SCRIPTS]))
    reader, writer = os.pipe()
    try:
        with subprocess.Popen(
            [sys.executable, *arguments], stdin=reader, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, preexec_fn=be_born, cwd=folder,
            env={**environment, "PYTHONPATH": folders},
        ) as process:  # fmt: skip
            try:
                yield process
            finally:
                os.close(writer)  # whatever is left ends
                process.kill()
    finally:
        os.close(reader)


def said_to_the_end(process: subprocess.Popen[str]) -> str:
    """Return what is said on standard error, once the process and all it started are gone."""
    return process.communicate(timeout=LIMIT_S)[1]
