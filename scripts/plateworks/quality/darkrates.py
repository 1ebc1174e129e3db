"""The dark current of a setup at one temperature, night by night, by the levels of its darks."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

from plateworks.darklaw import USUAL_DOUBLING, USUAL_ERROR, Place, reference_of
from plateworks.orders.trends import TrendMaster, day_of
from plateworks.pixels.photontransfer import Measured
from plateworks.quality.trendcards import Told


def dark_rates(told: Sequence[Told]) -> Iterator[tuple[TrendMaster, Measured]]:
    """Yield the dark current of each dark that tells it: ADU a second at the reference.

    That is the middle temperature of all darks; those of others are brought to it by how dark
    current usually doubles, and their errors tell how well that is known.  Where bias is in a dark,
    that of the nearest night is taken out.

    Parameters
    ----------
    told : sequence of Told
        Of all masters of a setup.
    """
    biases = sorted(
        (day_of(one.master.night), one.level)
        for one in told
        if one.master.kind == "bias" and one.level is not None
    )
    darks = [one for one in told if one.master.kind == "dark" and one.master.exposure]
    places = [place for one in darks if (place := _place(one.master)) is not None]
    reference = reference_of(places) if places else None
    for one in darks:
        light = _without_bias(one, biases)
        place = _place(one.master)
        if light is None or (place is None) != (reference is None):
            continue
        off = 0.0 if place is None or reference is None else place.temperature - reference
        factor = math.pow(2.0, -off / USUAL_DOUBLING) / (one.master.exposure or 1.0)
        rate = light.value * factor
        unsure = rate * math.log(2.0) * off * USUAL_ERROR / USUAL_DOUBLING**2
        yield one.master, Measured(rate, math.hypot(light.error * factor, unsure))


def usual_darks(told: Sequence[Told]) -> list[Told]:
    """Return the darks of the exposure and temperature that most have, the longest of several.

    Those of others show other numbers of hot pixels.
    """
    darks = [one for one in told if one.master.kind == "dark"]
    counts = Counter((one.master.exposure, one.master.temperature) for one in darks)
    usual = max(counts, key=lambda one: (counts[one], one[0] or 0.0, one[1] or 0.0), default=None)
    return [one for one in darks if (one.master.exposure, one.master.temperature) == usual]


def _place(master: TrendMaster) -> Place | None:
    if master.temperature is None or master.exposure is None:
        return None
    return Place(master.exposure, master.temperature)


def _without_bias(dark: Told, biases: Sequence[tuple[int, Measured]]) -> Measured | None:
    """Return the level of a dark above its bias; biases are sorted by their days."""
    if dark.level is None or dark.bias_off:
        return dark.level
    day = day_of(dark.master.night)
    later = bisect_left(biases, day, key=lambda one: one[0])
    near = biases[max(later - 1, 0) : later + 1]
    if not near:
        return None
    _, bias = min(near, key=lambda one: abs(one[0] - day))
    return Measured(dark.level.value - bias.value, math.hypot(dark.level.error, bias.error))
