"""What a night's frames were drawn from, saved beside them.

``truth/`` holds

* ``frames.csv``: every raw frame with its kind, filter, exposure and temperature;
* ``sensor.fits``: images without noise: BIAS (ADU), DARK (electrons a second at the reference
  temperature) and, for each band, FLAT_<NAME> (median 1);
* ``hot.csv``: `x, y` (pixels from 0) and `rate` (electrons a second), hottest first;
* ``dead.csv``: `x, y` and `response`;
* ``lights/<name>.fits``, one for each light: the image that calibration should give (ADU: stars and
  sky, no noise) with its true WCS in the header, and the tables STARS and COSMICS.

A perfectly calibrated frame, ``(RAW - BIAS - DARK) / (FLAT / median(FLAT))``, has the image of
``lights/`` as its mean wherever the raw frame is not saturated and no cosmic ray passed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from plateworks.demo.frames import DrawnObservatory, as_table
from plateworks.demo.night import PlannedExposure
from plateworks.files import atomic


def write_truth(
    observatory: DrawnObservatory, exposures: list[PlannedExposure], folder: Path
) -> None:
    """Write all truth files of a night below `folder`."""
    maps = observatory.maps
    _write_rows(
        folder / "frames.csv",
        "path,kind,filter,exposure,temperature,truncated",
        (
            f"{e.path},{e.kind},{e.band.name or '' if e.band else ''},{e.seconds:g},"
            f"{e.sensor_temp:g},{int(e.truncated)}"
            for e in exposures
        ),
    )
    _write_rows(
        folder / "hot.csv",
        "x,y,rate",
        (f"{x},{y},{maps.dark_rate[y, x]:.5g}" for x, y in maps.hot),
    )
    _write_rows(
        folder / "dead.csv",
        "x,y,response",
        (f"{x},{y},{maps.response[y, x]:.5g}" for x, y in maps.dead),
    )
    images = {"BIAS": maps.bias, "DARK": maps.dark_rate}
    for band in observatory.night.bands:
        images[f"FLAT_{band.name or 'NONE'}"] = observatory.flat(band)
    _write_hdus(
        folder / "sensor.fits", [fits.ImageHDU(image, name=name) for name, image in images.items()]
    )
    for exposure in exposures:
        if exposure.kind == "light" and not exposure.truncated:
            _write_light(observatory, exposure, folder / "lights" / Path(exposure.path).name)


def _write_light(observatory: DrawnObservatory, exposure: PlannedExposure, path: Path) -> None:
    scene = observatory.scene(exposure)
    charge = observatory.cosmics(exposure)
    y, x = np.nonzero(charge)
    cosmics = as_table({"x": x, "y": y, "electrons": charge[y, x]})
    adu = scene.electrons / np.float32(observatory.night.sensor.egain)
    _write_hdus(
        path,
        [
            fits.ImageHDU(adu, header=scene.wcs.to_header(), name="LIGHT"),
            fits.BinTableHDU(scene.stars, name="STARS"),
            fits.BinTableHDU(cosmics, name="COSMICS"),
        ],
    )


def _write_rows(path: Path, heading: str, rows: Iterable[str]) -> None:
    with atomic(path, "w") as stream:
        stream.write("\n".join([heading, *rows, ""]))


def _write_hdus(path: Path, hdus: list) -> None:
    with atomic(path) as stream:
        fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(stream)


@dataclass(frozen=True)
class LightTruth:
    """The truth of one light."""

    image: np.ndarray  # (H, W) float32, ADU
    wcs: WCS
    stars: np.ndarray  # structured: x, y (pixels from 0), ra, dec, vt, electrons
    cosmics: np.ndarray  # structured: x, y, electrons


def read_light(path: str | Path) -> LightTruth:
    """Read one of the files of ``lights/``."""
    with fits.open(path, memmap=False) as hdus:
        image = hdus["LIGHT"]
        return LightTruth(
            image.data.astype(np.float32),
            WCS(image.header),
            np.array(hdus["STARS"].data),
            np.array(hdus["COSMICS"].data),
        )


def read_sensor(path: str | Path) -> dict[str, np.ndarray]:
    """Read ``sensor.fits``: arrays (H, W) float32 by their names in capitals."""
    with fits.open(path, memmap=False) as hdus:
        return {hdu.name: hdu.data.astype(np.float32) for hdu in hdus[1:]}
