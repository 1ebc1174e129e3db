"""Jobs of a run on this computer, forked from a process that has loaded what they load.

Python, numpy, astropy and ours take longer to load than a small job takes.  So one process loads
them once in a run (:mod:`plateworks.forkserver`), and each script that Snakemake would start a
Python for is a fork of it: in the same folder, with the same environment, streams and status.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from plateworks.forkserver import HELD_BACK, LONGEST, Request

#: What the jobs of one light load, at their beginning or on the way: a watch has time for it while
#: it waits, and each of its rounds has one job of a kind.
OF_A_LIGHT = (
    "snakemake.iocontainers", "snakemake.logging", "plateworks.logs",
    "plateworks.products.calibrated", "plateworks.sky.solved", "plateworks.report.nighttables",
    "plateworks.report.night.page", "sep", "astropy.wcs", "scipy.ndimage", "scipy.spatial",
    "scipy.optimize", "astropy.coordinates", "pandas", "PIL.Image", "jinja2",
)  # fmt: skip
#: Set to 0, this variable of the environment has each job start a Python of its own.
SWITCH = "PLATEWORKS_FORK"
#: Before it forks, the server must not divide its work among threads.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_CODE = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); import plateworks.forkserver as f; f.main()"
)
#: What Snakemake's shell says of a program beside its command: of nothing else it is known what it
#: would be for a fork.
OPTIONS = frozenset(
    {"bufsize", "shell", "stdout", "universal_newlines", "close_fds", "executable", "env"}
)
#: What Snakemake's shell has a program begin with, where it is bash.
_PREFIX = ["set", "-euo", "pipefail;"]


class Started(Protocol):
    """A process, as far as Snakemake asks for it."""

    @property
    def pid(self) -> int:
        """Its number."""

    def wait(self) -> int:
        """Wait for its end; return its status, negative where a signal ended it."""


class Forks:
    """Starts the programs of a run: scripts as forks, all else as ever.

    Parameters
    ----------
    otherwise : function
        Starts what is not forked, as :class:`subprocess.Popen` does.
    tell : function
        Says a sentence to people.
    """

    def __init__(self, otherwise: Callable[..., Started], tell: Callable[[str], object]):
        self.otherwise, self._tell = otherwise, tell
        self._lock = threading.Lock()
        self._server: subprocess.Popen[bytes] | None = None
        self._calls: socket.socket | None = None
        self._able = not why_not()

    def begin(self, loads: Sequence[str] = ()) -> None:
        """Start the server, unless there is one.

        Parameters
        ----------
        loads : sequence of str
            Modules that it loads while it has nothing else to do.
        """
        with self._lock:
            if self._able and self._server is None:
                try:
                    self._server, self._calls = _started(loads)
                except OSError as error:
                    self._give_up(f"could not be started ({error.strerror})")

    def popen(self, command: str, *, env: Mapping[str, str], **options: Any) -> Started:
        """Start a program, given and to be used as Snakemake's shell does."""

        def otherwise() -> Started:
            return self.otherwise(command, env=env, **options)

        script = _script_of(command)
        strange = options.keys() - OPTIONS or options.get("stdout") not in (None, sys.stdout)
        if script is None or strange:
            return otherwise()
        self.begin()
        message = json.dumps(Request(script, os.getcwd(), {**env})._asdict()).encode()
        if self._calls is None or len(message) > LONGEST:
            return otherwise()
        try:
            return _Job(self._calls, message, self._again(otherwise))
        except (OSError, ValueError):
            return self._again(otherwise)()

    def end(self) -> None:
        """End the server."""
        with self._lock:
            if self._calls is not None and self._server is not None:
                self._calls.shutdown(socket.SHUT_RDWR)
                self._calls.close()
                self._server.wait()
            self._server, self._calls, self._able = None, None, False

    def _again(self, otherwise: Callable[[], Started]) -> Callable[[], Started]:
        """Return what starts a job that could not be forked, and says so once."""

        def start() -> Started:
            with self._lock:
                if self._able:
                    self._give_up("has ended, or cannot fork any more")
            return otherwise()

        return start

    def _give_up(self, why: str) -> None:
        self._able, self._calls = False, None
        self._tell(
            f"The process that jobs are forked from {why}: from now on each job starts a Python "
            f"of its own, which takes longer.  {SWITCH}=0 has it so from the beginning."
        )


class _Job:
    """A job that was forked, as its run sees it."""

    def __init__(self, calls: socket.socket, message: bytes, again: Callable[[], Started]):
        line, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(calls, [message], [theirs.fileno()])
        self._line, self._again = line, again
        self._answers = line.makefile()
        try:
            self.pid = int(self._answers.readline())
        except BaseException:
            self._close()
            raise

    def wait(self) -> int:
        """Let it begin, and wait for its end; return its status.

        It does not begin before: so Snakemake finds its process, however soon it ends.  If the
        server ends meanwhile, nobody knows the status, and the job is done again once it has ended.
        """
        try:
            with suppress(OSError):  # it has been killed already
                self._line.sendall(b".")
            answer = self._answers.readline()
        except OSError:
            answer = ""
        finally:
            self._close()
        return int(answer) if answer else self._again().wait()

    def _close(self) -> None:
        self._answers.close()
        self._line.close()


def why_not() -> str:
    """Say why no job can be forked here; empty where it can."""
    if os.environ.get(SWITCH) == "0":
        return f"{SWITCH} is 0"
    # Elsewhere libraries of the system may not be used after a fork, or there is none.
    return "" if sys.platform == "linux" else f"the system is {sys.platform}, not linux"


def _script_of(command: str) -> str | None:
    """Return the script that a command has this Python run; None if it is for anything else."""
    words = shlex.split(command)
    if words[:3] == _PREFIX:
        words = words[3:]
    if len(words) == 2 and words[0] == sys.executable and words[1].endswith(".py"):
        return os.path.abspath(words[1])
    return None


def _started(loads: Sequence[str]) -> tuple[subprocess.Popen[bytes], socket.socket]:
    calls, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    here = str(Path(__file__).parents[1])
    command = [sys.executable, "-c", _CODE, here, str(theirs.fileno()), *loads]
    try:
        with theirs, _held_back():
            server = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], env={**os.environ, **_ONE_THREAD}
            )
    except OSError:
        calls.close()
        raise
    return server, calls


@contextmanager
def _held_back() -> Iterator[None]:
    """Have what this thread starts begin with signals held back from it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
