"""Snakemake, loaded once for many runs of tests.

Loading Snakemake and its plugins takes most of what a dry run takes.  A server loads them, and
nothing of ours; each run is a process forked from it, with a folder, an environment and an end of
its own.  Servers serve in turn, so that a run and the next have other seeds of hashing: what
depends on the order of a set shows as a second run with something to do.

This file is the module by which tests ask, and the program that serves.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import IO

#: Servers that serve in turn; more are started where more runs go on at once.
_TURNS = 2
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
) -> Started:
    """Start Snakemake with `arguments` in `folder`, on request as the leader of a group."""
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
    }
    server.stdin.write(json.dumps(request) + "\n")
    server.stdin.flush()
    return Started(server, printed)


def run(
    arguments: list[str], folder: Path, environment: Mapping[str, str] = os.environ
) -> tuple[int, str]:
    """Run Snakemake with `arguments` in `folder`; return its status and what it printed."""
    return start(arguments, folder, environment).wait()


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


if __name__ == "__main__":
    import jsonschema  # noqa: F401 (what Snakemake loads of others when it needs them)
    import nbformat  # noqa: F401
    import smart_open  # noqa: F401
    from snakemake import cli, report, storage  # noqa: F401

    cli.get_argument_parser()  # loads all plugins
    gc.freeze()  # each process shares what is loaded, and need not take it apart in the end
    asked = _serve()
    if asked is not None:
        _become(asked)
        sys.argv = [sys.modules["snakemake"].__path__[0] + "/__main__.py", *asked["arguments"]]
        cli.main()
