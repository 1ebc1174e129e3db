"""OST's guide: its configuration, and its combination of frames in plain Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from presets.leftbehind import OST
from presets.page import section
from presets.running import run
from unit.pixels.reference_combine import combine_pixel
from workflow import Run

PAGE = section("OST")
GUIDE = Path(__file__).with_name("config_calibration_frames.yaml")

#: How the rows of its steps begin.
ALL = "`python calibration/calibration_workflow.py"
DARKS, FLATS, MASTERS = (f"`… --step {step}`" for step in ("darks", "flats", "masters"))


def carry_out(folder: Path, row: str, *more: str) -> Run:
    """Run the command of a row."""
    return run(PAGE.row(row), folder, *more)


def masters(folder: Path) -> set[str]:
    """Return the names of the masters in a project, without those of OST."""
    theirs = {Path(name).name for name in OST}
    return {path.name for path in (folder / "master_frames").glob("master_*.fits")} - theirs


def assert_clipped(master: np.ndarray, frames: list[np.ndarray]) -> None:
    """Compare a master with the guide's combination of its frames in plain Python."""
    columns = np.reshape(frames, (len(frames), -1)).T
    limits = {"low": 3.0, "high": 3.0, "quantum": 1.0}
    values = [combine_pixel(column, "sigma_clip", **limits)[0] for column in columns]
    np.testing.assert_allclose(master.ravel(), values, rtol=1e-5)
