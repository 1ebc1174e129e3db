"""What the page of a plan shows: lights by night, masters with their inputs, reasons by number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from plateworks.inventory.sessions import UNDATED
from plateworks.inventory.sets import Setup
from plateworks.matching.match import LEVEL_NAMES
from plateworks.planning.lights import PlannedLight
from plateworks.planning.plan import Plan
from plateworks.report.apart import told_apart
from plateworks.report.leftout import rejects_of_masters
from plateworks.report.leftover import LeftOver
from plateworks.report.standing import Count, Standing

#: Entries of one list on the page, and file names of one fold-out; the tables hold the rest.
MOST_ENTRIES = 50
MOST_FILES = 12

REFUSED = len(LEVEL_NAMES)
_BROAD = ("l", "r", "g", "b")

#: A level, 4 for refused, and the word for it.
_Standing = tuple[int, str]


@dataclass(frozen=True, slots=True)
class State:
    """How some lights or a master stand: a level, refused, or neither."""

    level: int | None  # 4: refused
    label: str
    count: int = 0
    why: str = ""


class Few(NamedTuple):
    """The first of many, and how many are left out."""

    shown: tuple[Any, ...]
    hidden: int


def facts(plan: Plan, standing: Standing | None) -> list[tuple[int, str]]:
    """Return the numbers that stand first on the page, each with its words."""
    sessions = {light.session for light in plan.lights} - {UNDATED}
    undated = sum(light.session == UNDATED for light in plan.lights)
    masters, lights = (standing.masters, standing.lights) if standing else _planned(plan)
    told = [
        (len(plan.frames), "raw frame", ""),
        (len(sessions), "night", " of lights"),
        *((number, "master", f" {what}") for number, what in masters),
        *((number, "light", f" {what}") for number, what in lights),
    ]
    at_times = [
        (undated, "light", " without a date"),
        (plan.unselected, "light", " not selected"),
        (len(plan.unread), "file", " that could not be read"),
    ]
    told += [one for one in at_times if one[0]]
    told.append((len(plan.rejects), "file", " set aside"))
    return [(number, f"{thing}{'' if number == 1 else 's'}{more}") for number, thing, more in told]


def _planned(plan: Plan) -> tuple[list[Count], list[Count]]:
    """Return the counts of masters and lights as long as nobody has looked what is there."""
    refused = sum(bool(light.refused) for light in plan.lights)
    return (
        [Count(len(plan.to_make), "planned"), Count(len(plan.found), "found")],
        [Count(len(plan.to_calibrate), "planned"), Count(refused, "refused")],
    )


# -- nights and filters --------------------------------------------------------------------------


def grids(plan: Plan) -> list[dict[str, Any]]:
    """For each setup of the camera: nights by filters, each cell a list of states."""
    found: dict[Setup, dict[tuple[str, str | None], Counter[_Standing]]] = {}
    first: dict[tuple[object, ...], PlannedLight] = {}
    for light in plan.lights:
        key = light.source.key
        cell = (key.own_session, key.filter)
        found.setdefault(key.setup, {}).setdefault(cell, Counter())[_standing(light)] += 1
        first.setdefault((key.setup, *cell, _standing(light)), light)
        first.setdefault((key.setup, key.filter), light)
    tables = []
    for setup, cells in sorted(found.items(), key=lambda item: item[0].name):
        filters = sorted({name for _, name in cells}, key=_filter_order)
        rows = []
        for night in sorted({night for night, _ in cells}, reverse=True):
            row = []
            for name in filters:
                counts = cells.get((night, name), Counter())
                lights = {one: first[setup, night, name, one] for one in counts}
                row.append([_state(lights[one], counts[one]) for one in sorted(counts)])
            rows.append((night, row))
        labels = [first[setup, name].frame.filter or "no filter" for name in filters]
        tables.append({"title": setup_title(plan, setup), "filters": labels, "rows": rows})
    return tables


def _filter_order(name: str | None) -> tuple[bool, int, str]:
    """Luminance, red, green, blue, then the others by name; lights without filter last."""
    return name is None, _BROAD.index(name) if name in _BROAD else len(_BROAD), name or ""


def _standing(light: PlannedLight) -> _Standing:
    return (REFUSED, "refused") if light.refused else (light.level, light.word)


def _state(light: PlannedLight, count: int) -> State:
    level, word = _standing(light)
    if light.refused:
        return State(level, word, count, light.refused)
    slots = (("dark", light.first_dark), ("flat", light.flat))
    why = "; ".join(f"{slot}: {match.reason if match else 'none'}" for slot, match in slots)
    return State(level, word, count, why)


def nights(plan: Plan) -> list[tuple[str, list[dict[str, Any]]]]:
    """For each night, the newest first: its lights by set and by what they are calibrated with."""
    groups: dict[str, dict[tuple[object, ...], list[PlannedLight]]] = {}
    sources = {light.source.id: light.source for light in plan.lights}
    apart = told_apart(sources.values(), lambda one: one.key.name)
    for light in plan.lights:
        chosen = tuple(
            (m.master.path, m.level, m.word) if m else None for m in (light.first_dark, light.flat)
        )
        key = (light.source.id, chosen, bool(light.refused))
        groups.setdefault(light.session, {}).setdefault(key, []).append(light)
    choices = []
    for night in sorted(groups, reverse=True):
        by_filter = sorted(
            groups[night].values(), key=lambda lights: _filter_order(lights[0].source.key.filter)
        )
        choices.append((night, [_choice(lights, apart) for lights in by_filter]))
    return choices


def _choice(lights: Sequence[PlannedLight], apart: Mapping[str, str]) -> dict[str, Any]:
    light = lights[0]
    frame, dark = light.frame, light.first_dark
    return {
        "state": _state(light, len(lights)),
        "filter": frame.filter or "no filter",
        "apart": apart[light.source.id],
        "exposure": frame.exposure,
        "objects": few(sorted({one.frame.object for one in lights if one.frame.object}), 3),
        "slots": (dark, light.flat),
        "bias": dark.bias if dark else None,
        "k": "fitted" if dark and dark.optimise else f"{dark.k:.4g}" if dark else "",
        "tried": len(light.flats),
    }


def refusals(refused: Iterable[PlannedLight]) -> list[tuple[str, int, Few]]:
    """Reasons, how many lights each refuses, and their files; the most frequent first."""
    groups: dict[str, list[str]] = {}
    for light in refused:
        groups.setdefault(light.refused, []).append(light.frame.path)
    return _by_size(groups)


# -- files -------------------------------------------------------------------------------------


def rejects(plan: Plan) -> list[tuple[str, int, Few]]:
    """Reasons, how many files each sets aside, and these; the most frequent first."""
    groups: dict[str, list[str]] = {}
    for reject in (*plan.unread, *plan.rejects, *rejects_of_masters(plan)):
        groups.setdefault(reject.reason, []).append(reject.path)
    return _by_size(groups)


def by_why(left: Iterable[LeftOver]) -> list[tuple[str, int, Few]]:
    """Return reasons, how many products each leaves over, and these; the most frequent first."""
    groups: dict[str, list[str]] = {}
    for one in left:
        groups.setdefault(one.why, []).append(one.path)
    return _by_size(groups)


# -- small things --------------------------------------------------------------------------------


def _by_size(groups: Mapping[str, list[str]]) -> list[tuple[str, int, Few]]:
    biggest_first = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(reason, len(paths), few(paths, MOST_FILES)) for reason, paths in biggest_first]


def few(things: Sequence[Any], most: int = MOST_ENTRIES) -> Few:
    """Return the first of `things`, and how many more there are."""
    return Few(tuple(things[:most]), max(0, len(things) - most))


def date(session: str) -> str:
    """Return a session as it is read: ``20250815`` is ``2025-08-15``."""
    return f"{session[:4]}-{session[4:6]}-{session[6:]}" if session.isdigit() else session


def span(sessions: str) -> str:
    """Return the nights of a gap as they are read, in which what is undated is no night."""
    known = [one for one in sessions.split() if one != UNDATED]
    said = [date(known[0])] if known else []
    if len(known) > 1:
        said = [f"{date(known[0])} to {date(known[-1])}, {len(known)} nights"]
    return " and ".join(said + ([UNDATED] if UNDATED in sessions.split() else []))


def setup_title(plan: Plan, setup: Setup) -> str:
    frames = (one.frames[0] for one in plan.sets if one.key.setup == setup)
    camera = next(frames).camera or "unknown camera"
    parts = [camera, f"{setup.width} × {setup.height}"]
    parts += [f"binning {setup.xbin}×{setup.ybin}"] if (setup.xbin or 1) > 1 else []
    named = (("gain", setup.gain), ("offset", setup.offset))
    parts += [f"{name} {value:g}" for name, value in named if value is not None]
    return ", ".join(parts + ([setup.readout_mode] if setup.readout_mode else []))
