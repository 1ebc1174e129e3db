"""Frames for tests of everything that reads headers alone: real FITS headers over sparse files."""

from __future__ import annotations

import csv
import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from astropy.io import fits

from plateworks.planning.plan import Plan
from plateworks.report.plantables import write_tables
from plateworks.settings.configuration import complete
from plateworks.settings.section import Section
from plateworks.settings.settings import Settings

ROOT = Path(__file__).parents[1]

#: What every frame of the tests' camera says.
CAMERA = {
    "INSTRUME": "ZWO ASI2600MM Pro",
    "XBINNING": 1,
    "YBINNING": 1,
    "GAIN": 100,
    "OFFSET": 50,
    "EGAIN": 0.25,
    "SET-TEMP": -10.0,
    "CCD-TEMP": -10.0,
    "XPIXSZ": 3.76,
    "FOCALLEN": 500,
    "SITELONG": 0.0,
    "SITELAT": 45.0,
}


def write_frame(
    path: str | Path, kind: str, *, width: int = 32, height: int = 24, **cards: object
) -> Path:
    """Write a frame whose pixels take no room: a header, and a file as long as it promises.

    Keywords with a hyphen are given with an underscore; a value of None leaves the card out.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    header = fits.Header()
    header["SIMPLE"], header["BITPIX"], header["NAXIS"] = True, 16, 2
    header["NAXIS1"], header["NAXIS2"] = width, height
    header["BZERO"], header["BSCALE"] = 32768, 1
    named = {key.replace("_", "-").upper(): value for key, value in cards.items()}
    if "IMAGETYP" not in named:
        named["IMAGETYP"] = kind
    for key, value in {**CAMERA, "DATE-OBS": "2025-08-15T22:00:00", **named}.items():
        if value is not None:
            header[key] = value
    block = header.tostring(padding=True).encode("ascii")
    # No two frames of a camera are the same to the last bit, and copies are looked for.
    path.write_bytes(block + hashlib.sha256(os.fsencode(path)).digest()[: width * height * 2])
    data = -(-width * height * 2 // 2880) * 2880
    os.truncate(path, len(block) + data)
    return path


def write_night(
    folder: str | Path,
    lights: int = 3,
    *,
    frames: int = 3,
    start: int = 0,
    flat_exposure: float = 2.0,
) -> Path:
    """Write a small night: bias, darks of 60 s, flats in L with flat-darks, lights in L."""
    folder = Path(folder)
    for i in range(frames):
        minute = f"{i:02d}"
        write_frame(
            folder / f"bias_{i}.fits", "BIAS", exptime=0.0, date_obs=f"2025-08-15T20:{minute}:00"
        )
        write_frame(
            folder / f"dark_{i}.fits", "DARK", exptime=60.0, date_obs=f"2025-08-15T20:{minute}:30"
        )
        write_frame(
            folder / f"darkflat_{i}.fits",
            "DARKFLAT",
            exptime=flat_exposure,
            date_obs=f"2025-08-15T19:{minute}:30",
        )
        write_frame(
            folder / f"flat_{i}.fits",
            "FLAT",
            exptime=flat_exposure,
            filter="L",
            date_obs=f"2025-08-15T19:{minute}:00",
        )
    for i in range(start, start + lights):
        when = f"2025-08-15T{22 + i // 60:02d}:{i % 60:02d}:00"
        write_frame(
            folder / f"light_{i:04d}.fits", "LIGHT", exptime=60.0, filter="L", date_obs=when
        )
    return folder


def settings(
    raw: str | Path | list[str], results: str | Path = "results", **changes: Any
) -> Settings:
    """Return complete settings; sections are given as they are, or as what is changed in them."""
    folders = raw if isinstance(raw, list) else str(raw)
    sections = {key: value for key, value in changes.items() if isinstance(value, Section)}
    given = {key: value for key, value in changes.items() if key not in sections}
    complete_settings = complete(given | {"raw": folders, "results": str(results)})
    return replace(complete_settings, **sections)


def write_lights(raw: Path, count: int = 2, name: str = "more", **cards: object) -> None:
    """Write lights of the night of :func:`write_night`."""
    cards = {"exptime": 60.0, "filter": "L", "date_obs": "2025-08-15T23:00:00"} | cards
    for i in range(count):
        write_frame(raw / f"{name}_{i}.fits", "LIGHT", **cards)


def remove(raw: Path, *kinds: str) -> None:
    """Take away the frames of some kinds."""
    for kind in kinds:
        for path in raw.glob(f"{kind}_*.fits"):
            path.unlink()


def rows_of(plan: Plan, folder: Path, table: str) -> list[dict[str, str]]:
    """Write the tables of a plan into a folder, and return the rows of one."""
    write_tables(plan, folder)
    with open(folder / f"{table}.csv", newline="") as stream:
        return list(csv.DictReader(stream))
