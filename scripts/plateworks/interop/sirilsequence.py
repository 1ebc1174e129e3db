"""Lights as a sequence of Siril: links, selection, qualities and registration, and scripts.

The file is of the version that Siril 1.2 writes, the first with homographies; later ones read it.
Siril 1.0 knows shifts alone, and registers all frames of a sequence, also those not selected: for
it those that are selected lie in a folder of their own.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from plateworks.csvtable import write_table
from plateworks.files import atomic
from plateworks.interop.handedlights import COLUMNS, HandedLight
from plateworks.interop.links import lay_links
from plateworks.interop.overlay import Overlay, overlay

_NAME = "lights_"
_VERSION = 4
_DIGITS = 5
#: Endings of files that Siril takes into a sequence.
_READ = (".fit", ".fits", ".fts")
_NO_ORDER = Overlay(np.zeros((3, 3)), 0.0)

#: Folder of those that are stacked alone.
_ALONE = "selected"
_STACK = f"stack r_{_NAME} rej 3 3 -norm=addscale -output_norm"
_APPLY = f"seqapplyreg {_NAME} -filter-included"
#: Script -> the versions of Siril that it is for, and its commands.
_SCRIPTS = {
    "stack.ssf": ("1.4.0", _APPLY, f"{_STACK} -weight=wfwhm -out=stack"),
    "stack-1.2.ssf": ("1.2.0 1.4.0", _APPLY, f"{_STACK} -weight_from_wfwhm -out=stack"),
    f"{_ALONE}/register.ssf": ("1.0.0", f"register {_NAME}", f"{_STACK} -out=../stack"),
}
#: What is written beside the links.
_OURS = r"lights_\.seq|stack(?:-1\.2)?\.ssf|register\.ssf"


def hand_to_siril(groups: Mapping[str, Sequence[HandedLight]], table: Path) -> None:
    """Write a folder for each group of lights, and the table of what is in them.

    Parameters
    ----------
    groups : mapping
        From :func:`plateworks.interop.handedlights.read_lights`.
    table : Path
        Its name without the ending is that of the folder for all groups.
    """
    folder = table.with_suffix("")
    links: dict[str, str] = {}
    rows: list[tuple[object, ...]] = []
    for group, lights in groups.items():
        some = [_if_read(light) for light in lights]
        there = [light for light in some if not light.empty]
        rows += [(*light.row(""), None) for light in some if light.empty]
        if there:
            best = _best(there)
            laid = _overlays(there, there[best])
            there = [_if_placed(*both, any(laid)) for both in zip(there, laid, strict=True)]
            rows += [
                (*light.row(_file(number)), None if one is None else round(one.error_px, 3))
                for number, (light, one) in enumerate(zip(there, laid, strict=True), 1)
            ]
            alone = [light for light in there if not light.left]
            links |= _links(group, there) | _links(f"{group}/{_ALONE}", alone)
            _write(folder / group, _sequence(there, laid, best))
    lay_links(folder, links, _OURS)
    write_table(table, (*COLUMNS, "order_error_px"), rows)


def _file(number: int) -> str:
    return f"{_NAME}{number:0{_DIGITS}d}.fit"


def _links(folder: str, lights: Sequence[HandedLight]) -> dict[str, str]:
    return {f"{folder}/{_file(number)}": one.path for number, one in enumerate(lights, 1)}


def _write(folder: Path, sequence: Iterable[str]) -> None:
    """Write the file of a sequence, and the scripts that stack it."""
    _write_lines(folder / f"{_NAME}.seq", sequence)
    for name, (versions, *commands) in _SCRIPTS.items():
        _write_lines(folder / name, (f"requires {versions}", "setext fit", *commands))


def _if_read(light: HandedLight) -> HandedLight:
    """Leave a frame out whose format Siril does not take into a sequence."""
    ending = os.path.splitext(light.path)[1]
    if light.empty or ending.lower() in _READ:
        return light
    return replace(light, empty=True, left=f"Siril takes no {ending} into a sequence")


def _if_placed(light: HandedLight, laid: Overlay | None, ordered: bool) -> HandedLight:
    """Leave a frame out that cannot be laid on the others, where others can."""
    if light.left or laid is not None or not ordered:
        return light
    why = "no good solution" if light.lens is None else "it does not show the field of the best"
    return replace(light, left=why)


def _best(lights: Sequence[HandedLight]) -> int:
    """Return the place of the frame on which the others are laid."""
    ranks = [(one.lens is not None, not one.left, one.weight or 0.0) for one in lights]
    return ranks.index(max(ranks))


def _overlays(lights: Sequence[HandedLight], best: HandedLight) -> list[Overlay | None]:
    if best.lens is None:
        return [None] * len(lights)
    return [None if one.lens is None else overlay(one.lens, best.lens, one.shape) for one in lights]


def _sequence(
    lights: Sequence[HandedLight], overlays: Sequence[Overlay | None], best: int
) -> Iterator[str]:
    """Yield the lines of the file of a sequence: frames, then what is known of each."""
    count, stacked = len(lights), sum(not light.left for light in lights)
    yield f"S '{_NAME}' 1 {count} {stacked} {_DIGITS} {best} {_VERSION} 0 0"
    yield "L 1"
    for number, light in enumerate(lights, 1):
        yield f"I {number} {int(not light.left)}"
    for light, one in zip(lights, overlays, strict=True):
        matrix = (one or _NO_ORDER).homography
        numbers = " ".join(f"{value:.12g}" for value in matrix.flat)
        yield f"R0 {' '.join(_qualities(light, lights[best]))} H {numbers}"


def _qualities(light: HandedLight, best: HandedLight) -> tuple[str, ...]:
    """Return width, the same weighted by stars as Siril does, roundness, quality, sky, stars."""
    lacking = (best.stars - light.stars) / light.stars if light.stars else 0.0
    weighted = light.fwhm * (1 + 2 * lacking)
    numbers = light.fwhm, weighted, light.roundness, light.weight or 0.0, light.sky
    return *(f"{number:g}" for number in numbers), str(light.stars)


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    with atomic(path, "w") as stream:
        stream.writelines(f"{line}\n" for line in lines)
