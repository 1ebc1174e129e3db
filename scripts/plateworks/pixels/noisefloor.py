"""The variance of a pixel before any light: that of the amplifier, the dark and the masters.

Most pixels have the same, and then the others are told one by one: an image of it would have to be
read from memory with every light.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Floats
from plateworks.pixels.blocks import row_blocks
from plateworks.pixels.spots import Spots, spots_at
from plateworks.pixels.statistics import median
from plateworks.pixels.variance import Camera, DarkSignal, Divisor, Taken

#: One of so many pixels of a row, and one of so many blocks, tell what is usual.
_EVERY, _SOME = 61, 4
#: Share of the pixels that may have another variance than most, and be told one by one.
_FEW = 1 / 64


class Floor(NamedTuple):
    """What does not depend on the light in a frame.

    Attributes
    ----------
    even : float
        The variance of a pixel like most, before it is divided, ADU².
    odd : Spots
        The M pixels that have another.
    others : (M,) float32 array
        Theirs, ADU².
    each : (H, W) float32 array or None
        Of each pixel, ADU², where no value is that of most.
    rounding : float
        Of rounding the product, ADU².
    least, most : float
        The least and the greatest of all that in the product, ADU².
    masters : float
        Part of an ordinary pixel's that is its masters', ADU² of the product.
    """

    even: float
    odd: Spots
    others: Floats
    each: Floats | None
    rounding: float
    least: float
    most: float
    masters: float


def floor_of(
    shape: tuple[int, int],
    camera: Camera,
    signal: DarkSignal | None,
    taken: Sequence[Taken],
    divisor: Divisor,
    rounding: float = 0.0,
) -> Floor:
    """Return the floor of lights with the same masters.

    Parameters
    ----------
    shape : (int, int)
    camera : Camera
    signal : DarkSignal or None
    taken : sequence of Taken
        Each master once: the same one in two places counts with the sum of its factors.
    divisor : Divisor
    rounding : float
        Variance of rounding the product, ADU².
    """
    least, most, even, of_masters = np.nan, np.nan, np.float32(0), []
    odd, others, many = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)], 0
    for number, rows in enumerate(row_blocks(shape)):
        masters = _of_masters(signal, taken, rows)
        before = np.broadcast_to(
            _undivided(masters, signal, camera, rows, shape[1]), (rows.stop - rows.start, shape[1])
        )
        factors = np.square(divisor.rows(rows) * np.float32(divisor.scale))
        variance = before * factors + np.float32(rounding)
        least = np.fmin(least, np.fmin.reduce(variance, axis=None))
        most = np.fmax(most, np.fmax.reduce(variance, axis=None))
        if not number:
            sample = np.sort(before[:, ::_EVERY], axis=None)
            even = sample[sample.size // 2]
        if number % _SOME == 0:
            of_masters.append(np.broadcast_to(masters * factors, before.shape)[:, ::_EVERY])
        if many <= _FEW * shape[0] * shape[1]:
            found = np.flatnonzero(before != even)
            odd.append(found + rows.start * shape[1])
            others.append(before.reshape(-1)[found])
            many += found.size
    each = None
    if many > _FEW * shape[0] * shape[1]:
        odd, others, each = odd[:1], others[:1], np.empty(shape, np.float32)
        for rows in row_blocks(shape):
            masters = _of_masters(signal, taken, rows)
            each[rows] = _undivided(masters, signal, camera, rows, shape[1])
    return Floor(
        even=float(even),
        odd=spots_at(np.concatenate(odd), shape[1]),
        others=np.concatenate(others),
        each=each,
        rounding=rounding,
        least=float(least),
        most=float(most),
        masters=median(np.concatenate(of_masters, axis=None)),
    )


def _of_masters(
    signal: DarkSignal | None, taken: Sequence[Taken], rows: slice
) -> Floats | np.float32:
    """Return the variance of some rows that is of masters, ADU² before the division."""
    masters: Floats | np.float32 = np.float32(0)
    for one in taken:
        masters = masters + np.float32(one.factor**2) * one.spread.rows(one.master, rows)
    if signal is not None and signal.k_error:
        masters = masters + np.square(np.float32(signal.k_error) * signal.rows(rows))
    return masters


def _undivided(
    masters: Floats | np.float32,
    signal: DarkSignal | None,
    camera: Camera,
    rows: slice,
    width: int,
) -> Floats | np.float32:
    """Return the variance of some rows without any light, ADU² before the division."""
    charge: Floats | np.float32 = np.float32(0)
    if signal is not None:
        charge = signal.rows(rows)
        charge *= np.float32(signal.k / camera.egain)
    return masters + (charge + camera.dark(rows, width))
