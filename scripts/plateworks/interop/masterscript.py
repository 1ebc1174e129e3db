"""Scripts that make master frames in PixInsight."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from plateworks.errors import FrameError, PlateworksError
from plateworks.interop.javascript import assignments, literal
from plateworks.interop.parameters import WRITE, calibration, integration

#: The line that ends the log of a script which came to its end.
END = "Plateworks: end of the script"

#: ImageIntegration takes no fewer frames.
LEAST = 3

_SHARED = Path(__file__).with_suffix(".js")
_Entry = Mapping[str, Any]


def master_script(jobs: Iterable[Mapping[str, Any]], log: str) -> str:
    """Write the script that makes some masters, one after the other.

    Parameters
    ----------
    jobs : iterable of mapping
        As :meth:`plateworks.jobs.pixinsight.Integration.job` describes each master.  Those
        that others need come first.
    log : str
        The file for PixInsight's console.

    Returns
    -------
    str
        ASCII.

    Raises
    ------
    PlateworksError
        If PixInsight cannot do what a job asks for.
    """
    parts = [
        "// Masters by PixInsight, planned by Plateworks.",
        f"Console.beginLog( {literal(os.path.abspath(log))} );",
        f"var WRITE_HINTS = {literal(WRITE)};",
        _SHARED.read_text(encoding="ascii"),
    ]
    for job in jobs:
        body = "\n".join(_master(job))
        parts.append(f"attempt( {literal(job['name'])}, function()\n{{\n{body}\n}} );\n")
    parts.append(f"console.writeln( {literal(END)} );\nconsole.flush();\nConsole.endLog();\n")
    return "\n".join(parts)


def _master(job: Mapping[str, Any]) -> Iterator[str]:
    entries = job["frames"]
    if job["constant"] is not None:
        raise PlateworksError(
            f"{job['name']}: PixInsight integrates frames, and masters.bias_level is a number; "
            "take bias frames, or set masters.engine: native."
        )
    if len(entries) < LEAST:
        raise PlateworksError(
            f"{job['name']}: PixInsight integrates {LEAST} frames or more, there are "
            f"{len(entries)}; set masters.min_frames: {LEAST}, or masters.engine: native."
        )
    yield "var images = [];"
    for shared, members in _by_masters(entries).items():
        yield from _group(job, shared, members)
    yield "var P = new ImageIntegration;"
    # enabled, path, drizzle data, local normalisation data
    yield 'P.images = images.map( function( file ) { return [true, file, "", ""]; } );'
    yield from assignments("P", integration(job["kind"], job["rejection"]))
    yield f"integrateTo( P, {literal(os.path.abspath(job['integrated']))} );"


def _group(
    job: Mapping[str, Any], shared: tuple[str | None, str | None, bool, int], members: list[str]
) -> Iterator[str]:
    """Calibrate frames that share bias and dark, or take them as they are."""
    bias, dark, bias_inside, turn = shared
    if bias is None and dark is None:
        yield f"images = images.concat( {_lines(members)} );"
        return
    folder = os.path.abspath(f"{job['calibrated']}/{turn}" if turn else job["calibrated"])
    yield "var C = new ImageCalibration;"
    yield from assignments("C", calibration(members, folder, bias, dark, bias_inside=bias_inside))
    made = [f"{folder}/{Path(frame).stem}_c.xisf" for frame in members]
    yield f"images = images.concat( calibrateFlats( C, {_lines(made)} ) );"


def _by_masters(entries: Sequence[_Entry]) -> dict[tuple, list[str]]:
    """Divide frames by their bias and dark, and those of one name, which share no folder."""
    groups: dict[tuple, list[str]] = {}
    seen: dict[str, int] = {}
    for entry in entries:
        path = _readable(entry["raw"])
        stem = Path(path).stem.casefold()
        bias, dark = (
            os.path.abspath(entry[part]) if part in entry else None for part in ("bias", "dark")
        )
        alone = bias is None and dark is None
        turn = 0 if alone else seen.get(stem, 0)
        seen[stem] = turn + 1
        key = (bias, dark, entry.get("bias_inside", True), turn)
        groups.setdefault(key, []).append(path)
    return groups


def _readable(path: str) -> str:
    if path.lower().endswith((".gz", ".fz")):
        raise FrameError(
            path, "PixInsight does not read packed FITS; unpack it, or set masters.engine: native"
        )
    return os.path.abspath(path)


def _lines(files: Sequence[str]) -> str:
    return "[\n" + ",\n".join(f"   {literal(file)}" for file in files) + "\n]"
