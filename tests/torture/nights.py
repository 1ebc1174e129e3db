"""A small night as a user reduces it, and what a run of it left."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol

import loaded
from exposed import expose_night
from night import Reduced, products
from workflow import ROOT, Run

#: What is made: everything that has pixels, but for solving, which asks for index files.
TARGET = "calibrated"
#: No run of so small a night takes longer, on whatever computer; one that does hangs.
LIMIT_S = 300.0
#: Names the folder in which the campaign keeps the night that nothing disturbs.
KEPT = "TORTURE_NIGHT"


class Undisturbed(NamedTuple):
    """A night that nothing disturbs: its folder, its products, and the seconds that it takes."""

    folder: Path
    products: dict[str, bytes]
    seconds: float


@cache
def undisturbed() -> Undisturbed:
    """Reduce a night, once for all trials; nobody may change its folder."""
    if KEPT in os.environ:
        folder = Path(os.environ[KEPT])
        return Undisturbed(folder, made(folder), float((folder / "seconds").read_text()))
    kept = tempfile.TemporaryDirectory(prefix="torture-")
    atexit.register(kept.cleanup)
    folder = write_night(Path(kept.name, "night"))
    run(folder, "--version")  # loads what is loaded once
    began = time.monotonic()
    done = ended(begun(folder, TARGET))  # as long as those take that are killed
    assert done.code == 0, done.said
    seconds = time.monotonic() - began
    (folder / "seconds").write_text(f"{seconds}\n")
    return Undisturbed(folder, made(folder), seconds)


class Ended(NamedTuple):
    """How a run ended, and what it said."""

    code: int
    said: str


class Begun(Protocol):
    """A run that goes on: it leads a group of processes."""

    pid: int

    def wait(self) -> tuple[int, str]:
        """Wait for its end; return its status and what it printed."""


class _Started:
    """The same of a process that was started anew."""

    def __init__(self, command: list[str], folder: Path, environment: Mapping[str, str]):
        self._process = subprocess.Popen(
            command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, errors="replace", start_new_session=True,
        )  # fmt: skip
        self.pid = self._process.pid

    def wait(self) -> tuple[int, str]:
        said, _ = self._process.communicate()
        return self._process.returncode, said


def write_night(folder: Path) -> Path:
    """Write a night and its configuration; return the folder."""
    folder.mkdir(exist_ok=True)
    expose_night(folder / "raw")
    (folder / "scratch").mkdir()
    (folder / "settings.yaml").write_text("raw: raw\n", encoding="utf-8")
    return folder


def copied(night: Path, folder: Path) -> Path:
    """Copy a night that has no results yet, times of its files included."""
    shutil.copytree(night, folder, ignore=shutil.ignore_patterns("results", ".snakemake"))
    return folder


def begun(
    folder: Path,
    *arguments: str,
    environment: Mapping[str, str] = os.environ,
    anew: bool = False,
    real_jobs: bool = True,
) -> Begun:
    """Start ``snakemake`` as a user does, with the profile that it finds by itself.

    Parameters
    ----------
    folder : path
    *arguments : str
    environment : mapping
    anew : bool
        Whether its main process is started as a program, and not forked from one that has loaded
        Snakemake already.
    real_jobs : bool
        Whether its jobs are what they are for a user, as always where it is started anew, and those
        that are programs are not forked from a process that has loaded what they load of others.
    """
    words = [
        *arguments, "--snakefile", str(ROOT / "Snakefile"), "--cores", "2", "--configfile",
        "settings.yaml",
    ]  # fmt: skip
    there = {**environment, "TMPDIR": str(folder / "scratch")}
    there.pop("PYTHONDONTWRITEBYTECODE", None)  # else each job compiles the package anew
    if anew:
        return _Started([sys.executable, "-m", "snakemake", *words], folder, there)
    return loaded.start(words, folder, there, group=True, real_jobs=real_jobs)


def ended(run: Begun, after_s: float = LIMIT_S) -> Ended:
    """Wait for a run, and kill it with all its jobs if it takes longer."""
    timer = threading.Timer(after_s, _kill, [run.pid])
    timer.start()
    try:
        return Ended(*run.wait())
    finally:
        timer.cancel()


def _kill(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def run(
    folder: Path, *arguments: str, environment: Mapping[str, str] = os.environ, anew: bool = False
) -> Ended:
    """Run it to its end; nobody kills it, so what it starts need be no programs."""
    return ended(begun(folder, *arguments, environment=environment, anew=anew, real_jobs=False))


def made(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all products."""
    return products(Reduced(folder, Run(0, "", None)))


def left_behind(folder: Path) -> list[str]:
    """Return what nobody uses any more: unfinished files, locks, and our temporary folders."""
    patterns = (
        "results/**/.*.part", "results/.plateworks/*.jobs/*", ".snakemake/locks/*",
        ".snakemake/plateworks/*", "scratch/.plateworks-*",
    )  # fmt: skip
    return [str(path) for pattern in patterns for path in folder.glob(pattern)]
