"""Nights of measures with known faults: all that frames tell of stars and sky, without the pixels.

Weather, Moon, targets, filters, cadence and camera are drawn at random; the seeing breathes, the
mount turns the camera over at the meridian, satellites pass.  Nothing here knows how it is judged.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from measuredfields import FILTERS, Target
from nightweather import Weather, moonlit
from plateworks.quality.judging import judge
from plateworks.quality.measured import Measured
from plateworks.quality.night import measure_night

FAULTS = ("cloud", "obstruction", "focus", "trailing", "wrong pointing")


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
    targets = {t: Target(rng, latitude=rng.uniform(25, 55)) for t in {t for t, _ in plan}}
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
        # What no star is left to tell of may go unseen.
        shapeless = truth[i] in ("focus", "trailing") and values["fwhm_px"] is None
        drawn.truth.append("little" if shapeless else truth[i] or weather.fault(hours[i]))
    return drawn


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
