"""Writing a night: its raw frames, and the truth beside them."""

from __future__ import annotations

from pathlib import Path

from plateworks.demo.frames import DrawnObservatory, write_frame
from plateworks.demo.night import Night, PlannedExposure, list_exposures
from plateworks.demo.truth import write_truth


def write_night(night: Night, folder: Path) -> list[PlannedExposure]:
    """Write the raw frames of `night` to ``folder/raw`` and the truth to ``folder/truth``."""
    observatory = DrawnObservatory(night)
    exposures = list_exposures(night)
    for exposure in exposures:
        write_frame(observatory, exposure, folder / "raw")
    write_truth(observatory, exposures, folder / "truth")
    return exposures
