"""Faults in what processes ask of their files: errors and short reads at the N-th call.

A small library, compiled where a test first needs it (``faults.c``), stands between a process and
the system (``LD_PRELOAD``), and so it does in all that the process starts.  Whatever language they
are written in, their calls on files whose paths fit a pattern fail as they would on a bad disk::

    faults = injected(tmp_path / "faults", Fault("read", "*/dark_3.fits", errno.EIO, first=2))
    run = snakemake(folder, "masters", **faults.environment)
    assert faults.made() == [1]  # so that the test does not pass because nothing was tried

Calls are counted over all processes together.  A test skips by name where there is no compiler.
:func:`workflow.snakemake` runs the main process as a fork of one that was there before: its jobs
suffer the faults, the scan and the plan do not; those need a process of their own.
"""

from __future__ import annotations

import functools
import os
import shutil
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

_SOURCE = Path(__file__).with_suffix(".c")
#: As many faults at a time, each with two numbers of 64 bits.
_MOST, _NUMBERS = 128, struct.Struct("=QQ")
_ALWAYS = 1 << 62
#: In place of an error: the group of processes is killed in the middle of the call.
KILL = -2


@dataclass(frozen=True)
class Fault:
    """Calls that fail.

    Attributes
    ----------
    call : str
        ``open`` (files and folders, of C's streams too), ``read`` and ``write`` (of whatever form),
        ``map``, ``stat``, ``sync``, ``rename`` (by the new name), ``mkdir``.
    path : str
        Of absolute paths, as :mod:`fnmatch` has it; ``*`` goes beyond slashes.
    error : int
        As in :mod:`errno`; 0 for a read or write that ends half way; :data:`KILL` for a call at
        which the whole group of its process is killed.
    first : int
        Which of the calls is the first to fail.
    count : int
        How many fail from there on.
    """

    call: Literal["open", "read", "write", "map", "stat", "sync", "rename", "mkdir"]
    path: str
    error: int
    first: int = 1
    count: int = _ALWAYS


@dataclass(frozen=True)
class Injected:
    """Faults that are ready.

    Attributes
    ----------
    environment : dict
        What is added to the environment of the process that shall suffer them.
    faults : tuple of Fault
    """

    environment: dict[str, str]
    faults: tuple[Fault, ...]

    def calls(self) -> list[int]:
        """Return how many calls fitted each fault until now, whether they failed or not."""
        return [calls for calls, _ in self._counts()]

    def made(self) -> list[int]:
        """Return how many calls each fault has made fail until now."""
        return [made for _, made in self._counts()]

    def _counts(self) -> list[tuple[int, int]]:
        stored = Path(self.environment["FAULTS_COUNTS"]).read_bytes()
        return list(_NUMBERS.iter_unpack(stored))[: len(self.faults)]


def injected(folder: Path, *faults: Fault) -> Injected:
    """Make faults ready, with an empty or new folder for what they need."""
    assert len(faults) <= _MOST
    library = _library()
    folder.mkdir(exist_ok=True)
    rules, counts = folder / "rules", folder / "counts"
    lines = (f"{one.call} {one.error} {one.first} {one.count} {one.path}\n" for one in faults)
    rules.write_text("".join(lines), encoding="utf-8")
    counts.write_bytes(bytes(_MOST * _NUMBERS.size))
    environment = {
        "LD_PRELOAD": library,
        "FAULTS_RULES": str(rules.resolve()),
        "FAULTS_COUNTS": str(counts.resolve()),
    }
    return Injected(environment, faults)


@functools.cache
def _library() -> str:
    """Compile the library, once for all tests of a process."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("faults in files need a C compiler, and there is none")
    folder = tempfile.TemporaryDirectory(prefix="faults-")
    _kept.append(folder)
    library = os.path.join(folder.name, "faults.so")
    command = [compiler, "-O1", "-shared", "-fPIC", "-o", library, str(_SOURCE), "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert not done.returncode, f"the library of faults cannot be compiled: {done.stderr[-300:]}"
    return library


#: Removed when the process of the tests ends.
_kept: list[tempfile.TemporaryDirectory[str]] = []
