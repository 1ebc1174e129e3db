"""Fields of stars that cross the sky, and what one frame of them measures, without the pixels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.quality.measured import COLUMNS, ROWS, Measured, Stars, cell_of

SHAPE = (2000, 3000)
SCALE = 1.2  # arcsec per pixel
#: Filter -> extinction in ln per airmass, dark sky in electrons a second and pixel, light.
FILTERS = {
    "L": (0.16, 1.2, 1.0), "R": (0.10, 0.4, 0.33), "G": (0.16, 0.4, 0.33), "B": (0.24, 0.35, 0.3),
    "Ha": (0.09, 0.03, 0.03), "O3": (0.15, 0.03, 0.03), "S2": (0.09, 0.02, 0.03),
}  # fmt: skip
READ_NOISE = 3.0


class _Seen(NamedTuple):
    """What a frame sees: places, (N, 2), and rates, (N,), of stars; light of cells."""

    name: str
    hour: float
    exposure: float
    air: float | None
    place: np.ndarray
    rate: np.ndarray
    fwhm: float
    sky: float
    stretch: np.ndarray
    cells: np.ndarray
    shift: np.ndarray
    zero: float


def _altitude(hours, transit, declination, latitude):
    angle = np.radians(15 * (hours - transit))
    dec, lat = np.radians(declination), np.radians(latitude)
    return np.arcsin(np.sin(lat) * np.sin(dec) + np.cos(lat) * np.cos(dec) * np.cos(angle))


class Target:
    """A field of stars that crosses the sky."""

    def __init__(self, rng, latitude):
        self.ra, self.dec = rng.uniform(0, 360), rng.uniform(latitude - 40, min(latitude + 35, 85))
        self.transit, self.latitude = rng.uniform(1, 8), latitude
        count = int(np.exp(rng.uniform(np.log(400), np.log(4000))))
        height, width = SHAPE
        # Wider than the frame, so that dithers bring in others.
        self.place = rng.uniform([-200, -200], [width + 200, height + 200], (count, 2))
        self.rate = 2.0 * rng.pareto(0.9, count).clip(0, 2e4) + 1.0  # electrons a second in L
        self.colour = rng.normal(0, 0.3, count)
        self.slope = rng.normal(0, 0.03, 2)
        self.tilt = rng.normal(0, 0.02, 2)  # of the optics, as ellipticity
        self.turned = rng.random() < 0.8  # whether the mount turns over
        self.exposure = {name: float(rng.choice([60, 120, 180])) for name in FILTERS}
        self.aim = rng.normal(0, 12, 2)
        self.bias = {name: rng.normal(0, 0.02) for name in FILTERS}  # of the catalogue's stars

    def light(self, rng, name, hour, seeing, clear, weather, fault, knows_air):
        extinction, dark, through = FILTERS[name]
        height, width = SHAPE
        altitude = max(_altitude(hour, self.transit, self.dec, self.latitude), np.radians(25))
        air = 1 / np.sin(altitude)
        fwhm = seeing * air**0.6
        passes = np.exp(clear - extinction * air - weather.haze - 0.6 * weather.dewed(hour))
        fwhm *= 1 + 0.35 * weather.dewed(hour)
        sky = dark * (1 + weather.moonlight(hour, name)) * (0.7 + 0.3 * air)
        if weather.dawn is not None and hour > weather.dawn:
            sky += dark * (np.exp(4.0 * (hour - weather.dawn)) - 1)
        stretch, angle = self.tilt + rng.normal(0, 0.012, 2), rng.uniform(0, np.pi)
        patch = np.ones(len(self.place))
        cells = np.ones(ROWS * COLUMNS)
        shift = rng.normal(0, 15, 2) + self.aim
        if fault == "cloud":
            depth = rng.uniform(0.25, 2.0)
            grain = rng.uniform(0, 0.3) * depth
            tilted = grain * (self.place / [width, height] - 0.5) @ rng.normal(0, 1, 2)
            patch = np.exp(-depth - tilted)
            sky *= rng.uniform(0.9, 1.5)
        elif fault == "focus":
            fwhm *= rng.uniform(2.0, 3.0)
        elif fault == "trailing":
            length = rng.uniform(5, 9)
            sigma2 = (fwhm / 2.355) ** 2
            trail = length**2 / 12
            e = 1 - np.sqrt(sigma2 / (sigma2 + trail))
            stretch = stretch + e * np.array([np.cos(2 * angle), np.sin(2 * angle)])
            fwhm *= np.sqrt((1 + np.sqrt(1 + trail / sigma2)) / 2)
        elif fault == "wrong pointing":
            way = rng.uniform(0, 2 * np.pi)
            shift = shift + rng.uniform(0.3, 3) * height * np.array([np.cos(way), np.sin(way)])
        if np.hypot(*shift) > 200:  # other stars than those of the field
            place = rng.uniform([0, 0], [width, height], (len(self.place), 2)) + 0.5
        else:
            place = self.place + shift
            if self.turned and hour > self.transit:
                place = np.array([width, height]) + 1 - place
        rate = self.rate * through * np.exp(self.colour * (through - 0.5)) * passes * patch
        exposure = self.exposure[name]
        if fault == "obstruction":
            cell = int(rng.integers(0, ROWS * COLUMNS))
            rate = np.where(cell_of(place, SHAPE) == cell, rate * rng.uniform(0, 0.1), rate)
            # Mostly dark; a lit one may be as bright as the sky.
            cells[cell] = rng.uniform(0.05, 0.6) if rng.random() < 0.8 else rng.uniform(0.6, 1.3)
        zero = 2.5 * np.log10(through * passes * np.median(patch)) + 22
        told = float(air) if knows_air else None
        seen = _Seen(
            name, hour, exposure, told, place, rate, fwhm, sky, stretch, cells, shift, zero
        )
        return self._measured(rng, seen)

    def _measured(self, rng, seen):
        name, hour, exposure, air, place, rate, fwhm, sky, stretch, cells, shift, zero = seen
        height, width = SHAPE
        noise = np.sqrt(sky * exposure + READ_NOISE**2)
        area = np.pi * (0.9 * fwhm) ** 2
        flux = rate * exposure
        error = np.sqrt(flux + area * noise**2)
        found = flux + rng.normal(0, error) > 5 * np.sqrt(area) * noise
        found &= (cell_of(place, SHAPE) >= 0) & (rng.random(len(flux)) > 0.01)
        trails = rng.poisson(0.15)
        for _ in range(trails):  # a satellite hides what it crosses
            way, at = rng.uniform(0, np.pi), rng.uniform([0, 0], [width, height])
            across = (place - at) @ [np.sin(way), -np.cos(way)]
            found &= np.abs(across) > 8
        measured = rng.normal(flux, error) * np.exp(rng.normal(0, 0.008, len(flux)))
        found &= measured > 0
        count = int(found.sum())
        wrong = int(rng.integers(0, 6)) + 5 * trails
        all_flux = np.concatenate([measured[found], rng.uniform(5, 20, wrong) * noise * area**0.5])
        order = np.argsort(-all_flux, kind="stable")[:3000]
        xy = np.vstack([
            place[found] + rng.normal(0, 0.1, (count, 2)),
            rng.uniform([1, 1], [width, height], (wrong, 2)),
        ])[order]  # fmt: skip
        shapes = stretch + rng.normal(0, 0.06, (len(xy), 2))
        solved = count >= 15 and rng.random() > 0.04
        # The sky from pixels by a plain plane; half a turn is in the field's own coordinates.
        ra = dec = np.full(len(xy), np.nan)
        centre = (None, None)
        offset = None
        if solved:
            flipped = self.turned and hour > self.transit and np.hypot(*shift) <= 200
            plane = (np.array([width, height]) + 1 - xy if flipped else xy) - shift
            dec = self.dec + (plane[:, 1] - height / 2) * SCALE / 3600
            ra = self.ra + (plane[:, 0] - width / 2) * SCALE / 3600 / np.cos(np.radians(self.dec))
            dec0 = self.dec - shift[1] * SCALE / 3600
            ra0 = self.ra - shift[0] * SCALE / 3600 / np.cos(np.radians(self.dec))
            centre = (float(ra0 % 360), float(dec0))
            offset = float(np.hypot(*shift) * SCALE / 60)
        y, x = np.mgrid[0:ROWS, 0:COLUMNS]
        plane = np.exp(self.slope[0] * (x / COLUMNS - 0.5) + self.slope[1] * (y / ROWS - 0.5))
        skies = sky * exposure * plane.ravel() * cells * np.exp(rng.normal(0, 0.004, cells.size))
        size, angle = np.hypot(*shapes.T), np.degrees(np.arctan2(shapes[:, 1], shapes[:, 0]) / 2)
        stars = Stars(
            xy[:, 0], xy[:, 1], ra % 360, dec, all_flux[order],
            np.sqrt(np.maximum(all_flux[order], 0) + area * noise**2), size.clip(0, 0.95),
            angle % 180,
        )  # fmt: skip
        few = max(1, min(len(xy), 300))
        width_px = float(fwhm * np.exp(rng.normal(0, 0.05 / np.sqrt(few))))
        values = {
            "object": f"target {self.ra:.0f}", "filter": name, "camera": "camera",
            "width": width, "height": height, "exposure_s": exposure,
            "mjd": 61041.7 + hour / 24, "airmass": air,
            "solved": solved, "ra_deg": centre[0], "dec_deg": centre[1],
            "scale_arcsec": SCALE if solved else None, "offset_arcmin": offset,
            "sources": len(xy), "fwhm_px": width_px if count > 2 else None,
            "ellipticity": float(np.median(size)) if len(xy) else None,
            "sky": float(sky * exposure), "sky_noise": float(noise), "date_obs": None,
            "reason": None,
            "zero_point": float(zero + self.bias[name] + rng.normal(0, 0.01)) if solved else None,
            "zero_point_error": 0.01 if solved else None, "zero_point_colour": None,
            "colour_term": None, "colour_term_error": None, "colour_spread": None,
            "band": "V", "colour": "",
        }  # fmt: skip
        return Measured(
            values, (self.ra, self.dec), SHAPE, stars,
            skies.astype(float),
        )  # fmt: skip
