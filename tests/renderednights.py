"""Nights of rendered frames with known faults: stars and sky in pixels, and what we extract."""

from __future__ import annotations

import numpy as np

from measurednights import Drawn
from plateworks.quality.measured import COLUMNS, ROWS, Measured, Stars
from plateworks.sky.measures import measure_light
from plateworks.sky.sources import extract

SHAPE = (720, 960)
EGAIN, READ_NOISE, EXPOSURE = 1.0, 4.0, 60.0
#: Pixels around a star that are drawn.
REACH = 16


def render_night(seed: int, faults: dict[int, str], lights: int = 24) -> Drawn:
    """Render the lights of one field under a rising Moon, some with faults.

    Parameters
    ----------
    seed : int
    faults : dict
        Number of a light -> what is wrong with it, as in ``measurednights.FAULTS``.
    lights : int
        The camera is turned over after half of them.
    """
    rng = np.random.default_rng(seed)
    height, width = SHAPE
    count = int(rng.integers(400, 700))
    place = rng.uniform([-30, -30], [width + 30, height + 30], (count, 2))
    flux = 1500 * (rng.pareto(1.0, count) + 0.4).clip(0, 100)
    other = rng.uniform([0, 0], [width, height], (count, 2))
    seeing = rng.uniform(2.2, 3.5) * np.exp(np.cumsum(rng.normal(0, 0.02, lights)))
    drawn = Drawn()
    for number in range(lights):
        fault = faults.get(number, "")
        here = (other if fault == "wrong pointing" else place) + rng.normal(0, 4, 2)
        if number >= lights / 2:
            here = np.array([width - 1, height - 1]) - here
        image = _render(rng, fault, here, flux, seeing[number], 40 * (1 + 3 * number / lights))
        drawn.lights.append(_measured(image, number))
        drawn.truth.append(fault)
    return drawn


def _render(rng, fault, place, flux, fwhm, sky):
    height, width = SHAPE
    trail = rng.uniform(5, 7) if fault == "trailing" else 0.0
    angle = rng.uniform(0, np.pi)
    fwhm = fwhm * (2.0 if fault == "focus" else 1.0)
    light = np.zeros((height + 2 * REACH, width + 2 * REACH))
    passes = rng.uniform(0.4, 0.75) if fault == "cloud" else rng.normal(1, 0.01)
    y, x = np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]
    steps = np.linspace(-0.5, 0.5, 11) * trail if trail else np.zeros(1)
    for (star_x, star_y), star_flux in zip(place, flux, strict=True):
        column, row = round(star_x), round(star_y)
        if not (0 <= column < width and 0 <= row < height):
            continue
        stamp = np.zeros(x.shape)
        for step in steps:
            dx = x - (star_x - column) - step * np.cos(angle)
            dy = y - (star_y - row) - step * np.sin(angle)
            stamp += (1 + 4 * (2 ** (1 / 3) - 1) * (dx**2 + dy**2) / fwhm**2) ** -3.0
        light[row : row + 2 * REACH + 1, column : column + 2 * REACH + 1] += (
            passes * star_flux * stamp / stamp.sum()
        )
    slope = 1 + 0.05 * (np.arange(width) / width - 0.5)
    light = light[REACH:-REACH, REACH:-REACH] + sky * slope
    if fault == "obstruction":
        row, column = rng.integers(0, ROWS), rng.integers(0, COLUMNS)
        top, left = row * height // ROWS, column * width // COLUMNS
        light[top : top + height // ROWS, left : left + width // COLUMNS] *= 0.3
    if rng.random() < 0.3:  # a satellite
        way, at = rng.uniform(0, np.pi), rng.uniform([0, 0], [width, height])
        rows, columns = np.mgrid[:height, :width]
        light[np.abs((columns - at[0]) * np.sin(way) - (rows - at[1]) * np.cos(way)) < 1.5] += 200
    electrons = rng.poisson(light) + rng.normal(0, READ_NOISE, SHAPE)
    return (electrons / EGAIN).astype(np.float32)


def _measured(image, number):
    sources = extract(image)
    told = measure_light(sources, None, SHAPE, None)
    unknown = np.full(len(sources), np.nan)
    stars = Stars(
        *sources.fits_xy.T, unknown, unknown, sources.flux, sources.flux_err,
        sources.ellipticity, sources.theta,
    )  # fmt: skip
    values = {
        "frame": f"light_{number:04d}", "object": "field", "camera": "camera", "filter": "L",
        "width": SHAPE[1], "height": SHAPE[0], "exposure_s": EXPOSURE,
        "mjd": 61041.7 + number / 400, "airmass": 1.2, "solved": False,
        "sources": len(sources), "fwhm_px": told.fwhm, "ellipticity": told.ellipticity,
        "sky": told.sky, "sky_noise": told.noise, "zero_point": None, "zero_point_error": None,
        "date_obs": None, "reason": "no match",
    }  # fmt: skip
    return Measured(values, (10.0, 20.0), SHAPE, stars, told.cells.sky.ravel())
