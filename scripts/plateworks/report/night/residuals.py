"""Where stars lie beside where the solutions have them, over the field, as plain geometry."""

from __future__ import annotations

import math
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from plateworks.products.tables import read_table
from plateworks.report.night.facts import LightFacts

#: Width of a drawing, and how many cells it has along it.
WIDTH, CELLS = 480.0, 14
#: A cell tells its median where it has so many stars; a single light shows so many at most.
_LEAST, _MOST = 3, 150
#: Poor solutions that are drawn one by one.
_POOR = 3
#: Of a cell's width: how long the arrow is that nine of ten do not exceed.
_LONG = 0.75


class Arrow(NamedTuple):
    """A residual: from where the star should be."""

    x: float
    y: float
    to_x: float
    to_y: float


class ResidualMap(NamedTuple):
    """The residuals of some lights.

    Attributes
    ----------
    title : str
    height : float
        Of the drawing, whose first row of pixels is at the top.
    arrows : tuple of Arrow
    stars : int
        How many are told of.
    rms : float
        Root of their mean squared residual, in pixels.
    bar, bar_px : float
        A length of the drawing, and how many pixels of residual it stands for.
    """

    title: str
    height: float
    arrows: tuple[Arrow, ...]
    stars: int
    rms: float
    bar: float
    bar_px: float


def residual_maps(lights: Iterable[LightFacts]) -> list[ResidualMap]:
    """Return the residuals of all lights of a size together, and of the first poor solutions."""
    together: dict[tuple[int, int], list[np.ndarray]] = defaultdict(list)
    poor: list[tuple[LightFacts, tuple[int, int], np.ndarray]] = []
    for light in lights:
        shape = _shape(light)
        stars = _stars(light) if light.solved and shape is not None else None
        if shape is None or stars is None or not len(stars):
            continue
        if light.quality != "poor":
            together[shape].append(stars)
        elif len(poor) < _POOR:
            poor.append((light, shape, stars))
    return [*_together(together), *_each(poor)]


def _shape(light: LightFacts) -> tuple[int, int] | None:
    height, width = light.numbers.get("height"), light.numbers.get("width")
    return (int(height), int(width)) if height and width else None


def _stars(light: LightFacts) -> np.ndarray | None:
    """Return X, Y, DX and DY of matched stars, (P, 4)."""
    table = read_table(light.path, "RESIDUALS") if os.path.exists(light.path) else {}
    return np.column_stack([table[name] for name in ("X", "Y", "DX", "DY")]) if table else None


def _together(groups: dict[tuple[int, int], list[np.ndarray]]) -> Iterator[ResidualMap]:
    for shape in sorted(groups):
        stars, count = np.vstack(groups[shape]), len(groups[shape])
        lights = "one light" if count == 1 else f"{count} lights together"
        size = f", {shape[1]} × {shape[0]}" if len(groups) > 1 else ""
        title = f"{lights}{size}, medians of parts of the field"
        yield _map(title, shape, stars, list(_medians(stars, shape)))


def _each(poor: Sequence[tuple[LightFacts, tuple[int, int], np.ndarray]]) -> Iterator[ResidualMap]:
    for light, shape, stars in poor:
        title = f"{light.frame}, a poor solution, star by star"
        yield _map(title, shape, stars, [tuple(map(float, star)) for star in stars[:_MOST]])


def _medians(stars: np.ndarray, shape: tuple[int, int]) -> Iterator[tuple[float, ...]]:
    """Yield the middle of each part of the field, and the medians of the residuals in it."""
    side = shape[1] / CELLS
    rows = max(1, round(shape[0] / side))
    column = np.clip((stars[:, 0] - 0.5) // side, 0, CELLS - 1)
    row = np.clip((stars[:, 1] - 0.5) * rows // shape[0], 0, rows - 1)
    place = (row * CELLS + column).astype(int)
    for one in np.unique(place):
        some = stars[place == one]
        if len(some) >= _LEAST:
            dx, dy = np.median(some[:, 2:], axis=0)
            x, y = (one % CELLS + 0.5) * side, (one // CELLS + 0.5) * shape[0] / rows
            yield x + 0.5, y + 0.5, float(dx), float(dy)


def _map(
    title: str, shape: tuple[int, int], stars: np.ndarray, told: Sequence[tuple[float, ...]]
) -> ResidualMap:
    scale, cell = WIDTH / shape[1], WIDTH / CELLS
    lengths = [math.hypot(dx, dy) for _, _, dx, dy in told]
    longest = float(np.percentile(lengths, 90)) if lengths else 0.0
    times = _LONG * cell / longest if longest > 0 else 1.0
    arrows = tuple(
        Arrow(
            round((x - 0.5) * scale, 1), round((y - 0.5) * scale, 1),
            round((x - 0.5) * scale + dx * times, 1), round((y - 0.5) * scale + dy * times, 1),
        )
        for x, y, dx, dy in told
    )  # fmt: skip
    bar_px = _round(2 * cell / times)
    return ResidualMap(
        title=title,
        height=round(WIDTH * shape[0] / shape[1], 1),
        arrows=arrows,
        stars=len(stars),
        rms=float(np.sqrt(np.mean(np.sum(stars[:, 2:] ** 2, axis=1)))),
        bar=round(bar_px * times, 1),
        bar_px=bar_px,
    )


def _round(length: float) -> float:
    """Return the greatest of 1, 2 and 5 times a power of ten that is no greater."""
    power = 10.0 ** math.floor(math.log10(length))
    return next(round(power * one, 10) for one in (5, 2, 1) if power * one <= length * 1.001)
