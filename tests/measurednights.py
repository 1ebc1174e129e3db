"""Nights of measures with known faults: all that frames tell of stars and sky, without the pixels.

Weather, Moon, targets, filters, cadence and camera are drawn at random; the seeing breathes, the
mount turns the camera over at the meridian, satellites pass.  Nothing here knows how it is judged.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from plateworks.quality.judging import judge
from plateworks.quality.measured import COLUMNS, ROWS, Measured, Stars, cell_of
from plateworks.quality.night import measure_night

SHAPE = (2000, 3000)
SCALE = 1.2  # arcsec per pixel
#: Filter -> extinction in ln per airmass, dark sky in electrons a second and pixel, light.
FILTERS = {
    "L": (0.16, 1.2, 1.0), "R": (0.10, 0.4, 0.33), "G": (0.16, 0.4, 0.33), "B": (0.24, 0.35, 0.3),
    "Ha": (0.09, 0.03, 0.03), "O3": (0.15, 0.03, 0.03), "S2": (0.09, 0.02, 0.03),
}  # fmt: skip
READ_NOISE = 3.0
FAULTS = ("cloud", "obstruction", "focus", "trailing", "wrong pointing")


@dataclass(frozen=True)
class Weather:
    """What happens to all frames of a night, as functions of the hour."""

    seed: int
    moon: float = 0.0  # brightness of the Moon beside the dark sky
    moon_up: tuple[float, float] = (0.0, 0.0)  # hours between which it is up
    haze: float = 0.0  # ln of what the whole night loses
    dew: tuple[float, float] | None = None  # hours at which it begins and ends
    dawn: float | None = None  # hour at which the Sun is 18 degrees below the horizon
    seeing: float = 3.0  # FWHM in pixels at the zenith
    breath: float = 0.1


@dataclass
class Drawn:
    """The lights, and of each what is wrong with it: "" if nothing is."""

    lights: list[Measured] = field(default_factory=list)
    truth: list[str] = field(default_factory=list)


def _walk(rng, hours, sigma, memory):
    """A course of things that wander: an autoregressive one with a memory of so many hours."""
    values = [rng.normal(0, sigma)]
    for step in np.diff(hours):
        keep = np.exp(-step / memory)
        values.append(keep * values[-1] + rng.normal(0, sigma * np.sqrt(1 - keep**2)))
    return np.array(values)


def _altitude(hours, transit, declination, latitude):
    angle = np.radians(15 * (hours - transit))
    dec, lat = np.radians(declination), np.radians(latitude)
    return np.arcsin(np.sin(lat) * np.sin(dec) + np.cos(lat) * np.cos(dec) * np.cos(angle))


def draw_night(
    seed: int,
    *,
    weather: Weather | None = None,
    faults: tuple[str, ...] = (),
    share: float = 0.12,
    frames: tuple[int, int] = (5, 200),
    most: int = 500,
    knows_air: bool = True,
    zero_points: bool | None = None,
    fields: int | None = None,
) -> Drawn:
    """Draw a night.

    Parameters
    ----------
    seed : int
    weather : Weather, optional
        A random moonlit one if it is not given.
    faults : tuple of str
        Kinds of :data:`FAULTS`, of which `share` of the frames have one, single or in runs.
    frames : (int, int)
        Fewest and most of one field.
    most : int
        Of the whole night.
    knows_air : bool
        Whether headers tell the airmass.
    zero_points : bool, optional
        Whether solved frames have a zero point; as it happens if it is not given.
    """
    rng = np.random.default_rng(seed)
    weather = weather or moonlit(rng, seed)
    zero_points = bool(rng.random() < 0.5) if zero_points is None else zero_points
    drift = rng.normal(0, 0.02)  # dust on the optics
    plan = _programme(rng, frames, most, fields)
    end = rng.uniform(6, 10) if weather.dawn is None else weather.dawn + 1.3
    hours = np.linspace(0, end, len(plan)) + rng.normal(0, 0.002, len(plan))
    hours = np.sort(hours)
    seeing = weather.seeing * np.exp(_walk(rng, hours, weather.breath, 0.7))
    clear = _walk(rng, hours, 0.01, 0.5)
    truth = _faulty(rng, len(plan), faults, share)
    targets = {t: _Target(rng, latitude=rng.uniform(25, 55)) for t in {t for t, _ in plan}}
    drawn = Drawn()
    for i, (target, name) in enumerate(plan):
        light = targets[target].light(
            rng, name, hours[i], float(seeing[i]), float(clear[i]), weather, truth[i], knows_air
        )
        values = dict(light.values) | {"frame": f"light_{i:04d}"}
        if zero_points and values["zero_point"] is not None:
            values["zero_point"] += drift
        else:
            values |= {"zero_point": None, "zero_point_error": None}
        drawn.lights.append(replace(light, values=values))
        drawn.truth.append(truth[i] or _of_weather(weather, hours[i]))
    return drawn


def moonlit(rng, seed):
    """A night on which the Moon rises, sets, or both."""
    rise = rng.uniform(-6, 8)
    return Weather(
        seed, moon=rng.uniform(1, 8), moon_up=(rise, rise + rng.uniform(3, 11)),
        seeing=rng.uniform(1.8, 4.5), breath=rng.uniform(0.05, 0.12),
    )  # fmt: skip


def _of_weather(weather, hour):
    if weather.haze:
        return "cloud"
    if weather.dew and hour >= weather.dew[0]:
        return "dew" if _dewy(weather, hour) > 0.25 else "little"
    if weather.dawn is not None and hour > weather.dawn:
        return "moon or dawn" if hour > weather.dawn + 0.5 else "little"
    return ""


def _dewy(weather, hour):
    if not weather.dew or hour < weather.dew[0]:
        return 0.0
    start, end = weather.dew
    return 1.2 * ((hour - start) / (end - start)) ** 1.2


def _programme(rng, frames, most, fields):
    """Target and filter of each frame in order of time: filter by filter, or in turns."""
    wanted = []
    names = list(rng.permutation(list(FILTERS))[: rng.integers(3, 8)])
    for target in range(fields or rng.integers(2, 6)):
        each = int(np.exp(rng.uniform(*np.log(frames))))
        block = [(target, str(name)) for name in names for _ in range(each)]
        if rng.random() < 0.5:
            block = [block[i * each + j] for j in range(each) for i in range(len(names))]
        wanted.append(block)
    scale = min(1.0, most / sum(map(len, wanted)))
    if scale < 1:
        return [one for block in wanted for one in _thinned(block, scale, frames[0])]
    return [one for block in wanted for one in block]


def _thinned(block, scale, least):
    """Fewer frames of each filter, in the order as they stand."""
    names = sorted({name for _, name in block})
    each = len(block) // len(names)
    keep = max(least, int(each * scale))
    counts = dict.fromkeys(names, 0)
    kept = []
    for one in block:
        counts[one[1]] += 1
        if counts[one[1]] <= keep:
            kept.append(one)
    return kept


def _faulty(rng, count, faults, share):
    truth = [""] * count
    if not faults:
        return truth
    left = int(np.ceil(share * count))
    while left > 0:
        kind = str(rng.choice(faults))
        run = 1 if kind == "wrong pointing" else int(min(left, rng.choice([1, 1, 2, 4, 8])))
        start = int(rng.integers(0, max(1, count - run)))
        for at in range(start, min(start + run, count)):
            truth[at] = kind
        left -= run
    return truth


class _Target:
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
        passes = np.exp(clear - extinction * air - weather.haze - 0.6 * _dewy(weather, hour))
        fwhm *= 1 + 0.35 * _dewy(weather, hour)
        sky = dark * (1 + self._moon(weather, hour, name)) * (0.7 + 0.3 * air)
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
        return self._measured(
            rng,
            name,
            hour,
            place,
            rate,
            fwhm,
            sky,
            stretch,
            cells,
            exposure,
            air,
            shift,
            knows_air,
            2.5 * np.log10(through * passes * np.median(patch)) + 22,
        )

    def _moon(self, weather, hour, name):
        rise, down = weather.moon_up
        if not rise < hour < down:
            return 0.0
        # Highest in the middle; narrow filters see the same part of it.
        height = np.sin(np.pi * (hour - rise) / (down - rise)) * min(1, (down - rise) / 11)
        return weather.moon * height * (1.3 if name in ("B", "O3") else 1.0)

    def _measured(
        self,
        rng,
        name,
        hour,
        place,
        rate,
        fwhm,
        sky,
        stretch,
        cells,
        exposure,
        air,
        shift,
        knows,
        zero,
    ):
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
            "mjd": 61041.7 + hour / 24, "airmass": float(air) if knows else None,
            "solved": solved, "ra_deg": centre[0], "dec_deg": centre[1],
            "scale_arcsec": SCALE if solved else None, "offset_arcmin": offset,
            "sources": len(xy), "fwhm_px": width_px if len(xy) > 2 else None,
            "ellipticity": float(np.median(size)) if len(xy) else None,
            "sky": float(sky * exposure), "sky_noise": float(noise), "date_obs": None,
            "reason": None,
            "zero_point": float(zero + self.bias[name] + rng.normal(0, 0.01)) if solved else None,
            "zero_point_error": 0.01 if solved else None,
        }  # fmt: skip
        return Measured(
            values, (self.ra, self.dec), SHAPE, stars,
            skies.astype(float),
        )  # fmt: skip


def judged_night(seed: int, *, earlier: int = 0, **options):
    """Draw and judge a night, with so many clear ones before it: the table, with the truth."""
    before = [
        measure_night(
            draw_night(10**6 + 100 * seed + n, most=60, fields=2, zero_points=True).lights
        )
        for n in range(earlier)
    ]
    drawn = draw_night(seed, **options)
    return judge(measure_night(drawn.lights), before).assign(truth=drawn.truth)
