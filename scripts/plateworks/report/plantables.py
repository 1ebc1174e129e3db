"""The plan as tables that a person can read: frames, sets, choices, refusals, gaps, rejects."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from plateworks.csvtable import put_table
from plateworks.files import atomic
from plateworks.inventory.sessions import utc_of
from plateworks.metadata.caveats import caveat_of
from plateworks.planning.masters import PlannedMaster
from plateworks.planning.plan import Plan
from plateworks.report.associations import Association, associations, refusals
from plateworks.report.gaps import Gap
from plateworks.report.leftout import rejects_of_masters
from plateworks.report.missing import missing

#: Table -> its columns.
COLUMNS = {
    "frames": (
        "path", "kind", "camera", "session", "filter", "exposure_s", "date_obs", "width", "height",
        "xbin", "ybin", "gain", "offset", "readout_mode", "set_temp_degC", "temp_degC", "egain",
        "bayer", "object", "set", "notes",
    ),
    "sets": ("set", "kind", "session", "frames", "status", "level", "product", "reason", "warning"),
    "associations": Association._fields,
    "refusals": ("set", "slot", "candidate", "field", "wanted", "found", "setting"),
    "missing": Gap._fields,
    "rejects": ("path", "reason"),
}  # fmt: skip


def write_tables(plan: Plan, folder: str | os.PathLike[str]) -> None:
    """Write every table of `plan` as ``<folder>/<table>.csv``, each atomically."""
    rows: dict[str, Iterable[Iterable[object]]] = {
        "frames": _frames(plan),
        "sets": _sets(plan),
        "associations": associations(plan),
        "refusals": _refusals(plan),
        "missing": missing(plan),
        "rejects": _rejects(plan),
    }
    for table, columns in COLUMNS.items():
        _write(Path(folder) / f"{table}.csv", _text(columns, rows[table]))


def renew_tables(plan: Plan, folder: str | os.PathLike[str]) -> None:
    """Write anew those tables of `folder` that tell what the masters say of themselves and frames.

    Those that are not there, or say it already, are left alone.
    """
    for table, rows in (("sets", _sets(plan)), ("rejects", _rejects(plan))):
        path = Path(folder) / f"{table}.csv"
        text = _text(COLUMNS[table], rows)
        if path.exists() and path.read_bytes() != text.encode():
            _write(path, text)


def _write(path: Path, text: str) -> None:
    with atomic(path, "w", newline="") as stream:
        stream.write(text)


def _text(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    stream = io.StringIO(newline="")
    put_table(stream, columns, rows)
    return stream.getvalue()


def _frames(plan: Plan) -> Iterator[tuple[object, ...]]:
    session_of = plan.session_of
    set_of = {frame.path: one.id for one in plan.sets for frame in one.frames}
    for frame in plan.frames:
        when = utc_of(frame.mjd).isoformat(timespec="milliseconds")[:23] if frame.mjd else None
        yield (
            frame.path, frame.kind, frame.camera, session_of(frame), frame.filter, frame.exposure,
            when, frame.width, frame.height, frame.xbin, frame.ybin, frame.gain, frame.offset,
            frame.readout_mode, frame.set_temp, frame.temp, frame.egain, frame.bayer, frame.object,
            set_of[frame.path], " ".join(frame.notes),
        )  # fmt: skip


def _sets(plan: Plan) -> Iterator[tuple[object, ...]]:
    masters = {master.source.key: master for master in plan.masters}
    for one in plan.sets:
        master, key = masters.get(one.key), one.key
        if master is None:
            yield one.id, key.kind, key.session, len(one.frames), "lights", None, None, None, None
        else:
            status = "refused" if master.refused else "make"
            count = len(master.source.frames)
            made = None if master.refused else master.path
            level = None if master.refused else master.level
            warning = None if master.refused else caveat_of(master.path)
            yield (
                one.id, key.kind, key.session, count, status, level, made, _why(master), warning,
            )  # fmt: skip


def _rejects(plan: Plan) -> Iterator[tuple[object, ...]]:
    for reject in (*plan.unread, *plan.rejects, *rejects_of_masters(plan)):
        yield reject.path, reject.reason


def _why(master: PlannedMaster) -> str:
    """Say why a set makes no master, or what keeps it from the best level: its worst match."""
    if master.refused:
        return master.refused
    return "" if master.doubt is None else master.doubt.text


def _refusals(plan: Plan) -> Iterator[tuple[object, ...]]:
    for source, slot, refusal in refusals(plan):
        yield source, slot, *refusal
