"""Scripts that make master frames in PixInsight."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from plateworks.errors import FrameError, PlateworksError
from plateworks.interop.javascript import assignments, literal
from plateworks.interop.parameters import WRITE, calibration, integration
from plateworks.orders.integration import IntegratedFrame, IntegrationOrder

#: The line that ends the log of a script which came to its end.
END = "Plateworks: end of the script"

#: ImageIntegration takes no fewer frames.
LEAST = 3

_SHARED = Path(__file__).with_suffix(".js")
#: Bias, dark, whether the dark holds its bias, and which of the frames of one name.
_Shared = tuple[str | None, str | None, bool | None, int]


def master_script(orders: Iterable[IntegrationOrder], log: str) -> str:
    """Write the script that makes some masters, one after the other.

    Parameters
    ----------
    orders : iterable of IntegrationOrder
        One for each master.  Those that others need come first.
    log : str
        The file for PixInsight's console.

    Returns
    -------
    str
        ASCII.

    Raises
    ------
    PlateworksError
        If PixInsight cannot do what an order asks for.
    """
    parts = [
        "// Masters by PixInsight, planned by Plateworks.",
        f"Console.beginLog( {literal(os.path.abspath(log))} );",
        f"var WRITE_HINTS = {literal(WRITE)};",
        _SHARED.read_text(encoding="ascii"),
    ]
    for order in orders:
        body = "\n".join(_master(order))
        parts.append(f"attempt( {literal(order.name)}, function()\n{{\n{body}\n}} );\n")
    parts.append(f"console.writeln( {literal(END)} );\nconsole.flush();\nConsole.endLog();\n")
    return "\n".join(parts)


def _master(order: IntegrationOrder) -> Iterator[str]:
    if len(order.frames) < LEAST:
        raise PlateworksError(
            f"{order.name}: PixInsight integrates {LEAST} frames or more, there are "
            f"{len(order.frames)}; set masters.min_frames: {LEAST}, or masters.engine: native."
        )
    yield "var images = [], history = [];"
    for shared, members in _by_masters(order.frames).items():
        yield from _group(order.calibrated, shared, members)
    yield "var P = new ImageIntegration;"
    # enabled, path, drizzle data, local normalisation data
    yield 'P.images = images.map( function( file ) { return [true, file, "", ""]; } );'
    yield from assignments("P", integration(order.kind, order.rejection))
    yield f"integrateTo( P, {literal(os.path.abspath(order.integrated))}, history );"


def _group(calibrated: str, shared: _Shared, members: dict[int, str]) -> Iterator[str]:
    """Calibrate frames that share bias and dark, or take them as they are."""
    bias, dark, bias_inside, turn = shared
    files = list(members.values())
    if bias is None and dark is None:
        yield f"images = images.concat( {_lines(files)} );"
        return
    folder = os.path.abspath(f"{calibrated}/{turn}" if turn else calibrated)
    yield "var C = new ImageCalibration;"
    yield from assignments(
        "C", calibration(files, folder, bias, dark, bias_inside=bool(bias_inside))
    )
    made = [f"{folder}/{Path(frame).stem}_c.xisf" for frame in files]
    told = f"{_lines(made)}, {literal(list(members))}, history"
    yield f"images = images.concat( calibrateFlats( C, {told} ) );"


def _by_masters(frames: Sequence[IntegratedFrame]) -> dict[_Shared, dict[int, str]]:
    """Divide frames by their bias and dark, and those of one name, which share no folder.

    Each is told with its place among all.
    """
    groups: dict[_Shared, dict[int, str]] = {}
    seen: dict[str, int] = {}
    for place, frame in enumerate(frames):
        path = _readable(frame.raw)
        stem = Path(path).stem.casefold()
        bias, dark = (one and os.path.abspath(one) for one in (frame.bias, frame.dark))
        alone = bias is None and dark is None
        turn = 0 if alone else seen.get(stem, 0)
        seen[stem] = turn + 1
        groups.setdefault((bias, dark, frame.bias_inside, turn), {})[place] = path
    return groups


def _readable(path: str) -> str:
    if path.lower().endswith((".gz", ".fz")):
        raise FrameError(
            path, "PixInsight does not read packed FITS; unpack it, or set masters.engine: native"
        )
    return os.path.abspath(path)


def _lines(files: Sequence[str]) -> str:
    return "[\n" + ",\n".join(f"   {literal(file)}" for file in files) + "\n]"
