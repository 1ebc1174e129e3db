"""What a preset plans, without running it: for promises that headers alone can show."""

from __future__ import annotations

import csv
from pathlib import Path

from plateworks.planning.plan import Plan
from plateworks.planning.run import plan_run
from plateworks.report.plantables import write_tables
from plateworks.settings.configuration import complete, load_yaml, merge
from workflow import ROOT


def planned(preset: str, **given) -> Plan:
    """Plan in the working folder, with a preset and further settings."""
    ours = load_yaml(ROOT / "config" / "presets" / f"{preset}.yaml")
    return plan_run(complete(merge(ours, given)), rescan=True)


def table(plan: Plan, name: str) -> list[dict[str, str]]:
    """Return the rows of one table of a plan."""
    write_tables(plan, "plan")
    with open(Path("plan", f"{name}.csv"), newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))
