"""Snakemake, loaded once for many runs of tests.

Loading Snakemake and its plugins takes most of what a dry run takes.  A server loads them, and
nothing of ours; each run is a process forked from it, with a folder, an environment and an end of
its own, and so is each of its jobs (:mod:`nursery`).  Servers serve in turn, so that a run and the
next have other seeds of hashing: what depends on the order of a set shows as a second run with
something to do.

This file is the module by which tests ask, and the program that serves.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

#: Servers that serve in turn; more are started where more runs go on at once.
_TURNS = 2
#: Of Snakemake's words: with these it starts no job.
_NO_JOBS = {"-n", "--summary", "--lint", "--unlock"}
_servers: list[subprocess.Popen] = []
_idle: deque[subprocess.Popen] = deque()
_lock = threading.Lock()


class Started:
    """A run that goes on: a process forked from a server.

    Attributes
    ----------
    pid : int
        Of its process, which leads its group where that was asked for.
    """

    def __init__(self, server: subprocess.Popen, printed: IO[str]):
        self._server, self._printed = server, printed
        self.pid = int(_answer(server))

    def wait(self) -> tuple[int, str]:
        """Wait for its end; return its status and what it printed."""
        code = int(_answer(self._server))
        _idle.append(self._server)
        with self._printed:
            return code, self._printed.read()


def start(
    arguments: list[str],
    folder: Path,
    environment: Mapping[str, str] = os.environ,
    *,
    group: bool = False,
    real_jobs: bool = False,
) -> Started:
    """Start Snakemake with `arguments` in `folder`, on request as the leader of a group.

    Its jobs are forked, unless they shall be `real_jobs`, each a Python that starts anew.
    """
    server = _take()
    printed = tempfile.NamedTemporaryFile(  # noqa: SIM115 (closed by wait())
        "r", encoding="utf-8", errors="replace", prefix="snakemake-"
    )
    request = {
        "arguments": arguments,
        "folder": os.path.abspath(folder),
        "environment": dict(environment),
        "printed": printed.name,
        "group": group,
        "real_jobs": real_jobs,
    }
    server.stdin.write(json.dumps(request) + "\n")
    server.stdin.flush()
    return Started(server, printed)


def run(
    arguments: list[str],
    folder: Path,
    environment: Mapping[str, str] = os.environ,
    *,
    real_jobs: bool = False,
) -> tuple[int, str]:
    """Run Snakemake with `arguments` in `folder`; return its status and what it printed."""
    return start(arguments, folder, environment, real_jobs=real_jobs).wait()


def _answer(server: subprocess.Popen) -> str:
    answer = server.stdout.readline()
    assert answer, "the server of Snakemake is gone"
    return answer


def _take() -> subprocess.Popen:
    with _lock:
        if len(_servers) >= _TURNS and _idle:
            return _idle.popleft()
        server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        _servers.append(server)
        return server


def stop() -> None:
    """End all servers."""
    for server in _servers:
        server.stdin.close()
        server.wait()
        server.stdout.close()
    _servers.clear()
    _idle.clear()


# --- the program --------------------------------------------------------------------------------


def _serve() -> dict | None:
    """Answer requests; return in each process forked for one, with what it shall do."""
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            return request
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    return None


def _become(request: dict) -> None:
    """Be a process as if newly started for this request."""
    if request["group"]:
        os.setsid()
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    printed = os.open(request["printed"], os.O_WRONLY | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for there, here in ((nothing, 0), (printed, 1), (printed, 2)):
        os.dup2(there, here)
    os.close(printed)
    os.close(nothing)


def _run(request: dict) -> None:
    """Be Snakemake, or one of the jobs that it starts."""
    words = request["arguments"]
    nursing = (
        not request["real_jobs"]
        and not _NO_JOBS.intersection(words)
        and nursery.can_serve(os.environ, request["environment"])
    )
    _become(request)
    script = nursery.begin() if nursing else ""
    if script:
        nursery.run_as_main(script)
    else:
        sys.argv = [sys.modules["snakemake"].__path__[0] + "/__main__.py", *words]
        cli.main()


def _leave(act: Callable[[], object]) -> None:
    """Act, and end as Python does, but leave what is loaded to the system.

    To take apart what it shares with others would cost a process a third of what a dry run does.
    """
    try:
        act()
        code: object = 0
    except SystemExit as end:
        code = end.code or 0
        if not isinstance(code, int):
            raise
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


async def _look_again(executor: object) -> None:
    """Wait before jobs elsewhere are asked for again; Slurm's executor would wait ever longer."""
    await asyncio.sleep(1)


if __name__ == "__main__":
    import jsonschema  # noqa: F401 (what Snakemake loads of others when it needs them)
    import nbformat  # noqa: F401
    import smart_open  # noqa: F401
    from snakemake import cli, report, storage  # noqa: F401
    from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

    import nursery

    RemoteExecutor.sleep = _look_again

    cli.get_argument_parser()  # loads all plugins
    nursery.load()
    gc.freeze()  # each process shares what is loaded, and need not take it apart in the end
    asked = _serve()
    if asked is not None:
        _leave(lambda: _run(asked))
