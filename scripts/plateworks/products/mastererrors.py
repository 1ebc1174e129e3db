"""An error for every pixel of a master, from the noise that it states of an ordinary one."""

from __future__ import annotations

import numpy as np

from plateworks.orders.masters import MasterOrder
from plateworks.pixels.arrays import Doubles, Floats
from plateworks.pixels.flats import scale_rows
from plateworks.pixels.masternoise import scatter_of
from plateworks.pixels.variance import Spread, of_master, ordinary
from plateworks.products.flats import LevelledFlats
from plateworks.products.noise import SetNoise
from plateworks.products.screened import sampled


def errors_of_master(
    order: MasterOrder,
    master: Floats,
    middle: float,
    noise: float | None,
    spread: SetNoise,
    flats: LevelledFlats | None,
) -> Floats | None:
    """Return the standard deviation of each pixel of a master.

    That of a hot pixel of a dark grows by the shot noise of its charge; that of a flat is the root
    of its light, and each colour of a mosaic has its own.

    Parameters
    ----------
    order : MasterOrder
    master : (H, W) float32 array
        ADU.
    middle : float
        Its median.
    noise : float or None
        Of an ordinary pixel, ADU.
    spread : SetNoise
        How its frames scatter.
    flats : LevelledFlats or None
        The frames of a flat.

    Returns
    -------
    (H, W) float32 array or None
        None where the order does not ask, or where it cannot be told: a master states no noise, or
        nothing tells the gain of darks.
    """
    if not order.uncertainty or noise is None:
        return None
    if flats is not None:
        light = np.maximum(master, np.float32(0))
        return np.sqrt(scale_rows(light, noise**2 * _shares(flats) / middle, 0, light), out=light)
    scatter = spread.scatter
    if order.kind == "bias" or scatter is None or not scatter.variance:
        return np.full(master.shape, noise, np.float32)
    if order.egain is None:
        return None
    usual = ordinary(sampled(master))
    return of_master(master, Spread(noise**2, usual, noise**2 / scatter.variance / order.egain))


def _shares(flats: LevelledFlats) -> Doubles:
    """Return the variance of each colour over that of all, (2, 2), or (1, 1) without colours.

    A colour with less light in its flats is known less well.
    """
    kept = flats.kept
    found = [
        scatter_of([one.even[w] for one in kept], [one.raw[w] for one in kept], flats.levels)
        for w in flats.cell.positions(kept[0].even.shape)
    ]
    each = np.array([np.nan if one is None else one.variance for one in found])
    return np.nan_to_num(each / np.nanmean(each), nan=1.0).reshape(flats.cell.levels)
