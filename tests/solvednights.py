"""A small night of the real sky whose frames solve, reduced in this process up to calibrating."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from inprocess import reduce
from night import write_small_night
from plateworks.demo.scene import INDEX

#: The steps on its calibrated frames.
STEPS = ("solve", "measures", "verdicts", "lights")


def write_solved_night(folder: Path, lights: int = 2) -> dict[str, Any]:
    """Write the night, and its index files as ``index``; return the settings it is reduced by."""
    raw = write_small_night(folder, width=480, height=360, lights=(lights, 0))
    (folder / "index").mkdir()
    shutil.copy(INDEX, folder / "index")
    given = {"solve": {"index_dirs": [str(folder / "index")], "engine": "embedded"}}
    reduce(raw, **given)
    return given
