"""What the page of a plan shows of masters: their inputs, whom they serve, and how they stand."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from plateworks.inventory.sets import Setup
from plateworks.matching.match import LEVEL_NAMES, Match
from plateworks.metadata.caveats import caveat_of
from plateworks.planning.lights import PlannedLight
from plateworks.planning.masters import PlannedMaster
from plateworks.planning.plan import Plan
from plateworks.planning.setaside import without_numbers
from plateworks.report.planviews import (
    MOST_ENTRIES,
    MOST_FILES,
    REFUSED,
    Few,
    State,
    few,
    setup_title,
)
from plateworks.report.standing import Standing
from plateworks.wording import counted


def setups(plan: Plan, standing: Standing | None) -> list[dict[str, Any]]:
    """For each setup and kind, the masters with their inputs."""
    lights, masters = _users(plan.to_calibrate), _users(plan.to_make)
    groups: dict[Setup, dict[str, list[dict[str, Any]]]] = {}
    for master in plan.masters:
        key = master.source.key
        served = ((lights[master.path], "light"), (masters[master.path], "master"))
        users = (counted(count, thing) for count, thing in served if count)
        word = standing.of_master(master) if standing else "planned"
        entry = _master(master, word, " and ".join(filter(None, users)))
        groups.setdefault(key.setup, {}).setdefault(key.kind, []).append(entry)
    return [
        {"title": setup_title(plan, setup), "kinds": list(kinds.items())}
        for setup, kinds in sorted(groups.items(), key=lambda item: item[0].name)
    ]


def _master(master: PlannedMaster, word: str, users: str) -> dict[str, Any]:
    frames = master.source.frames
    if master.refused:
        state = State(REFUSED, "not made", why=master.refused)
    elif master.matches:
        state = State(master.level, f"{word}, {LEVEL_NAMES[master.level]}")
    else:
        state = State(None, word)
    return {
        "name": master.name,
        "warning": "" if master.refused else caveat_of(master.path),
        "state": state,
        "frames": len(frames),
        "users": users,
        "path": master.path,
        "calibrated": few(_calibrated_with(master.matches), MOST_FILES),
        "folders": sorted({os.path.dirname(frame.path) for frame in frames})[:MOST_FILES],
        "files": few([os.path.basename(frame.path) for frame in frames], MOST_FILES),
    }


def _calibrated_with(matches: Iterable[Match | None]) -> list[tuple[str, int]]:
    """Return each master that frames get, with why, and how many get it; the most frequent first.

    Reasons that differ in numbers alone are one, told by its worst match.
    """
    groups: dict[tuple[str, str], list[Match | None]] = {}
    for match in matches:
        key = ("", "") if match is None else (match.master.path, without_numbers(match.reason))
        groups.setdefault(key, []).append(match)
    most_first = sorted(groups.values(), key=len, reverse=True)
    return [(_sentence(some), len(some)) for some in most_first]


def _sentence(matches: Sequence[Match | None]) -> str:
    """Say what frames get for reasons that are alike."""
    known = [match for match in matches if match is not None]
    if not known:
        return "nothing"
    worst = max(known, key=lambda match: (match.level, match.cost or 0.0))
    several = ", at the worst" if len({match.reason for match in known}) > 1 else ""
    return f"{os.path.basename(worst.master.path)} ({worst.reason}{several})"


def found(plan: Plan) -> Few:
    """Return the masters found, each after the number of lights it serves, the busiest first."""
    users = _users(plan.to_calibrate)
    masters = [(users[master.path], master) for master in plan.found]
    return few(sorted(masters, key=lambda one: (-one[0], one[1].path)), 4 * MOST_ENTRIES)


def _users(users: Iterable[PlannedLight | PlannedMaster]) -> Counter[str]:
    """Count the lights or masters that each master serves, by its path."""
    paths: Counter[str] = Counter()
    for one in users:
        slots = one.matches if isinstance(one, PlannedMaster) else (one.first_dark, one.flat)
        matches = [match for match in slots if match is not None]
        paths.update({master.path for match in matches for master in match.masters})
    return paths
