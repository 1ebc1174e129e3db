"""What computers are like that jobs run on: the section ``node``."""

from __future__ import annotations

from dataclasses import dataclass

from plateworks.settings.section import Section
from plateworks.settings.setting import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class Node(Section):
    """Speeds, which decide the minutes that jobs ask for, and so matter on a cluster alone."""

    speed: float = setting(
        1.0,
        "of a core, beside that of the one on which the seconds were measured",
        more="That was an AMD EPYC; `python benchmarks/bench_resources.py` tells. Take the slowest "
        "node's.",
        over=0,
    )
    disk_mb_s: float = setting(
        100.0,
        "megabytes that a job reads or writes in a second, while others do too",
        unit="megabytes a second",
        over=0,
    )
