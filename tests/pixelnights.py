"""Nights drawn in pixels, star by star, and what our own extraction measures of them.

Nothing here shares a number with the nights of ``measurednights``, which know no pixels; both are
asked the same.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import pixelweather as weather
from measurednights import Drawn
from pixeloptics import HALF, SHAPE, Blur, Optics, draw_stars, draw_trail, expose, slope, structure
from plateworks.quality.judging import judge
from plateworks.quality.measured import COLUMNS, ROWS, Measured, Stars
from plateworks.quality.night import measure_night
from plateworks.sky.measures import measure_light
from plateworks.sky.sources import extract

SCALE = 1.9  # arcseconds a pixel
EXPOSURE = 90.0
#: Filter -> what air takes as ln per airmass, electrons of a dark sky in a pixel, light of stars.
BROAD = {"g": (0.21, 70.0, 1.0), "r": (0.12, 90.0, 0.9)}
NARROW = {"Ha": (0.11, 4.0, 1.0), "OIII": (0.19, 3.0, 0.8)}


class Kind(NamedTuple):
    """A kind of night; each field says what it has."""

    frames: tuple[int, int] = (20, 34)
    stars: tuple[int, int] = (120, 500)
    narrow: bool = False
    filters: int = 1
    targets: int = 1
    altitude: tuple[float, float] = (60, 50)  # degrees, first and last
    moon: bool = False
    flip: bool = False
    rotation: float = 0.0  # degrees through the night
    solved: bool = True
    poor: bool = False  # optics
    trails: float = 0.1  # satellites in a frame
    planes: float = 0.0
    drift: float = 0.0  # FWHM at the end beside that of the beginning
    faults: float = 0.0  # share of frames
    cloud: tuple[float, float, float] | None = None  # from, to, depth
    haze: float = 0.0
    dew: bool = False
    dawn: bool = False
    earlier: int = 0  # nights before it


KINDS = {
    "moonlit": Kind(moon=True),
    "narrow-band": Kind(stars=(8, 40), narrow=True, filters=2, frames=(24, 40)),
    "low": Kind(altitude=(70, 25)),
    "flip": Kind(flip=True, moon=True, solved=False),
    "rotation": Kind(rotation=35),
    "two targets": Kind(targets=2, filters=2, frames=(32, 48), moon=True),
    "short": Kind(frames=(5, 5)),
    "trails": Kind(trails=1.5, planes=0.2),
    "poor optics": Kind(poor=True, flip=True, stars=(300, 700)),
    "cooling": Kind(drift=1.25),
    "faults": Kind(faults=0.15, moon=True, flip=True),
    "faults, unsolved": Kind(faults=0.15, solved=False),
    "faults, narrow-band": Kind(
        faults=0.15, stars=(8, 40), narrow=True, filters=2, frames=(24, 40)
    ),
    "faults, low": Kind(faults=0.15, altitude=(70, 25), rotation=20),
    "faults, short": Kind(faults=0.2, frames=(5, 7)),
    "40 % bad": Kind(faults=0.4),
    "bad from the start": Kind(cloud=(0.0, 0.5, 0.7)),
    "drifting cloud": Kind(cloud=(0.3, 0.8, 0.6), moon=True),
    "haze, with earlier nights": Kind(haze=0.35, earlier=5, filters=2, frames=(12, 16)),
    "clear, with earlier nights": Kind(earlier=5, filters=2, frames=(12, 16)),
    "focus drifts": Kind(drift=2.6),
    "dawn": Kind(dawn=True),
    "dew": Kind(dew=True, frames=(30, 44)),
}  # fmt: skip


class _Field:
    """Stars of a target in clumps, by magnitudes; and where it was aimed."""

    def __init__(self, rng, count: int, sky: float):
        self.ra, self.dec = rng.uniform(0, 360), rng.uniform(-20, 60)
        area = 1.7**2
        total = max(int(count * area), 12)
        middles = rng.uniform(-1.7, 1.7, (max(total // 12, 4), 2)) * HALF
        clumps = middles[rng.integers(len(middles), size=total)] + rng.normal(0, 40, (total, 2))
        even = rng.uniform(-1.7, 1.7, (total, 2)) * HALF
        self.plane = np.where(rng.random((total, 1)) < 0.25, clumps, even)
        # Faintest as bright as begins to show; many more faint than bright ones.
        least = 9 * np.sqrt(40 * (sky + 30))
        self.electrons = least * 10 ** (0.4 * np.minimum(rng.exponential(1.3, total), 6))
        self.colour = rng.normal(0, 0.2, total)


def draw(kind: Kind, seed: int) -> Drawn:
    """Draw a night of a kind."""
    rng = np.random.default_rng([seed, 31])
    course = _course(rng, kind)
    table = NARROW if kind.narrow else BROAD
    names = list(rng.permutation(list(table))[: kind.filters])
    count = np.exp(rng.uniform(*np.log(kind.stars)))
    fields = [_Field(rng, int(count), table[names[0]][1]) for _ in range(kind.targets)]
    optics, offset = Optics.drawn(rng, kind.poor), rng.normal(0, 15, 2)
    drawn = Drawn(truth=course.truth)
    frames = len(course.hours)
    shift = np.zeros(2)
    for number in range(frames):
        if number % 3 == 0:
            shift = rng.uniform(-14, 14, 2)
        target = fields[number * kind.targets // frames]
        part = number / max(frames - 1, 1)
        turn = np.radians(kind.rotation * (part - 0.5))
        where = shift + rng.normal(0, 0.6, 2) + np.array([10.0, -6.0]) * part
        if kind.flip and part > 0.5:
            turn, where = turn + np.pi, where + offset
        drawn.lights.append(
            _light(rng, kind, course, number, target, str(names[number % len(names)]),
                   table, optics, turn, where)
        )  # fmt: skip
    return drawn


def _course(rng, kind: Kind):
    course = weather.clear_course(
        rng, int(rng.integers(kind.frames[0], kind.frames[1] + 1)), rng.uniform(3, 8)
    )
    if kind.moon:
        weather.add_moon(rng, course)
    if kind.drift:
        weather.add_focus_drift(rng, course, kind.drift)
    if kind.cloud:
        weather.add_cloud(rng, course, *kind.cloud)
    if kind.haze:
        weather.add_haze(course, kind.haze)
    if kind.dew:
        weather.add_dew(rng, course)
    if kind.dawn:
        weather.add_dawn(rng, course)
    if kind.faults:
        weather.add_faults(rng, course, kind.faults)
    return course


def _light(rng, kind, course, number, target, name, table, optics, turn, where):
    height, width = SHAPE
    fault = course.truth[number]
    extinction, dark, through = table[name]
    part = number / max(len(course.hours) - 1, 1)
    altitude = np.interp(part, [0, 1], kind.altitude)
    air = 1 / np.sin(np.radians(altitude))
    if fault == "wrong pointing":
        way = rng.uniform(0, 2 * np.pi)
        where = where + rng.uniform(0.3, 1.0) * height * np.array([np.cos(way), np.sin(way)])
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    place = target.plane @ matrix + where + HALF - 0.5
    depth = course.depth[number]
    lost = depth * (1 + 0.3 * structure(course.cloud, place, course.hours[number]))
    dew = course.dew[number]
    colour = 0.3 * target.colour if name in ("g", "OIII") else 0
    electrons = target.electrons * through * np.exp(colour - extinction * air - lost - 0.3 * dew)
    sky = dark * course.sky[number] * (0.6 + 0.4 * air) * (1 + 0.2 * dew)
    fwhm = course.seeing[number] * air**0.6 * (1 + 0.12 * dew)
    trail = (0.0, 0.0)
    if fault == "focus" and not kind.drift:
        fwhm *= rng.uniform(2.0, 2.6)
    if fault == "trailing":
        way, length = rng.uniform(0, np.pi), rng.uniform(5, 9)
        trail = (length * np.cos(way), length * np.sin(way))
    blur = Blur(fwhm, trail, halo=min(0.3 * dew, 0.6))
    image = draw_stars(place, electrons, optics, blur)
    image += sky * slope(course.moon_way[number], course.moon_slope[number])
    if fault == "obstruction":
        row, column = rng.integers(ROWS), rng.integers(COLUMNS)
        top, left = row * height // ROWS, column * width // COLUMNS
        image[top : top + height // ROWS, left : left + width // COLUMNS] *= rng.uniform(0.05, 0.5)
    for chance, plane in ((kind.trails, False), (kind.planes, True)):
        for _ in range(rng.poisson(chance)):
            draw_trail(rng, image, plane)
    return _measured(
        rng, kind, course.hours[number], number, target, name, expose(rng, image), air,
        matrix, where, place, target.electrons,
    )  # fmt: skip


def _measured(rng, kind, hour, number, target, name, image, air, matrix, where, place, electrons):
    height, width = SHAPE
    sources = extract(image)
    told = measure_light(sources, None, SHAPE, None)
    solved = kind.solved and len(sources) >= 15
    ra = dec = np.full(len(sources), np.nan)
    centre: tuple[float | None, ...] = (None, None)
    zero = None
    if solved:
        xy = np.column_stack([sources.x, sources.y])
        plane = np.vstack([xy, HALF - 0.5]) - where - HALF + 0.5
        plane = plane @ matrix.T + rng.normal(0, 0.1, (len(xy) + 1, 2))
        dec = target.dec + plane[:, 1] * SCALE / 3600
        ra = (target.ra + plane[:, 0] * SCALE / 3600 / np.cos(np.radians(target.dec))) % 360
        centre = (float(ra[-1]), float(dec[-1]))
        ra, dec = ra[:-1], dec[:-1]
        zero = _zero_point(sources, place, electrons)
    stars = Stars(
        *sources.fits_xy.T, ra, dec, sources.flux, sources.flux_err, sources.ellipticity,
        sources.theta,
    )  # fmt: skip
    values = {
        "frame": f"light_{number:04d}", "object": f"target {target.ra:.0f}", "camera": "camera",
        "filter": name, "width": width, "height": height, "exposure_s": EXPOSURE,
        "mjd": 61100.1 + hour / 24, "airmass": float(air), "solved": solved,
        "ra_deg": centre[0], "dec_deg": centre[1], "scale_arcsec": SCALE if solved else None,
        "sources": len(sources), "fwhm_px": told.fwhm, "ellipticity": told.ellipticity,
        "sky": told.sky, "sky_noise": told.noise, "date_obs": None,
        "zero_point": zero, "zero_point_error": None if zero is None else 0.02,
        "reason": None if solved else "no match",
    }  # fmt: skip
    return Measured(values, (target.ra, target.dec), SHAPE, stars, told.cells.sky.ravel())


def _zero_point(sources, place, electrons):
    from scipy.spatial import KDTree

    apart, which = KDTree(place).query(np.column_stack([sources.x, sources.y]))
    known = (apart < 2) & (sources.flux > 0)
    if known.sum() < 8:
        return None
    ratio = sources.flux[known] / electrons[which[known]]
    return 22 + 2.5 * float(np.log10(np.median(ratio)))


def judged(kind: Kind, seed: int):
    """Draw and judge a night, with clear ones before it: the table, with the truth."""
    clear = Kind(frames=(8, 10), filters=2)
    before = [
        measure_night(draw(clear, 10_000 + 50 * seed + n).lights) for n in range(kind.earlier)
    ]
    drawn = draw(kind, seed)
    return judge(measure_night(drawn.lights), before).assign(truth=drawn.truth)
