"""An archive of many nights, for benchmarks and tests: full headers over sparse files."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from frames import write_frame

#: Frames of calibration that each night adds to its lights, by kind.
CALIBRATION = {"bias": 10, "dark": 10, "darkflat": 5, "flat": 15}
FILTERS = ("L", "R", "G", "B", "Ha")
EVENING = datetime(2023, 1, 1, 18, 0)
LIGHT_S = 120.0
FLAT_S = 2.0


def write_nights(raw: Path, nights: int, lights: int, *, first: int = 0) -> None:
    """Write nights of a folder each, in the manner of the tests' camera.

    Parameters
    ----------
    raw : Path
        The folder of the archive.
    nights : int
    lights : int
        Light frames of a night.
    first : int
        Number of the first night: that many days after the first of the archive.
    """
    for number in range(first, first + nights):
        write_archive_night(raw, EVENING + timedelta(days=number), lights)


def night_name(number: int) -> str:
    """Return the session of a night."""
    return (EVENING + timedelta(days=number)).strftime("%Y%m%d")


def write_archive_night(raw: Path, evening: datetime, lights: int) -> None:
    """Write one night: its calibration frames from `evening` on, then its lights."""
    folder = raw / evening.strftime("%Y-%m-%d")
    for kind in (*CALIBRATION, "light"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    moment = evening
    for name, kind, exposure, band in _frames(lights):
        path = f"{folder}/{kind}/{name}_{evening:%Y%m%d}.fits"
        _write(path, *_like(kind, exposure, band), moment)
        moment += timedelta(seconds=exposure + 2.0)


def _write(path: str, block: bytes, size: int, moment: datetime) -> None:
    """Write a frame like another, taken at another moment: a header costs more than a file."""
    before, after = block.split(EVENING.isoformat().encode())
    held = hashlib.sha256(os.fsencode(path)).digest()
    with open(path, "wb") as stream:
        stream.write(before + moment.isoformat(timespec="seconds").encode() + after + held)
        stream.truncate(size)


@cache
def _like(kind: str, exposure: float, band: str | None) -> tuple[bytes, int]:
    """Return the header of a frame of the first evening, and the size of its file."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_frame(
            f"{folder}/frame.fits", kind.upper(), exptime=exposure, filter=band,
            date_obs=EVENING.isoformat(), object="M 31",
        )  # fmt: skip
        whole = path.read_bytes()
    return whole[: -(-(whole.index(b"END" + b" " * 77) + 80) // 2880) * 2880], len(whole)


def _frames(lights: int) -> Iterator[tuple[str, str, float, str | None]]:
    """Yield name, kind, exposure and filter of the frames of one night, in order of time."""
    exposures = {"bias": 0.0, "dark": LIGHT_S, "darkflat": FLAT_S, "flat": FLAT_S}
    for kind, count in CALIBRATION.items():
        for i in range(count):
            band = FILTERS[i % len(FILTERS)] if kind == "flat" else None
            yield f"{kind}_{i:02d}", kind, exposures[kind], band
    for i in range(lights):
        yield f"light_{i:04d}", "light", LIGHT_S, FILTERS[i * len(FILTERS) // lights]
