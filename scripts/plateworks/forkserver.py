"""The process that jobs are forked from: it loads what they load, and runs nothing itself.

It has one thread, so that a fork of it is whole.  Ctrl-C and the signals that end a process are
held back from it, and reach its jobs; it ends when who started it has, in whatever way.
"""

from __future__ import annotations

import ast
import atexit
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any, NamedTuple, NoReturn

from plateworks.stopping import ENDING, PASSED_ON, leave_at_once

#: Held back from the server, and heard by jobs.
HELD_BACK = (*ENDING, PASSED_ON, signal.SIGHUP)
#: Bytes of a request, which holds an environment.
LONGEST = 1 << 16
#: By which Snakemake says how many threads a job has.
_THREADS = "OMP_NUM_THREADS"


class Request(NamedTuple):
    """What a job shall be.

    Attributes
    ----------
    script : str
        What it runs, as Snakemake has written it.
    folder : str
        Where it works.
    environment : dict of str
    """

    script: str
    folder: str
    environment: dict[str, str]


class _Server:
    """Forks a process for each request.

    Parameters
    ----------
    calls : socket
        Where requests come, each with the line on which its job is told of.
    loads : sequence of str
        Modules that are loaded while no request waits.
    """

    def __init__(self, calls: socket.socket, loads: Sequence[str]):
        self._calls, self._loads = calls, [*loads]
        self._lines: dict[int, socket.socket] = {}
        # A child that ends wakes whoever waits for requests.
        self._woken, self._wakes = socket.socketpair()
        for one in (self._woken, self._wakes):
            one.setblocking(False)
        signal.set_wakeup_fd(self._wakes.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> tuple[Request, ast.Module | bytes, socket.socket]:
        """Answer requests; return in each process forked for one, with what it is to run."""
        while True:
            ready, _, _ = select.select(
                [self._calls, self._woken], [], [], 0 if self._loads else None
            )
            if self._woken in ready:
                self._woken.recv(4096)
                self._bury()
            if self._calls in ready:
                message, [*given], *_ = socket.recv_fds(self._calls, LONGEST, 1)
                if not message:
                    os._exit(0)  # jobs that are still at work go on, as those without a server do
                os.set_inheritable(given[0], False)
                line = socket.socket(fileno=given[0])
                request = Request(**json.loads(message))
                source = _read(request)
                if self._forked(line):
                    return request, source, line
            elif self._loads:
                with suppress(Exception):  # the job that needs it says so
                    importlib.import_module(self._loads.pop(0))

    def _forked(self, line: socket.socket) -> bool:
        """Fork a job, and tell its number; say nothing where there can be none."""
        if len(os.listdir("/proc/self/task")) > 1:
            line.close()
            return False
        gc.freeze()  # what is loaded stays shared: no job looks through it for what it may drop
        try:
            child = os.fork()
        except OSError:
            line.close()
            return False
        if child == 0:
            self._leave()
            return True
        self._lines[child] = line
        with suppress(OSError):  # nobody is there any more to be told
            line.sendall(f"{child}\n".encode())
        return False

    def _leave(self) -> None:
        """Leave all that is the server's, in a child."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for one in (self._calls, self._woken, self._wakes, *self._lines.values()):
            one.close()

    def _bury(self) -> None:
        """Tell of the jobs that have ended; so what they took counts as what the run took."""
        with suppress(ChildProcessError):
            while True:
                child, status = os.waitpid(-1, os.WNOHANG)
                if not child:
                    break
                with self._lines.pop(child) as line, suppress(OSError):
                    line.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _read(request: Request) -> ast.Module | bytes:
    """Return a script, after what it loads first of all is loaded.

    Whatever is wrong with it, its job will say.
    """
    if request.environment.get(_THREADS, "1") != "1":
        with suppress(ImportError):
            importlib.import_module("threadpoolctl")
    with open(request.script, "rb") as file:
        text = file.read()
    with suppress(Exception):
        tree = ast.parse(text, request.script)
        imports = [one for one in tree.body if isinstance(one, ast.Import | ast.ImportFrom)]
        exec(compile(ast.Module([*imports], []), request.script, "exec"), {})
        return tree
    return text


def _become(request: Request) -> None:
    """Be a process as if newly started for this request."""
    os.environ.clear()
    os.environ.update(request.environment)
    time.tzset()
    os.chdir(request.folder)
    sys.argv = [request.script]
    del sys.path[0]  # where the server found this package
    if not sys.flags.safe_path:
        sys.path[0] = os.path.dirname(request.script)
    threads = request.environment.get(_THREADS, "1")
    if threads != "1" and threads.isdigit() and "threadpoolctl" in sys.modules:
        # Libraries read the environment when they are loaded, and some are already.
        sys.modules["threadpoolctl"].threadpool_limits(int(threads))
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, leave_at_once)  # there is nothing yet to be left in order
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_BACK)


def _run(script: str, source: ast.Module | bytes) -> NoReturn:
    """Run a script and end as Python does, but leave what is loaded to the system."""
    main = ModuleType("__main__")
    main.__dict__["__file__"] = script
    sys.modules["__main__"] = main
    status = 0
    try:
        exec(compile(source, script, "exec"), main.__dict__)
    except SystemExit as end:
        status = _status_of(end.code)
    except BaseException as error:  # Python would tell it so, and end
        traceback.print_exception(error.with_traceback(_below(error)))
        status = 1
    threading._shutdown()  # type: ignore[attr-defined] # what Python does when it ends
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


def _status_of(code: Any) -> int:
    if code is None or isinstance(code, int):
        return (code or 0) & 0xFF
    print(code, file=sys.stderr)
    return 1


def _below(error: BaseException) -> Any:
    """Return where an error came from, below what runs the script."""
    return error.__traceback__ and error.__traceback__.tb_next


def main() -> None:
    """Serve; the arguments are the number of the socket, and modules."""
    number, *loads = sys.argv[1:]
    gc.disable()
    request, source, line = _Server(socket.socket(fileno=int(number)), loads).serve()
    gc.enable()
    if line.recv(1):  # else who asked for it is gone
        _become(request)
        _run(request.script, source)
