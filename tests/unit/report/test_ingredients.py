"""What products are made of is what their jobs are told: no setting of an order is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from frames import write_frame, write_night
from plateworks.jobs.jobs import Jobs
from plateworks.planning.plan import Plan
from plateworks.records import plain
from plateworks.report.ingredients import products
from plateworks.settings.section import Section

#: Settings by which products are other files, or lie elsewhere: of these nothing is made again.
OTHER_FILES = ("raw", "results", "names", "cosmetic.from_flats", "capture.raw_dir")
#: Settings that are in no order as such: a rule tells its job of them, or is chosen by them, or the
#: plan holds what comes of them.
BESIDE = {"masters.engine", "masters.share", "masters.bias_level", "masters.subtract_bias"}


@pytest.fixture
def plan(tmp_path, planned) -> Plan:
    """The plan of a night whose jobs are told all that there is to tell."""
    raw = write_night(tmp_path / "raw", lights=1)
    write_frame(raw / "long.fits", "LIGHT", exptime=90.0, filter="L")
    for i in range(3):
        write_frame(raw / f"r_{i}.fits", "FLAT", exptime=45.0, filter="R")
    kinds = ("bias", "dark", "darkflat", "flat")
    return planned(
        matching={"dark_scale": "optimise", "flat_dark_scale": "optimise"},
        masters={"rejection_map": True},
        names=dict.fromkeys(kinds, "masters/{setup}/{name}.xisf")
        | {"calibrated": "calibrated/{frame}.xisf", "solved": "solved/{frame}.xisf"},
        calibrate={"cosmic_rays": True, "egain": 2.0},
    )


def told(plan: Plan) -> dict[str, list[dict[str, Any]]]:
    """Return the orders of all jobs of a plan, by kind of product."""
    jobs = Jobs(plan)
    orders: dict[str, list[dict[str, Any]]] = {}
    for master in plan.to_make:
        orders.setdefault(master.source.key.kind, []).append(plain(jobs.master(master.path)))
        if master.source.key.kind == "flat":
            orders.setdefault("mask", []).append(plain(jobs.mask(master.path)))
    orders["list"] = [plain(jobs.orders.cosmetic_list())]
    orders["calibrated"] = [plain(jobs.orders.calibration(plan.to_calibrate))]
    orders["solved"] = [plain(jobs.orders.solving(plan.to_calibrate))]
    return orders


def others(section: Section, above: str = "") -> Iterator[tuple[str, Section]]:
    """Yield the name of each setting, and the section with another value there, perhaps two."""
    hints = get_type_hints(type(section))
    for one in fields(section):  # type: ignore[arg-type]
        name, value = f"{above}{one.name}", getattr(section, one.name)
        if isinstance(value, Section):
            for inner, changed in others(value, f"{name}."):
                yield inner, replace(section, **{one.name: changed})
        else:
            for other in other_values(value, hints[one.name]):
                yield name, replace(section, **{one.name: other})


def other_values(value: Any, hint: Any) -> list[Any]:
    """Return other values of the type of one; orders hand on what stands there."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, float)):
        return [value / 2, value * 2 + 1]
    if isinstance(value, str):
        return [f"{value}x"]
    if value == ():
        return [("x",)] if get_args(hint)[0] is str else []
    if isinstance(value, tuple):
        changed = [other_values(one, type(one)) for one in value]
        return [tuple(pair) for pair in zip(*changed, strict=True)]
    if value is None:
        kinds = [kind for kind in (hint, *get_args(hint)) if kind not in (None, NoneType)]
        if any(get_origin(kind) is tuple for kind in kinds):
            return [(0.7, 0.9)]
        named = any(get_origin(kind) is Literal or kind is str for kind in kinds)
        return ["x"] if named else [0.7]
    return []


def test_each_setting_that_a_job_is_told_is_among_what_its_product_is_made_of(
    plan, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").write_text("ra,dec,mag\n10,20,9\n")  # a catalogue, where one is named
    usual = told(plan)
    assert {kind for kind, orders in usual.items() if orders} == set(usual)
    known = {one.kind: set(one.ingredients.settings) for one in products(plan)}
    assert known.keys() == usual.keys()
    moved: dict[str, set[str]] = {kind: set() for kind in usual}
    for name, settings in others(plan.settings):
        if not f"{name}.".startswith(tuple(f"{one}." for one in OTHER_FILES)):
            now = told(replace(plan, settings=settings))
            for kind in usual:
                moved[kind] |= {name} if now[kind] != usual[kind] else set()
    assert "masters.method.flat" in moved["flat"]
    for kind, names in moved.items():
        steps = {name for name in known[kind] if name.startswith("step ")}
        assert names <= known[kind], kind
        assert known[kind] - names - steps <= BESIDE, kind
