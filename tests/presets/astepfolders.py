"""ASTEP's folder of data after a run: its products and masters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits

from presets.trees import SHAPE, Astep, read, write

FIRST, SECOND, THIRD = "2012-06-04", "2012-06-08", "2012-06-09"
#: A date that cal.sh has finished.
OLD = "2012-06-02"
#: Where the page's folders lie in these tests.
DATA = {"/path/to/data": "data"}


def leave_finished(night: Astep) -> Path:
    """Write a date as cal.sh leaves it; return its calibrated frame."""
    night.calibration(OLD, flats=False)
    raw = night.cams(OLD, "SCIENCE", 20)
    [name] = of_date(OLD, kinds=("CAL",))
    header = fits.getheader(raw)  # which it keeps
    header["BUNIT"] = "electron"
    return write(night.data / name, np.full(SHAPE, 777.0, np.float32), **header)


def products(data: Path) -> dict[str, int]:
    """Return every calibrated and solved frame, with the time it was written."""
    return {
        str(path.relative_to(data)): path.stat().st_mtime_ns
        for path in sorted(data.glob("*/*-CAMS_*/*_CAL.fits"))
    }


def of_date(date: str, minute: int = 0, kinds: tuple[str, ...] = ("CAL", "WCS")) -> set[str]:
    """Return the products of one science frame, as the guide names them."""
    name = f"{date}_20.{minute:02d}.00_SCIENCE_CAL.fits"
    return {f"{date}/{date}-CAMS_{kind}/{name}" for kind in kinds}


def master(data: Path, name: str) -> tuple[np.ndarray, fits.Header]:
    [path] = data.glob(f"masters/*/{name}_20120604.fits")
    return read(path), fits.getheader(path)
