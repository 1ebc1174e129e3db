"""Frames of a simulated sensor as FITS files, with the headers of the tests' camera."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from astropy.io import fits

from frames import CAMERA
from sensors import Sensor


def write_frames(
    folder: str | Path,
    sensor: Sensor,
    kind: str,
    frames: Sequence[np.ndarray],
    *,
    exposure: float = 0.0,
    temperature: float | None = None,
    start: str = "2025-08-15T20:00:00",
    name: str | None = None,
    **cards: object,
) -> list[Path]:
    """Write frames, a minute apart; return their files.

    Parameters
    ----------
    folder : str or Path
    sensor : Sensor
        Its gain, read noise and colours stand in the headers, unless `cards` say otherwise.
    kind : str
        As IMAGETYP says it: BIAS, DARK, DARKFLAT, FLAT, LIGHT.
    frames : sequence of N (H, W) integer arrays
    exposure, temperature : float
        Seconds; degrees C, by default that for which the dark rates of the sensor hold.
    start : str
        DATE-OBS of the first.
    name : str, optional
        What the names of files begin with; by default the kind.
    **cards
        Further ones; keywords with a hyphen are given with an underscore, and None leaves one out.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    temperature = sensor.reference_temp if temperature is None else temperature
    known = {
        **CAMERA,
        "EGAIN": sensor.egain,
        "RDNOISE": sensor.read_noise,
        "SET-TEMP": temperature,
        "CCD-TEMP": temperature,
        "BAYERPAT": sensor.bayer,
        "IMAGETYP": kind,
        "EXPTIME": exposure,
        **{key.replace("_", "-").upper(): value for key, value in cards.items()},
    }
    begin, written = datetime.fromisoformat(start), []
    for index, pixels in enumerate(frames):
        header = fits.Header()
        when = begin + timedelta(minutes=index, seconds=index * exposure)
        for key, value in {"DATE-OBS": when.isoformat(), **known}.items():
            if value is not None:
                header[key] = value
        path = folder / f"{name or kind.lower()}_{index:03d}.fits"
        fits.PrimaryHDU(pixels, header).writeto(path, overwrite=True)
        written.append(path)
    return written
