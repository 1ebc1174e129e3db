"""What other programs measure of a camera, by the same frames: judges of our own figures.

emva1288 is the reference of EMVA Standard 1288, getframes a simulator with a photon transfer of its
own.  Both want several levels of light, two frames of each, and know neither vignetting, stars nor
lamps that drift.  Neither tells an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from emva1288.process import routines
from emva1288.process.data import Data1288
from emva1288.process.results import Results1288
from getframes.analysis import characterize_flat, stack_statistics
from scipy.stats import chi2

Frames = Sequence[np.ndarray]


class Found(NamedTuple):
    """What was found.

    Attributes
    ----------
    gain : float
        Electrons per ADU.
    read_noise : float
        Electrons.
    full_well : float or None
        The level of the largest noise, ADU above bias; None: it is not reached.
    departure : float
        The largest departure from linear, as a part.
    """

    gain: float
    read_noise: float
    full_well: float | None
    departure: float


def by_emva1288(bias: Frames, flats: Mapping[float, Frames]) -> Found:
    """Let the reference of EMVA Standard 1288 measure.

    Parameters
    ----------
    bias : sequence of two (H, W) integer arrays
    flats : mapping of float to two (H, W) integer arrays each
        By the light of each, in any unit.
    """
    routines.np = _Numpy1()
    dark, most = routines.get_int_imgs(bias), max(flats)
    height, width = bias[0].shape
    levels = {0.0: _sums(bias), **{light: _sums(some) for light, some in flats.items()}}
    spatial = {0.0: dark, most: routines.get_int_imgs(flats[most])}
    told = {"width": width, "height": height, "temporal": {1.0: levels}, "spatial": {1.0: spatial}}
    data = Data1288(told).data
    results = Results1288(data)
    full, light = int(results.index_u_ysat), data["temporal"]["u_y"] - data["temporal"]["u_ydark"]
    return Found(
        1 / float(results.K),
        float(results.sigma_d),
        float(light[full]) if full + 1 < len(light) else None,
        max(abs(float(results.LE_min)), abs(float(results.LE_max))) / 100,
    )


def by_getframes(bias: Frames, flats: Mapping[float, Frames]) -> Found:
    """Let getframes measure; see :func:`by_emva1288`.

    It takes the median of the variances that pixels show; that of few frames is too small by what
    the distribution of chi squared says, which is undone here.
    """
    dark = stack_statistics(bias)
    stacks = {light: stack_statistics(some) for light, some in flats.items()}
    found = characterize_flat(stacks, bias_adu=float(np.mean(dark.mean_adu)))
    free = len(next(iter(flats.values()))) - 1
    gain = found.gain_e_per_adu * float(chi2.median(free)) / free
    noise = gain * float(np.sqrt(np.mean(dark.variance_adu2)))
    return Found(gain, noise, found.full_well_adu, float(found.nonlinearity or 0))


def _sums(frames: Frames) -> dict[str, Any]:
    """Return what the loader of emva1288 keeps of two frames of one light."""
    found = routines.get_int_imgs(frames)
    return {"sum": found["sum"].sum(), "pvar": found["pvar"].sum(), "dmean": found["dmean"]}


class _Numpy1:
    """NumPy with what emva1288 1.0.2 calls of it that NumPy 2 has no more."""

    @staticmethod
    def asfarray(values: Any) -> np.ndarray:
        return np.asarray(values, float)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)
