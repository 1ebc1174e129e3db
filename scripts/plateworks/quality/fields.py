"""Which lights show the same field: the same camera and filter, aimed at the same place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from plateworks.quality.measured import Measured

#: Degrees that make another field where no scale tells how wide one is.
UNKNOWN_WIDTH = 0.5


def fields_of(lights: Sequence[Measured]) -> list[list[int]]:
    """Group lights, by their places in the sequence, each group in order.

    A field is where they were aimed, not where they point: so one that points elsewhere stands out.
    Lights that do not say where they were aimed go with the others of their object.
    """
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for place, light in enumerate(lights):
        groups[light.group].append(place)
    return [field for group in groups.values() for field in _divided(lights, group)]


def short_side(light: Measured) -> float:
    """Degrees along the short side of a light; NaN where its scale is not known."""
    return light.number("scale_arcsec") * min(light.shape) / 3600


def _divided(lights: Sequence[Measured], group: Sequence[int]) -> list[list[int]]:
    """Divide lights of one group by where they were aimed."""
    sides = [short_side(lights[place]) for place in group]
    known = [side for side in sides if np.isfinite(side)]
    width = float(np.median(known)) / 2 if known else UNKNOWN_WIDTH
    fields: list[list[int]] = []
    silent = []
    for place in group:
        if lights[place].stated is None:
            silent.append(place)
            continue
        near = (one for one in fields if apart(lights[one[0]].stated, lights[place].stated) < width)
        field = next(near, None)
        if field is None:
            fields.append([place])
        else:
            field.append(place)
    for place in silent:
        name = lights[place].values.get("object")
        alike = [one for one in fields if lights[one[0]].values.get("object") == name]
        if alike:
            max(alike, key=len).append(place)
        else:
            fields.append([place])
    return [sorted(field) for field in fields]


def apart(one: tuple[float, float] | None, other: tuple[float, float] | None) -> float:
    """Degrees between two places in the sky; NaN where either is not known."""
    if one is None or other is None:
        return float("nan")
    (ra, dec), (ra2, dec2) = np.radians(one), np.radians(other)
    half = np.sin((dec - dec2) / 2) ** 2 + np.cos(dec) * np.cos(dec2) * np.sin((ra - ra2) / 2) ** 2
    return float(np.degrees(2 * np.arcsin(np.sqrt(min(half, 1.0)))))
