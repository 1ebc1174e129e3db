"""What a capture will take, as a dry run tells it, and what it took, as a run does at its end."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from plateworks.camera.manifest import Row, read_manifest
from plateworks.camera.programme import (
    PlannedSeries,
    bias_series,
    dark_series,
    flat_series,
    light_series,
)
from plateworks.errors import ConfigError
from plateworks.orders.capture import CaptureOrder
from plateworks.printable import printable
from plateworks.wording import counted

#: Target -> its series, where they follow from the configuration alone.
_KNOWN = {"bias": bias_series, "flats": flat_series, "darks": dark_series, "lights": light_series}


def foretold(orders: Iterable[CaptureOrder]) -> list[str]:
    """Return lines on the frames that some targets take; nothing is connected or read.

    Parameters
    ----------
    orders : iterable of CaptureOrder
        Those of the targets, in the order in which they are told.
    """
    lines = [line for order in orders for line in _foretold(order)]
    return ["", "To capture, without what it takes to read frames out", *lines] if lines else []


def _foretold(order: CaptureOrder) -> Iterator[str]:
    capture = order.capture
    if order.target == "flatdarks":
        yield f"  {capture.flatdarks.num_flatdarks} x flat-dark  at each exposure that flats get"
    elif order.target == "missing":
        yield "  what plan/missing.csv names"
    else:
        try:
            yield from map(_line, _KNOWN[order.target](capture))
        except ConfigError as error:
            yield f"  {order.target}: {printable(str(error))}"


def _line(series: PlannedSeries) -> str:
    setup = series.setup
    told = [] if setup.set_temperature is None else [f"at {setup.set_temperature:g} °C"]
    told += [f"gain {setup.gain}"] if setup.gain is not None else []
    if series.seconds is None:
        told.append("exposures are searched")
    else:
        told.append(f"{series.count * series.seconds / 60:.1f} min")
    return printable(f"  {series.count} x {series.title}  {', '.join(told)}")


def summed(manifests: Iterable[str]) -> list[str]:
    """Return lines on the frames that were taken: how many, which are flagged, where they lie.

    Parameters
    ----------
    manifests : iterable of path
        Those of the targets that were carried out.
    """
    lines = []
    for manifest in manifests:
        series: dict[str, list[Row]] = {}
        for row in read_manifest(manifest):
            series.setdefault(row.series, []).append(row)
        lines += [_taken(rows, manifest) for rows in series.values()]
    return ["", "Captured", *lines] if lines else []


def _taken(rows: list[Row], manifest: str) -> str:
    first = rows[0]
    exposures = sorted({row.exposure_s for row in rows})
    span = f"{exposures[0]:.4g} s" + (f" to {exposures[-1]:.4g} s" if exposures[1:] else "")
    kind = "flat-dark" if first.kind == "darkflat" else first.kind
    words = [f"{counted(len(rows), 'frame')} of {kind}", first.filter or "", span]
    flagged = sum(bool(row.flags) for row in rows)
    look = f"; {flagged} flagged, see {manifest}" if flagged else ""
    return printable(f"  {', '.join(filter(None, words))} in {os.path.dirname(first.path)}{look}")
