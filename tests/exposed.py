"""Small nights with real pixels, for tests that run the jobs themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from frames import write_frame

SIDE = 64
#: Mean level of the frames of each kind, ADU.
LEVELS = {"bias": 500, "dark": 520, "darkflat": 505, "flat": 25_000, "light": 900}
_EXPOSURES = {"bias": 0.0, "dark": 60.0, "darkflat": 2.0, "flat": 2.0, "light": 60.0}
EVENING = datetime(2025, 8, 15, 19, 0)


def expose(path: Path, kind: str, when: datetime, seed: int = 0, **cards: object) -> Path:
    """Write a frame of 64 x 64 pixels of noise about the level of its kind."""
    band = "L" if kind in ("flat", "light") else None
    named = {"exptime": _EXPOSURES[kind], "filter": band, "date_obs": when.isoformat()} | cards
    write_frame(path, kind.upper(), width=SIDE, height=SIDE, **named)
    pixels = np.random.default_rng(seed).normal(LEVELS[kind], 10, (SIDE, SIDE))
    data = (pixels.astype(np.int32) - 32768).astype(">i2").tobytes()
    with open(path, "r+b") as file:
        file.seek(-(-len(data) // 2880) * -2880, 2)
        file.write(data)
    return path


def expose_set(folder: Path, kind: str, count: int, when: datetime = EVENING) -> list[Path]:
    """Write frames of one kind, two minutes apart, named by kind, night and number."""
    return [
        expose(
            folder / f"{kind}_{when:%Y%m%d}_{i:04d}.fits",
            kind,
            when + timedelta(minutes=2 * i),
            1000 * list(LEVELS).index(kind) + i,
        )
        for i in range(count)
    ]


def expose_night(folder: Path, lights: int = 3, evening: datetime = EVENING) -> Path:
    """Write a night: three frames of every kind of calibration, and its lights."""
    for kind in ("bias", "dark", "darkflat", "flat"):
        expose_set(folder, kind, 3, evening)
    expose_set(folder, "light", lights, evening + timedelta(hours=2))
    return folder
