"""What a preset plans, without running it: for promises that headers alone can show."""

from __future__ import annotations

import csv
from pathlib import Path

from plateworks.planning.plan import Plan
from plateworks.planning.run import plan_run
from plateworks.report.plantables import write_tables
from plateworks.settings.configuration import complete, load_yaml, merge
from plateworks.settings.translation import read_foreign
from workflow import ROOT

PRESETS = ROOT / "config" / "presets"


def planned(preset: str, **given) -> Plan:
    """Plan in the working folder, with a preset and further settings, its own words among them."""
    ours = load_yaml(PRESETS / f"{preset}.yaml")
    given, _ = read_foreign(merge(ours | {"results": "results"}, given), PRESETS)
    return plan_run(complete(given), rescan=True)


def table(plan: Plan, name: str) -> list[dict[str, str]]:
    """Return the rows of one table of a plan."""
    write_tables(plan, "plan")
    with open(Path("plan", f"{name}.csv"), newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))
