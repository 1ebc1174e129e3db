"""Snakemake's scripts, with another way to start their Python.

All that Snakemake does around a script it still does: its own functions, as the rules of this
workflow call them, find ours where they would start a program.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from types import FunctionType, SimpleNamespace
from typing import Any

from plateworks.forking import OPTIONS, Started
from plateworks.parts import OtherwiseError, tried

_Popen = Callable[..., Started]
#: A script that is not there, for a trial that starts nothing.
_NOWHERE = os.path.join(os.sep, "nowhere", "script.py")


def forked(script: Any, kind: type[Any], shell: type[Any], popen: _Popen) -> Callable[..., object]:
    """Return Snakemake's function that runs scripts, which starts those in Python by `popen`.

    Parameters
    ----------
    script : function
        Runs a script.
    kind : type
        Of scripts in Python.
    shell : type
        Runs a command when it is made.
    popen : function
        Starts a program as :class:`subprocess.Popen` does.

    Raises
    ------
    OtherwiseError
        If any of these is not as it is known.
    """
    with tried("how scripts are run"):
        tried_out = _Trial()
        _executing(kind, shell, tried_out.popen)(
            _Executor(), "{py_exec} {fname:q}", py_exec=sys.executable, fname=_NOWHERE,
            is_python_script=True,
        )  # fmt: skip
        tried_out.check()
        ours = type(kind.__name__, (kind,), {"_execute_cmd": _executing(kind, shell, popen)})
        return _finding(script, **{kind.__name__: ours})


def _executing(kind: type[Any], shell: type[Any], popen: _Popen) -> FunctionType:
    """Return the method that executes a command, with another way to start it."""
    started = SimpleNamespace(**{**vars(shell.__new__.__globals__["sp"]), "Popen": popen})
    ours = type(shell.__name__, (shell,), {"__new__": _finding(shell.__new__, sp=started)})
    return _finding(kind._execute_cmd, **{shell.__name__: ours})


def _finding(function: Any, **ours: Any) -> FunctionType:
    """Return a function that finds ours by some of its global names."""
    for name in ours:
        if name not in function.__code__.co_names or name not in function.__globals__:
            raise OtherwiseError(f"{function.__qualname__} uses no {name}")
    names = {**function.__globals__, **ours}
    code, defaults = function.__code__, function.__defaults__
    found = FunctionType(code, names, function.__name__, defaults, function.__closure__)
    found.__kwdefaults__ = function.__kwdefaults__
    return found


class _Executor:
    """A script of a job that asks for nothing, as far as its command is executed."""

    threads = 1
    resources: Mapping[str, object] = {}

    def __getattr__(self, name: str) -> None:
        """Have neither environment nor container nor benchmark."""


class _Trial:
    """Takes the place of a program, and starts none."""

    def __init__(self) -> None:
        self._calls: list[tuple[Any, dict[str, Any]]] = []

    def popen(self, command: Any, **options: Any) -> Started:
        self._calls.append((command, options))
        return _Ended()

    def check(self) -> None:
        """Refuse another call than :meth:`plateworks.forking.Forks.popen` understands."""
        if len(self._calls) != 1:
            raise OtherwiseError(f"a script starts {len(self._calls)} programs")
        [(command, options)] = self._calls
        if not isinstance(command, str) or _NOWHERE not in command:
            raise OtherwiseError("a script is no command for the shell")
        if not isinstance(options.get("env"), dict) or not OPTIONS.issuperset(options):
            raise OtherwiseError(f"programs are started with {', '.join(sorted(options))}")


class _Ended:
    """A process that has ended well."""

    pid = os.getpid()

    def wait(self) -> int:
        return 0
