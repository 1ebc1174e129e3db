"""The noise of single values of bias frames and darks, as their set tells it, to reject against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from plateworks.errors import PlateworksError
from plateworks.metadata.kinds import KINDS
from plateworks.orders.frames import FrameOrder
from plateworks.orders.masters import MasterOrder
from plateworks.pixels.arrays import Reals
from plateworks.pixels.calibrate import subtract
from plateworks.pixels.cfa import Cell
from plateworks.pixels.combine import combine
from plateworks.pixels.defects import shot_noise
from plateworks.pixels.statistics import median
from plateworks.pixels.varianceclip import KnownNoise
from plateworks.products.cells import cell_of
from plateworks.products.inputs import Inputs
from plateworks.products.noise import SetNoise
from plateworks.products.rawframes import frame_of
from plateworks.products.screened import Trial, levels_of, sampled


def known_noise(
    order: MasterOrder,
    trial: Trial,
    orders: Sequence[FrameOrder],
    inputs: Inputs,
    spread: SetNoise,
) -> KnownNoise:
    """Return the noise of the values that are combined, ADU.

    That of an ordinary pixel is what the scatter of the set says, and by how much whole frames lie
    apart.  A pixel of a dark that has more has the shot noise of that: as the hot pixels of the
    sample show it, where there are enough, else by the gain; where neither tells it, there is none.

    Parameters
    ----------
    order : MasterOrder
    trial : Trial
        With the samples of the frames.
    orders : sequence of N FrameOrder
        Of those that are combined.
    inputs : Inputs
    spread : SetNoise
        How they scatter.

    Raises
    ------
    PlateworksError
        If no pixel has a value in all frames, so that nothing tells their noise.
    """
    if len(orders) < 3:
        return KnownNoise(np.inf)  # two values do not tell which of them is wrong
    if spread.scatter is None or spread.of_frame is None:
        raise PlateworksError(
            f"No pixel has a value in all of these {len(orders)} frames, so that their noise is "
            f"not known ({', '.join(spread.names[:3])} ...).  Set masters.method to median or "
            "sigma_clip, or leave out the frames that are empty (config key exclude)."
        )
    sigma = float(np.hypot(spread.of_frame, np.std(spread.scatter.offsets, ddof=1)))
    cell = cell_of(frame_of(orders[0]))
    samples = [
        _without_bias(sample, one, inputs, cell)
        for sample, one in zip(trial.kept(trial.samples), orders, strict=True)
    ]
    together = combine(samples, "median", ordinary=sigma)
    level = median(together.value)
    if not KINDS[order.kind].thermal or together.unsteady is None:
        return KnownNoise(sigma, level)
    full = min((one for one in levels_of(trial.kept(trial.full)) if one is not None), default=None)
    excess, scatter = (together.value - level).ravel(), together.unsteady.spread.ravel()
    shot = shot_noise(excess, scatter, sigma, full)
    if shot is None:
        shot = 1 / order.egain if order.egain else 0.0
    return KnownNoise(sigma, level, shot)


def _without_bias(sample: Reals, order: FrameOrder, inputs: Inputs, cell: Cell) -> Reals:
    bias = inputs.subtrahends(order.subtraction).bias
    return subtract(sample, bias=None if bias is None else sampled(bias, cell=cell))
