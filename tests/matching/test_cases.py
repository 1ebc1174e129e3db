"""Every rule of choosing masters, case by case; the cases lie as data in the folder ``cases``."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest

from cards import PLAIN_LIGHT, PLAIN_MASTERS, PLAIN_RAW, frame
from frames import settings
from plateworks.inventory.scan import Inventory
from plateworks.ledger.table import entry_of_row
from plateworks.matching.choices import dark_for_flat
from plateworks.matching.maintenance import read_log
from plateworks.matching.match import Match
from plateworks.planning.plan import Plan, build_plan
from plateworks.settings.configuration import load_yaml

CASES = Path(__file__).parent / "cases"

EXPECTED = {
    "chosen": None, "level": None, "reason": None, "k": 1.0, "bias": None, "optimise": False,
    "runner_up": "", "refusals": {}, "refused": None, "cosmetic": None,
}  # fmt: skip
#: What stands in a row of a ledger unless a case says otherwise.
PLAIN_WORD = {
    "master": "", "state": "withdrawn", "who": "Ann", "when": "2023-03-01", "reason": "a leak",
}  # fmt: skip
PARTS = {
    "name", "source", "slot", "light", "library", "raw", "bare", "options", "settings", "log",
    "lists", "ledger", "expect",
}  # fmt: skip


def cases() -> Iterator:
    """Yield every case of every file, tables row by row."""
    for path in sorted(CASES.glob("*.yaml")):
        stored = load_yaml(path)
        for case in stored.get("cases", []):
            yield pytest.param(case, id=f"{path.stem}: {case['name']}")
        for table in stored.get("tables", []):
            for slot in table.pop("slots", [table.get("slot", "dark")]):
                for case in rows(table, slot):
                    yield pytest.param(case, id=f"{path.stem}: {case['name']} ({slot})")


def rows(table: dict, slot: str) -> Iterator[dict]:
    """Yield the cases of a table."""
    common = {name: part for name, part in table.items() if name not in ("columns", "rows")}
    for row in table["rows"]:
        case = copy.deepcopy(common) | {"slot": slot}
        assert len(row) == len(table["columns"]), row
        for column, cell in zip(table["columns"], row, strict=True):
            *parents, last = column.split("/")
            place = case
            for parent in parents:
                place = place.setdefault(parent, {})
            if cell is None and parents[:1] == ["library"] and len(parents) == 1:
                continue  # this master is not there
            place[last] = f"{common['name']}: {cell}" if column == "name" else cell
        yield case


def kind_of(path: str, cards: dict, slot: str) -> str:
    """Return the kind of plain frame that a case changes."""
    name = cards.get("IMAGETYP") or Path(path).name
    name = name.casefold().replace(" ", "").removeprefix("master")
    kinds = ("darkflat", "bias", "dark", "flat", "light")
    return next((kind for kind in kinds if name.startswith(kind)), slot)


def planned(case: dict, folder: Path) -> Plan:
    """Plan the frames of a case."""
    slot, bare = case["slot"], case.get("bare", False)
    frames = [frame("raw/light.fits", {} if bare else PLAIN_LIGHT, case.get("light", {}))]
    for path, cards in case.get("library", {}).items():
        plain = {} if bare else PLAIN_MASTERS[kind_of(path, cards, slot)]
        frames.append(frame(f"library/{path}", plain, cards))
    for path, cards in case.get("raw", {}).items():
        plain = {} if bare else PLAIN_RAW[kind_of(path, cards, slot)]
        frames.append(frame(f"raw/{path}", plain, cards))
    frames.sort(key=lambda one: one.path)
    needed = [slot] if slot in ("dark", "flat") else []
    given = case.get("settings", {})
    complete = settings(
        "raw", **{
            "library": ["library"],
            "masters": {"min_frames": 1},
            "site": {"longitude": 0.0},
            **given,
            "matching": {"accept_level": 3, **case.get("options", {})},
            "calibrate": {"require": needed, **given.get("calibrate", {})},
        },
    )  # fmt: skip
    lists = tuple(f"library/{name}" for name in case.get("lists", ()))
    log = None
    if "log" in case:
        (folder / "log.csv").write_text(case["log"])
        log = read_log(folder / "log.csv")
    words = {
        str(Path(f"library/{path}").absolute()): entry_of_row(PLAIN_WORD | word)
        for path, word in case.get("ledger", {}).items()
    }
    return build_plan(Inventory(tuple(frames), (), lists), complete, log, words=words)


def short(path: str | None) -> str | None:
    """Return the path of a master as a case names it."""
    if path is None or not path.startswith("results/"):
        return path and path.removeprefix("library/").removeprefix("raw/")
    return path.rsplit("/", 1)[1]


def chosen_for(case: dict, plan: Plan) -> Match | None:
    """Return what stands in the slot that a case is about."""
    slot = case["slot"]
    if slot == "flatdark":
        [flat] = [one for one in plan.frames if one.path == "raw/light.fits"]
        return dark_for_flat(plan.need_of(flat), plan.matcher)
    [light] = [one for one in plan.lights if one.frame.path == "raw/light.fits"]
    if slot in ("bias", "darkflat"):
        return plan.matcher.best(plan.need_of(light.frame), slot)
    return light.dark if slot == "dark" else light.flat


def refusals_of(case: dict, plan: Plan) -> dict[str, list[str]]:
    """Return every refused candidate with field, both readings and setting."""
    slot = {"flatdark": "darkflat"}.get(case["slot"], case["slot"])
    frames = [*plan.frames, *(one.frame for one in plan.lights)]
    need = plan.need_of(next(one for one in frames if one.path == "raw/light.fits"))
    return {short(one.path): list(one[1:]) for one in plan.matcher.refusals(need, slot)}


@pytest.mark.parametrize("case", list(cases()))
def test_case(case, tmp_path):
    case = {"slot": "dark"} | case
    assert case.keys() <= PARTS
    assert case["expect"].keys() <= EXPECTED.keys()
    expected = EXPECTED | case["expect"]
    plan = planned(case, tmp_path)
    match = chosen_for(case, plan)
    found = dict(EXPECTED)
    if match is not None:
        found |= {
            "chosen": short(match.master.path),
            "level": match.level,
            "reason": match.reason,
            "k": round(match.k, 6),
            "bias": match.bias and short(match.bias.path),
            "optimise": match.optimise,
            "runner_up": short(match.runner_up),
        }
        found["cosmetic"] = short(plan.lists.get(match.master.path))
    found["refusals"] = refusals_of(case, plan)
    refused = [one.refused for one in plan.lights if one.frame.path == "raw/light.fits"]
    if expected["refused"] is not None:
        found["refused"] = refused[0]
    elif case["slot"] in ("dark", "flat"):
        assert bool(refused[0]) == (match is None)
    assert found == expected


def test_no_two_cases_have_one_name():
    names = [case.id for case in cases()]
    assert len(names) == len(set(names))
    assert len(names) >= 300
