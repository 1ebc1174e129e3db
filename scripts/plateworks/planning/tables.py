"""The plan as tables that a person can read: frames, sets, associations, refusals, rejects."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from plateworks.planning.candidates import need_of
from plateworks.planning.jobs import Jobs
from plateworks.planning.lights import PlannedLight
from plateworks.planning.match import EXACT
from plateworks.planning.plan import Plan
from plateworks.planning.sessions import session_finder, utc_of

#: Table -> its columns.
COLUMNS = {
    "frames": (
        "path", "kind", "camera", "session", "filter", "exposure_s", "date_obs", "width", "height",
        "xbin", "ybin", "gain", "offset", "readout_mode", "set_temp_degC", "temp_degC", "egain",
        "bayer", "object", "set", "notes",
    ),
    "sets": ("set", "kind", "session", "frames", "status", "level", "product", "reason"),
    "associations": (
        "frame", "set", "slot", "chosen", "level", "reason", "k", "runner_up", "product",
    ),
    "refusals": ("set", "slot", "candidate", "field", "wanted", "found", "setting"),
    "rejects": ("path", "reason"),
}  # fmt: skip


def write_tables(plan: Plan, folder: str | os.PathLike) -> None:
    """Write every table of `plan` as ``<folder>/<table>.csv``, each atomically."""
    rows = {
        "frames": _frames(plan),
        "sets": _sets(plan),
        "associations": _associations(plan),
        "refusals": _refusals(plan),
        "rejects": plan.rejects,
    }
    for table, columns in COLUMNS.items():
        _write(Path(folder) / f"{table}.csv", columns, rows[table])


def _write(path: Path, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with open(part, "w", newline="", encoding="utf-8", errors="surrogateescape") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    os.replace(part, path)


def _frames(plan: Plan) -> Iterator[tuple]:
    session_of = session_finder(plan.settings["site"])
    set_of = {frame.path: one.id for one in plan.sets for frame in one.frames}
    for frame in plan.frames:
        when = utc_of(frame.mjd).isoformat(timespec="milliseconds")[:23] if frame.mjd else None
        yield (
            frame.path, frame.kind, frame.camera, session_of(frame), frame.filter, frame.exposure,
            when, frame.width, frame.height, frame.xbin, frame.ybin, frame.gain, frame.offset,
            frame.readout_mode, frame.set_temp, frame.temp, frame.egain, frame.bayer, frame.object,
            set_of[frame.path], " ".join(frame.notes),
        )  # fmt: skip


def _sets(plan: Plan) -> Iterator[tuple]:
    masters = {master.source.key: master for master in plan.masters}
    for one in plan.sets:
        master, key = masters.get(one.key), one.key
        if master is None:
            yield one.id, key.kind, key.session, len(one.frames), "lights", None, None, None
        else:
            status = "refused" if master.refused else "make"
            count = len(master.source.frames)
            made = None if master.refused else master.path
            level = None if master.refused else master.level
            yield one.id, key.kind, key.session, count, status, level, made, master.refused


def _associations(plan: Plan) -> Iterator[tuple]:
    jobs = Jobs(plan)
    for light in plan.lights:
        product = None if light.refused else jobs.calibrated(light)
        for slot in _slots(light, jobs):
            yield (light.frame.path, light.source.id, *slot, product)


def _slots(light: PlannedLight, jobs: Jobs) -> Iterator[tuple]:
    """Yield for each slot of a light: slot, chosen, level, reason, K, runner-up."""
    nothing = light.refused or "nothing matches; not required"
    dark, flat = light.dark, light.flat
    step = jobs.calibration([light])[0]
    if dark is not None and "dark" not in step:
        yield "bias", step["bias"], dark.level, dark.reason, None, dark.runner_up
        yield "dark", None, None, "bias alone", None, None
    elif dark is not None:
        why = "for the scaled or bias-free dark" if "bias" in step else "inside the dark"
        yield "bias", step.get("bias"), EXACT, why, None, None
        yield "dark", dark.master.path, dark.level, dark.reason, dark.k, dark.runner_up
    else:
        yield "bias", None, None, nothing, None, None
        yield "dark", None, None, nothing, None, None
    if flat is not None:
        yield "flat", flat.master.path, flat.level, flat.reason, None, flat.runner_up
    else:
        yield "flat", None, None, nothing, None, None
    listed = step.get("cosmetic")
    why = "of the chosen dark" if listed else "no dark is chosen"
    yield "cosmetic", listed, EXACT if listed else None, why, None, None


def _refusals(plan: Plan) -> Iterator[tuple]:
    step = plan.settings["grouping"]["temperature_step_degC"]
    seen: set[tuple] = set()
    for light in plan.lights:
        need = need_of(light.frame, step)
        for slot in ("bias", "dark", "flat"):
            for refusal in plan.matcher.refusals(need, slot):
                row = (light.source.id, slot, *refusal)
                # Lights of a set differ in time only, and so do refusals by date: one is enough.
                if (mark := row[:4]) not in seen:
                    seen.add(mark)
                    yield row
