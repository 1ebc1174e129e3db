"""The program PixInsight, run on a script.

It ends with status 0 when a script fails, and a script goes on when a file fails: what counts is
which files are there afterwards.
"""

from __future__ import annotations

import logging
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from plateworks.children import child, end
from plateworks.errors import FrameError, PlateworksError
from plateworks.interop.masterscript import END
from plateworks.metadata.cards import read_cards
from plateworks.orders.integration import ProgramOrder

_log = logging.getLogger(__name__)

#: Names of the program, and where it is installed.
_USUAL = (
    "PixInsight", "pixinsight", "/opt/PixInsight/bin/PixInsight",
    "/Applications/PixInsight/PixInsight.app/Contents/MacOS/PixInsight",
    "/Applications/PixInsight/bin/PixInsight",
)  # fmt: skip
_POLL_S = 0.2
#: It has so many seconds to end when it is asked to.
_GRACE_S = 10.0
#: Lines of PixInsight's log that an error quotes.
_TAIL = 8


def find_binary(binary: str | None) -> str:
    """Return the program: the one that is named, else the first in the usual places.

    Raises
    ------
    PlateworksError
        If there is none.
    """
    for one in (binary,) if binary else _USUAL:
        found = shutil.which(os.path.expanduser(one))
        if found:
            return os.path.abspath(found)
    where = f"{binary} is no program that can be run" if binary else "it is not in the usual places"
    raise PlateworksError(
        f"PixInsight is not found: {where}.  Say where it is (pixinsight.binary), write the script "
        "alone (pixinsight.script_only: true), or set masters.engine: native."
    )


def run_script(
    script: str | os.PathLike,
    log: str | os.PathLike,
    outputs: Iterable[str],
    program: ProgramOrder,
) -> None:
    """Run a script in PixInsight, and see that it made what it should.

    Parameters
    ----------
    script : path
        The script.
    log : path
        The log that the script writes.
    outputs : iterable of str
        The XISF images that must be there afterwards; older ones are removed before.
    program : ProgramOrder

    Raises
    ------
    PlateworksError
        If PixInsight is not there, takes too long, or an image is missing or unreadable.
    """
    outputs = [os.path.abspath(output) for output in outputs]
    for output in outputs:
        Path(output).unlink(missing_ok=True)
        Path(output).parent.mkdir(parents=True, exist_ok=True)
    command = _command(os.path.abspath(script), program)
    _log.info("running %s", shlex.join(command))
    with tempfile.TemporaryFile() as console:
        ended = _wait(command, console, Path(log), program)
        console.seek(0)
        said = console.read().decode("utf-8", "replace").splitlines()
    for line in filter(str.strip, said):
        _log.info("PixInsight: %s", line)
    faults = [fault for fault in map(_fault, outputs) if fault]
    if faults:
        raise PlateworksError(
            f"PixInsight ({ended}) did not make what it should: {', '.join(faults)}.  "
            f"{_last_words(Path(log), said)}  Run the script in PixInsight to see more: {script}"
        )
    _log.info("PixInsight %s", ended)


def _command(script: str, program: ProgramOrder) -> list[str]:
    if "," in script:
        raise PlateworksError(
            f"{script}: PixInsight takes a comma for the end of a script's name; choose another "
            "folder for the results."
        )
    command = [find_binary(program.binary), "--automation-mode"]
    command += [f"-n={program.instance}", f"-r={script}"]
    return command + (["--force-exit"] if program.force_exit else [])


def _wait(command: list[str], console: Any, log: Path, program: ProgramOrder) -> str:
    """Start PixInsight and wait until it ends, or ends the script where it stays open; say how."""
    limit = time.monotonic() + program.time_limit_min * 60
    streams = {"stdin": subprocess.DEVNULL, "stdout": console, "stderr": subprocess.STDOUT}
    try:
        with child(command, signal.SIGTERM, _GRACE_S, **streams) as process:
            while process.poll() is None:
                if not program.force_exit and END in _text(log):
                    return "ended the script and stays open"
                if time.monotonic() > limit:
                    end(process, signal.SIGTERM, _GRACE_S)
                    said = f"{program.time_limit_min:g} min, pixinsight.time_limit_min"
                    return f"ended after {said}"
                time.sleep(_POLL_S)
            return f"ended with status {process.returncode}"
    except OSError as error:
        raise PlateworksError(f"{command[0]} cannot be started ({error.strerror}).") from error


def _fault(output: str) -> str:
    """Say what is wrong with an image that should have been made; "" if nothing is."""
    if not os.path.exists(output):
        return f"{output} is missing"
    try:
        read_cards(output)
    except FrameError as error:
        return str(error)
    return ""


def _last_words(log: Path, said: list[str]) -> str:
    lines = [line for line in _text(log).splitlines() if line.strip()]
    where = f"The last lines of its log, {log}" if lines else f"It wrote no log ({log}), and said"
    return f"{where}: {' | '.join((lines or said)[-_TAIL:]) or 'nothing'}."


def _text(log: Path) -> str:
    try:
        return log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
