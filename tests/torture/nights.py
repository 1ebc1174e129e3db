"""A small night as a user reduces it, and what a run of it left."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from exposed import expose_night
from night import Reduced, products
from workflow import ROOT, Run

#: What is made: everything that has pixels, but for solving, which asks for index files.
TARGET = "calibrated"
#: No run of so small a night takes longer, on whatever computer; one that does hangs.
LIMIT_S = 300.0


class Undisturbed(NamedTuple):
    """A night that nothing disturbs: its folder, its products, and the seconds that it takes."""

    folder: Path
    products: dict[str, bytes]
    seconds: float


@cache
def undisturbed() -> Undisturbed:
    """Reduce a night, once for all trials of this process; nobody may change its folder."""
    kept = tempfile.TemporaryDirectory(prefix="torture-")
    atexit.register(kept.cleanup)
    folder = write_night(Path(kept.name, "night"))
    began = time.monotonic()
    done = run(folder, TARGET)
    assert done.code == 0, done.said
    return Undisturbed(folder, made(folder), time.monotonic() - began)


class Ended(NamedTuple):
    """How a run ended, and what it said."""

    code: int
    said: str


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
    folder: Path, *arguments: str, environment: Mapping[str, str] = os.environ
) -> subprocess.Popen[str]:
    """Start ``snakemake`` as a user does, with the profile that it finds by itself."""
    command = [
        sys.executable, "-m", "snakemake", *arguments, "--snakefile", str(ROOT / "Snakefile"),
        "--cores", "2", "--configfile", "settings.yaml",
    ]  # fmt: skip
    return subprocess.Popen(
        command, cwd=folder, env={**environment, "TMPDIR": str(folder / "scratch")}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace", start_new_session=True,
    )  # fmt: skip


def ended(process: subprocess.Popen[str], after_s: float = LIMIT_S) -> Ended:
    """Wait for a run, and kill it with all its jobs if it takes longer."""
    with process:
        try:
            said, _ = process.communicate(timeout=after_s)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            said, _ = process.communicate()
    return Ended(process.returncode, said)


def run(folder: Path, *arguments: str, environment: Mapping[str, str] = os.environ) -> Ended:
    """Run it to its end."""
    return ended(begun(folder, *arguments, environment=environment))


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
