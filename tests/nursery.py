"""Jobs, forked from a process that has loaded what they load of others.

A job of a small night takes a second, most of it for loading Snakemake, numpy and astropy.  The
server of :mod:`loaded` has them; before the run that is forked from it becomes Snakemake, it forks
a nursery, which knows nothing of ours or of the run.  Each Python script that Snakemake starts is a
process forked from there: below the process of the run, as the shell is in whose place it stands.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import runpy
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

#: Bytes of a request, which holds an environment.
_LONGEST = 1 << 17
#: What jobs load of others, at their beginning or on the way.
_OTHERS = (
    "astropy.coordinates", "astropy.io.fits", "astropy.wcs", "bottleneck", "lz4.block", "pandas",
    "PIL.Image", "scipy.ndimage", "scipy.optimize", "scipy.spatial", "scipy.stats", "sep",
    "threadpoolctl", "yaml",
)  # fmt: skip


def load() -> None:
    """Load what jobs load of others."""
    for name in _OTHERS:
        importlib.import_module(name)


def can_serve(own: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    """Whether jobs with another environment can be forked from a process that has begun.

    What Python and the loader of libraries read when they start comes too late for it.
    """
    names = {name for name in (*own, *asked) if name.startswith(("PYTHON", "LD_"))}
    return all(own.get(name) == asked.get(name) for name in names)


def begin() -> str:
    """Fork the nursery of this process, which must have no threads yet.

    Returns
    -------
    str
        In each job, the script that it shall run; empty in the process of the run.
    """
    calls, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = os.fork()
    if child == 0:
        calls.close()
        return _serve(theirs)
    theirs.close()

    def start(command: str, *, env: Mapping[str, str], **options: Any) -> subprocess.Popen | _Job:
        match shlex.split(command):
            case ["set", "-euo", "pipefail;", sys.executable, script]:
                return _Job(calls, script, env)
        return subprocess.Popen(command, env=env, **options)

    def end() -> None:
        calls.close()
        os.waitpid(child, 0)

    sys.modules["snakemake.shell"].sp = SimpleNamespace(**{**vars(subprocess), "Popen": start})
    atexit.register(end)
    return ""


class _Job:
    """A job as its run sees it: what Snakemake's shell asks of a process."""

    def __init__(self, calls: socket.socket, script: str, environment: Mapping[str, str]) -> None:
        reader, writer = os.pipe()
        request = {"script": script, "environment": dict(environment)}
        socket.send_fds(calls, [json.dumps(request).encode()], [writer])
        os.close(writer)
        self._answer = open(reader)  # noqa: SIM115 (closed by wait())
        self.pid = int(self._answer.readline())

    def wait(self) -> int:
        with self._answer:
            return int(self._answer.read())


def _serve(calls: socket.socket) -> str:
    """Fork a process for each request, and return in it, with its script."""
    while True:
        message, [*answer], *_ = socket.recv_fds(calls, _LONGEST, 1)
        _bury(0 if not message else os.WNOHANG)
        if not message:
            os._exit(0)
        if os.fork() == 0:
            calls.close()
            return _attend(json.loads(message), *answer)
        os.close(*answer)


def _bury(how: int) -> None:
    """Wait for processes that have ended; so what they took counts as what the run took."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, how)[0]:
            pass


def _attend(request: dict, answer: int) -> str:
    """Tell of a job, which is forked from here, its number and its end; return in it."""
    child = os.fork()
    if child:
        os.write(answer, f"{child}\n".encode())
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(answer, str(code).encode())
        os._exit(0)
    os.close(answer)
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    return request["script"]


def run_as_main(script: str) -> None:
    """Run a script as if Python had been started with it."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(int(os.environ["OMP_NUM_THREADS"]))
    sys.argv, sys.path[0] = [script], os.path.dirname(script)
    runpy.run_path(script, run_name="__main__")
