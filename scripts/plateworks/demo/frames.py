"""Taking the frames of a night, and writing them as a camera program would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from plateworks.demo.amplifiers import heard_cards, read_out
from plateworks.demo.cosmics import draw_cosmics
from plateworks.demo.headers import make_header
from plateworks.demo.night import Band, Night, PlannedExposure, stream
from plateworks.demo.optics import draw_motes, vignette
from plateworks.demo.scene import (
    colour_response,
    draw_sky,
    draw_stars,
    make_wcs,
    read_stars,
)
from plateworks.demo.sensor import SensorMaps, collect, digitise, draw_maps
from plateworks.files import atomic

#: A file that breaks off keeps this share of its bytes.
KEPT = 0.6


@dataclass(frozen=True)
class Scene:
    """What one light would show without optics, sensor and noise."""

    electrons: np.ndarray  # (H, W) float32, stars and sky of the whole exposure
    wcs: WCS
    stars: np.ndarray  # structured: x, y (pixels from 0), ra, dec, vt, electrons


class DrawnObservatory:
    """All that the frames of one night share; drawn once."""

    def __init__(self, night: Night):
        self.night = night
        self._flats: dict[Band, np.ndarray] = {}

    @cached_property
    def maps(self) -> SensorMaps:
        return draw_maps(self.night.sensor, stream(self.night, "sensor"))

    @cached_property
    def colours(self) -> np.ndarray | float:
        return colour_response(self.night.sensor.shape, self.night.sensor.bayer)

    @cached_property
    def catalogue(self) -> np.ndarray:
        return read_stars()

    def flat(self, band: Band) -> np.ndarray:
        """Optics and pixel response through `band`, (H, W) float32 of median 1, no colours."""
        if band not in self._flats:
            night, shape = self.night, self.night.sensor.shape
            flat = self.maps.response * vignette(shape, night.optics.vignetting)
            for place, count in (
                ("window", night.optics.motes_on_window),
                (f"filter {band.name}", night.optics.motes_on_filter),
            ):
                flat *= draw_motes(night.optics, shape, count, stream(night, "dust", place))
            self._flats[band] = (flat / np.median(flat)).astype(np.float32)
        return self._flats[band]

    def scene(self, exposure: PlannedExposure) -> Scene:
        """The sky of one light.

        Raises
        ------
        ValueError
            If the frame is taken without light.
        """
        night, band, shape = self.night, exposure.band, self.night.sensor.shape
        if band is None:
            raise ValueError(f"{exposure.path} is taken without light, and shows no sky")
        wcs = make_wcs(
            night.ra + exposure.east / 60 / np.cos(np.radians(night.dec)),
            night.dec + exposure.north / 60,
            night.optics.scale(night.sensor),
            night.rotation,
            shape,
        )
        x, y = wcs.all_world2pix(self.catalogue["ra"], self.catalogue["dec"], 0)
        inside = (x > -0.5) & (x < shape[1] - 0.5) & (y > -0.5) & (y < shape[0] - 0.5)
        vt = self.catalogue["vt"]
        flux = band.star_rate * exposure.seconds * 10 ** (-0.4 * (vt - 10))
        # Stars just outside send their halos in; they are drawn but not listed.
        image = draw_stars(shape, x, y, flux, night.psf)
        image += draw_sky(shape, band.sky_rate * exposure.seconds, night.sky_slope)
        columns = {"x": x, "y": y, **{n: self.catalogue[n] for n in ("ra", "dec", "vt")}}
        columns["electrons"] = flux
        stars = as_table({name: column[inside] for name, column in columns.items()})
        return Scene(image * self.colours, wcs, stars)

    def cosmics(self, exposure: PlannedExposure) -> np.ndarray:
        """Charge of the cosmic rays in one frame that is not short, (H, W) float32."""
        night = self.night
        mean = night.rays * night.sensor.area_cm2 * exposure.seconds / 60
        return draw_cosmics(night.sensor.shape, mean, stream(night, "cosmics", exposure.path))

    def take(self, exposure: PlannedExposure) -> np.ndarray:
        """One raw frame of a camera with one amplifier, (H, W) uint16."""
        return digitise(self.night.sensor, self.maps.bias, self.collect(exposure))

    def images(self, exposure: PlannedExposure) -> list[fits.ImageHDU]:
        """One raw frame of a camera with several, an image of each."""
        night, rng = self.night, stream(self.night, "amplifiers", exposure.path)
        electrons = self.collect(exposure)
        return read_out(night.sensor, night.outputs, self.maps.bias, electrons, rng)

    def collect(self, exposure: PlannedExposure) -> np.ndarray:
        """The electrons of a frame, (H, W).  They depend on the night and its own name alone."""
        night, rng = self.night, stream(self.night, "frame", exposure.path)
        band, light = exposure.band, None
        if band is not None and exposure.kind == "light":
            light = self.scene(exposure).electrons * self.flat(band)
        elif band is not None and exposure.kind == "flat":
            # The sky fades as the exposures grow, so the level stays.
            full = night.sensor.saturation * night.sensor.egain
            level = night.flat_level * full * rng.normal(1, 0.01)
            light = self.flat(band) * np.float32(level) * self.colours
        return collect(
            night.sensor,
            self.maps,
            exposure.seconds,
            exposure.sensor_temp,
            rng,
            light,
            self.cosmics(exposure) if exposure.kind in ("light", "dark") else None,
        )


def as_table(columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return columns of one length (N,) as an (N,) array with a field for each of them."""
    types = [(name, column.dtype) for name, column in columns.items()]
    return np.rec.fromarrays(list(columns.values()), dtype=types)


def write_frame(observatory: DrawnObservatory, exposure: PlannedExposure, folder: Path) -> Path:
    """Take one frame and write it below `folder`; a truncated one loses its end."""
    path = folder / exposure.path
    header = make_header(observatory.night, exposure)
    if observatory.night.outputs:
        header.extend(heard_cards(observatory.night.outputs))
        hdus = [fits.PrimaryHDU(None, header), *observatory.images(exposure)]
    else:
        hdus = [fits.PrimaryHDU(observatory.take(exposure), header)]
    with atomic(path) as stream:  # as a camera's program does, without the cards of a product
        fits.HDUList(hdus).writeto(stream)
    if exposure.truncated:
        with path.open("r+b") as file:
            file.truncate(int(path.stat().st_size * KEPT))
    return path
