"""PixInsight as the engine of masters: the section ``pixinsight``."""

from __future__ import annotations

from dataclasses import dataclass

from plateworks.settings.section import Section
from plateworks.settings.setting import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class PixInsight(Section):
    """How PixInsight is started, with ``masters.engine: pixinsight``."""

    binary: str | None = setting(
        None,
        "the program; null: the first in the usual places",
        more="It needs a display; without one, name a script that calls it through `xvfb-run`.",
        what="the path of the program PixInsight",
        path=True,
    )
    instance: int = setting(123, "number of the instance that is started", least=1, most=256)
    force_exit: bool = setting(True, "false: PixInsight stays open after its script")
    script_dir: str | None = setting(
        None,
        "folder for scripts and PixInsight's logs; null: `logs/` below the results",
        what="a folder without braces, angle brackets or a comma in its name",
        pattern=r"^[^{}<>,]+$",
        path=True,
    )
    script_only: bool = setting(
        False,
        "true: write the script and run nothing",
        more="The script is `calibrate_masters.js`, which makes all masters. When you have run it "
        "in PixInsight, set this to false, and the run goes on with what it made.",
    )
    time_limit_min: float = setting(
        120.0,
        "minutes that one master may take",
        more="PixInsight is ended then.",
        unit="minutes",
        over=0,
    )
