"""The manifest of a capture: every frame with what was measured on it, and what looks wrong."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from plateworks.camera.levels import SATURATED_SHARE, Statistics
from plateworks.csvtable import read_rows, write_table

#: A dark this far above the level without light, as a part of the full range, has seen light: a
#: cooled sensor collects a small fraction of that in minutes.
_LEAK = 0.01
#: Darks of one series differ by less than this part of the full range ...
_DARK_DRIFT = 0.001
#: ... and flats of one series by less than this part of their level.
_FLAT_DRIFT = 0.05


class Row(NamedTuple):
    """One frame; the fields are the columns of the manifest."""

    path: str
    kind: str
    series: str
    number: int
    filter: str | None
    exposure_s: float
    date_obs: str
    mean: float
    deviation: float
    minimum: int
    maximum: int
    median: float
    saturated: float  # part of the pixels
    temperature_degC: float | None
    set_temp_degC: float | None
    digest: str = ""  # of the pixels
    flags: str = ""


def flag(rows: Sequence[Row], bias: float | None, full_range: int) -> list[Row]:
    """Return the rows of one series with what looks wrong written into ``flags``.

    Parameters
    ----------
    rows : sequence of Row
    bias : float or None
        Level without light, in ADU, where it was measured.
    full_range : int
        The value at which pixels saturate, in ADU.
    """
    if not rows:
        return []
    usual = statistics.median(row.median for row in rows)
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(row.digest or row.path, row.number)
    return [
        row._replace(flags="; ".join(_flags(row, usual, bias, full_range, first))) for row in rows
    ]


def _flags(
    row: Row, usual: float, bias: float | None, full_range: int, first: Mapping[str, int]
) -> Iterable[str]:
    away = row.median - usual
    if row.minimum == row.maximum:
        yield f"no noise: every pixel is {row.minimum}"
    elif (twin := first[row.digest or row.path]) != row.number:
        yield f"not a new image: its pixels are those of frame {twin}, to the last"
    if row.kind in ("bias", "dark", "darkflat"):
        if bias is not None and row.median - bias > _LEAK * full_range:
            yield f"light leak? median {row.median - bias:.0f} ADU above the bias level"
        if abs(away) > max(_DARK_DRIFT * full_range, 2.0):
            yield f"drift: median {away:+.0f} ADU from the others"
    if row.kind == "flat":
        if row.saturated > SATURATED_SHARE:
            yield f"saturated: {row.saturated:.1%} of the pixels"
        if abs(away) > _FLAT_DRIFT * usual:
            yield f"drift: median {away / usual:+.1%} from the others"


def write_manifest(rows: Iterable[Row], path: str | os.PathLike) -> None:
    """Write the manifest atomically; it comes last, when every frame is safe."""
    write_table(path, Row._fields, rows)


def read_manifest(path: str | os.PathLike) -> list[Row]:
    """Read a manifest back."""
    return list(read_rows(path, _row))


def _row(entry: dict[str, str]) -> Row:
    def number(name: str) -> float | None:
        return float(entry[name]) if entry[name] else None

    return Row(
        path=entry["path"],
        kind=entry["kind"],
        series=entry["series"],
        number=int(entry["number"]),
        filter=entry["filter"] or None,
        exposure_s=float(entry["exposure_s"]),
        date_obs=entry["date_obs"],
        mean=float(entry["mean"]),
        deviation=float(entry["deviation"]),
        minimum=int(entry["minimum"]),
        maximum=int(entry["maximum"]),
        median=float(entry["median"]),
        saturated=float(entry["saturated"]),
        temperature_degC=number("temperature_degC"),
        set_temp_degC=number("set_temp_degC"),
        digest=entry.get("digest", ""),
        flags=entry["flags"],
    )


def make_row(path: Path, header: Mapping[str, Any], statistics: Statistics) -> Row:
    """Return the row of a frame from its own header and statistics.

    Parameters
    ----------
    path : Path
    header : mapping
        As :func:`plateworks.camera.rawframe.make_header` wrote it.
    statistics : Statistics
    """
    return Row(
        path=str(path),
        kind=header["IMAGETYP"].lower(),
        series=header["SERIESID"],
        number=header["SERIESNO"],
        filter=header.get("FILTER"),
        exposure_s=header["EXPTIME"],
        date_obs=header["DATE-OBS"],
        mean=round(statistics.mean, 3),
        deviation=round(statistics.deviation, 3),
        minimum=statistics.minimum,
        maximum=statistics.maximum,
        median=round(statistics.median, 3),
        saturated=round(statistics.saturated, 6),
        temperature_degC=header.get("CCD-TEMP"),
        set_temp_degC=header.get("SET-TEMP"),
        digest=statistics.digest,
    )
