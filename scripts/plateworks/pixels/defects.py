"""Pixels of a master dark that do harm to a light: how much, and of which kinds they are.

What a hot pixel costs is noise.  Its dark current is subtracted, and the shot noise of that stays;
if it flickers, what is subtracted is not what is there.  So a pixel is judged by how much it raises
the noise of a single frame, beside that of its surroundings.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Bools, Doubles, Floats, Integers, Reals
from plateworks.pixels.badpixels import crowd_of
from plateworks.pixels.cfa import MONO, Cell
from plateworks.pixels.masternoise import most_by_chance
from plateworks.pixels.statistics import median
from plateworks.pixels.surroundings import StandingOut
from plateworks.pixels.unsteady import Unsteady

#: The kinds of a defect, bits.
HOT, NOISY, FLICKERS, NONLINEAR, FULL, EMPTY, COLUMN, ROW, CLUSTER = (1 << n for n in range(9))
#: bit -> what it means, for people.
KINDS = {
    HOT: "hot: its dark current raises the noise",
    NOISY: "noisy: scatters beyond its shot noise",
    FLICKERS: "flickering between two levels",
    NONLINEAR: "near saturation in the dark already",
    FULL: "saturated in the dark",
    EMPTY: "without a value",
    COLUMN: "in a column of defects",
    ROW: "in a row of defects",
    CLUSTER: "in a cluster of defects",
}
#: No dark tells what is to be subtracted from these, whatever their noise.
UNPREDICTED = FLICKERS | NONLINEAR | FULL | EMPTY

#: And a kind that a single dark does not show: what a model of the dark fails to predict.
UNMODELLED = 1 << 9

#: Harm from which on pixels are kept: what they do to the noise of a frame is not seen below.
KEPT = 0.1
#: Fewer frames do not show two levels, and still fewer do not tell how a pixel scatters.
TELL_LEVELS, TELL_SCATTER = 6, 10
#: A pixel is hot from so many times the noise of the master on: of 10 million, 3 are by chance.
#: From fewer where so few lie above by chance that they are this part of all that do.
_HOT, _PERHAPS, _BY_CHANCE = 5.0, 3.5, 0.01
#: Noise of rounding, in steps of the converter.
_ROUNDED = 12**-0.5
#: The part of the range in which a sensor answers to light in proportion.
_LINEAR = 0.8
#: Fewer hot pixels do not tell the shot noise; they are so many sigmas above their surroundings.
_TELL_SHOT, _BRIGHT = 200, 20.0
#: From this harm on a pixel is called bad: in the mask of its dark, and in a line or cluster.
NAMED = 0.25
#: A line has so many defects in so many pixels that follow each other; in a cluster, so many lie in
#: the 5x5 about one of them.
_OF_LINE, _IN_LINE, _OF_CLUSTER = 24, 32, 6


class Defects(NamedTuple):
    """The defects of a master dark.

    Attributes
    ----------
    pixels : (K,) int64 array
        Flat indices, upwards.
    excess : (K,) float32 array
        Above what surrounds them, ADU.
    scatter : (K,) float32 array
        Standard deviation in a single frame, ADU; NaN where it is not known.
    harm : (K,) float32 array
        By which part they raise the noise of a single frame of this exposure; 0.25 makes it a
        quarter more.  NaN where that is not known.
    kinds : (K,) int16 array
        Bits of :data:`KINDS`.
    shot : float or None
        Variance of the dark current, ADU², for each ADU of it; None where nothing tells it.
    noise : float
        Of an ordinary pixel in a single frame, ADU.
    """

    pixels: Integers
    excess: Floats
    scatter: Floats
    harm: Floats
    kinds: np.ndarray
    shot: float | None
    noise: float


def find_defects(
    dark: Reals,
    noise: float,
    *,
    step: float = 0.0,
    count: int = 0,
    unsteady: Unsteady | None = None,
    egain: float | None = None,
    full: float | None = None,
    middle: float | None = None,
    cell: Cell = MONO,
) -> Defects:
    """Find the defects of a master dark.

    Parameters
    ----------
    dark : (H, W) array
        Any real type, ADU.
    noise : float
        Of an ordinary pixel in a single frame, ADU.
    step : float
        Of the converter, ADU; 0 where values are no integers.
    count : int
        How many frames it was combined from.
    unsteady : Unsteady, optional
        How these scatter.
    egain : float, optional
        Electrons per ADU: tells the shot noise where the hot pixels do not.
    full : float, optional
        Level from which on a pixel is saturated, ADU of the master.
    middle : float, optional
        Its median, where that is known already.
    cell : Cell
        How the colours lie: surroundings are those of the same colour.

    Notes
    -----
    Hot are pixels far enough above their surroundings to be so by no chance, and whose shot noise
    does harm by the best estimate.  The scatter of a single pixel has a say from ten frames on, and
    two levels are seen in six; with fewer, level and shot noise decide alone.
    """
    noise, root = max(noise, 1e-6), max(count, 1) ** 0.5
    found_hot, flat = StandingOut(dark, cell, 8.0, _PERHAPS, _BRIGHT * noise), dark.ravel()
    shot, bright = None, found_hot.bright
    if unsteady is not None:
        shot = shot_noise(found_hot.of(bright), unsteady.of(bright), noise, full)
    if shot is None and egain:
        shot = 1 / egain
    middle = median(dark) if middle is None else middle

    def around(pixels: Integers) -> Doubles:
        """Return the variance of a good pixel in the place of these."""
        level = flat[pixels].astype(np.float64) - np.nan_to_num(found_hot.of(pixels)) - middle
        return noise**2 + (shot or 0.0) * np.maximum(np.nan_to_num(level), 0.0)

    found: dict[int, tuple[Integers, Doubles]] = {}
    # Where most pixels around have one value, as in 8 bits, what is rounded away is noise all the
    # same; without a step that is known, the noise of the frames is.
    hot, excess, local = found_hot.pixels, found_hot.excess, found_hot.noise.copy()
    local[local == 0] = noise / root
    np.maximum(local, step * _ROUNDED / root, out=local)
    sure = excess > _least_hot(excess / local, dark.size) * local
    hot, above = hot[sure], excess[sure].astype(np.float64)
    if shot is None:
        found[HOT] = _of_unknown_harm(hot)
    else:
        harm = np.sqrt(1 + shot * above / around(hot)) - 1
        found[HOT] = hot[harm >= KEPT], harm[harm >= KEPT]
    if full is not None:
        level = flat[hot]
        found[FULL] = _of_unknown_harm(hot[level >= full])
        found[NONLINEAR] = _of_unknown_harm(hot[(level >= _LINEAR * full) & (level < full)])
    found[EMPTY] = _of_unknown_harm(found_hot.empty)
    if unsteady is not None and count >= TELL_LEVELS:
        looked = unsteady.looked
        over = np.nan_to_num(found_hot.of(looked.pixels))
        own = np.maximum(over.astype(np.float64), 0.0)
        before = around(looked.pixels)
        likely = np.sqrt(before + (shot or 0.0) * own)
        # Of two levels only the lower is charge that gathered, whatever of both is in the master.
        charge = np.clip(looked.lower + looked.within - (flat[looked.pixels] - over), 0.0, own)
        steady = np.sqrt(before + (shot or 0.0) * charge)
        harm = looked.deviation / np.sqrt(before) - 1
        # A pixel between two numbers of the converter jumps from one to the other.
        jumps = looked.jump > np.maximum(np.maximum(steady, step / 2), looked.within)
        found[FLICKERS] = looked.pixels[jumps], harm[jumps]
        if count >= TELL_SCATTER:
            most = most_by_chance(count - 1) * (likely**2 + step**2 / 4)
            wide = (looked.deviation**2 > most) & (harm >= KEPT)
            found[NOISY] = looked.pixels[wide], harm[wide]
    return _gathered(found, dark.shape, found_hot, unsteady, noise, shot, cell)


def _least_hot(ratios: Reals, count: int) -> float:
    """Return from how many sigmas of the master on a pixel of `count` is hot.

    Parameters
    ----------
    ratios : (K,) array
        Excess over noise of those that may be.

    Notes
    -----
    By the share of those that are not: Y. Benjamini and Y. Hochberg, *Controlling the false
    discovery rate*, 1995.  In a sensor with many hot pixels one of few sigmas is hot; in one
    without, the same is chance.
    """
    for sigma in np.arange(_PERHAPS, _HOT, 0.1):
        chance = count * NormalDist().cdf(-sigma)
        if chance <= _BY_CHANCE * np.count_nonzero(ratios > sigma):
            return float(sigma)
    return _HOT


def _of_unknown_harm(pixels: Integers) -> tuple[Integers, Doubles]:
    return pixels, np.full(pixels.size, np.nan)


def _gathered(
    found: dict[int, tuple[Integers, Doubles]],
    shape: tuple[int, ...],
    excess: StandingOut,
    unsteady: Unsteady | None,
    noise: float,
    shot: float | None,
    cell: Cell,
) -> Defects:
    pixels = np.unique(np.concatenate([some for some, _ in found.values()]))
    harm, kinds = np.full(pixels.size, np.nan, np.float32), np.zeros(pixels.size, np.int16)
    for kind, (some, its) in found.items():
        at = np.searchsorted(pixels, some)
        kinds[at] |= kind
        harm[at] = np.fmax(harm[at], its)
    scatter = np.full(pixels.size, np.nan, np.float32)
    if unsteady is not None:
        scatter = unsteady.of(pixels)
        looked = unsteady.looked
        at = np.searchsorted(pixels, looked.pixels)
        inside = at < pixels.size
        inside[inside] = pixels[at[inside]] == looked.pixels[inside]
        scatter[at[inside]] = looked.deviation[inside]
    named = (harm >= NAMED) | (kinds & UNPREDICTED != 0)
    kinds[named] |= _arrangement(pixels[named], shape, cell)
    return Defects(pixels, excess.of(pixels), scatter, harm, kinds, shot, noise)


def shot_noise(excess: Reals, spread: Reals, noise: float, full: float | None) -> float | None:
    """Return the variance of the dark current for each ADU of it, as the hot pixels show it.

    Parameters
    ----------
    excess, spread : (N,) arrays
        Of each pixel, ADU: what it has more than ordinary ones, and its scatter in a single frame.
    noise : float
        Of an ordinary pixel in a single frame, ADU.
    full : float or None
        Level from which on a pixel is saturated, ADU.

    Returns
    -------
    float or None
        ADU² per ADU; None where too few pixels tell it.
    """
    most = np.inf if full is None else full / 2
    bright = np.flatnonzero((excess > _BRIGHT * noise) & (excess < most))
    variance = np.square(spread[bright].astype(np.float64))
    if bright.size < _TELL_SHOT or not np.median(variance) > 2 * noise**2:
        return None
    return float(np.median((variance - noise**2) / excess[bright]))


def _arrangement(pixels: Integers, shape: tuple[int, ...], cell: Cell) -> np.ndarray:
    """Return which of the defects lie in columns, rows and clusters: bits, (K,) int16."""
    y, x = np.divmod(pixels, shape[1])
    y += y // max(cell.height(shape[0]), 1) * _IN_LINE  # planes are no neighbours
    kinds = np.zeros(pixels.size, np.int16)
    kinds[_in_lines(x, y)] |= COLUMN
    kinds[_in_lines(y, x)] |= ROW
    alone = kinds == 0
    crowded = crowd_of(y[alone], x[alone], shape[1]) >= _OF_CLUSTER
    kinds[alone] |= np.where(crowded, CLUSTER, 0)
    return kinds


def _in_lines(line: Integers, place: Integers) -> Bools:
    """Return which defects lie in lines of them, given the line of each and its place in it."""
    order = np.lexsort((place, line))
    line, place = line[order], place[order]
    first, last = slice(None, -_OF_LINE + 1), slice(_OF_LINE - 1, None)
    dense = (line[last] == line[first]) & (place[last] - place[first] < _IN_LINE)
    begins = np.flatnonzero(dense)
    edges = np.zeros(line.size + 1, np.int64)
    np.add.at(edges, begins, 1)
    np.add.at(edges, begins + _OF_LINE, -1)
    inside = np.zeros(line.size, bool)
    inside[order] = np.cumsum(edges)[:-1] > 0
    return inside
