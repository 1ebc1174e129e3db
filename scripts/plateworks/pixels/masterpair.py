"""How a master differs from one before it of the same setup: pixel by pixel, at large, in spots.

Bias frames and darks are subtracted from each other, flats divided.  What the levels differ by is
told by the levels; here it is taken out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Bits, Bools, Doubles, Floats, Reals
from plateworks.pixels.flatrank import shrink
from plateworks.pixels.framemeasure import GRID, sample_of
from plateworks.pixels.scaled import Scaled
from plateworks.pixels.statistics import median, robust_sigma

#: A pixel differs from so many times the error of the difference on.
FAR = 6.0
#: Blocks on the short side of a frame, and the least side of one, pixels; even, for mosaics.
_BLOCKS, _LEAST = 384, 4
#: Standard deviation of the Gaussian that is taken for large-scale light, in short sides.
_LARGE = 1 / 16
#: Of many blocks one departs by so many of their errors; the error of a median beside a mean's.
_CHANCE, _OF_MEDIAN = 3.0, 1.25
#: A spot stands out by so many deviations of the blocks and this part of the light, has so many
#: blocks at least and no more than this part of the frame.
_STANDS_OUT, _FAINTEST, _FEWEST, _WIDEST = 5.0, 0.006, 3, 0.03
#: What lies within so many blocks of each other is one spot: a ring may be broken.
_GAP = 2


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two masters.

    Attributes
    ----------
    data : (H, W) array
    noise : float or None
        What it states of an ordinary pixel, in the unit of the pixels.
    sigma : (H, W) array, Scaled, or None
        Standard deviation of each pixel.
    mask : (H, W) array or None
        Pixels where it is not 0 take no part in the share of those that differ.
    """

    data: Reals
    noise: float | None = None
    sigma: Floats | Scaled | None = None
    mask: Bits | None = None


class PairFigures(NamedTuple):
    """How a master differs from one before it; NaN where that is not known.

    Attributes
    ----------
    share : float
        Share of pixels that differ by more than :data:`FAR` times the error of the difference.
    noise : float
        Scatter of the difference over what the noise of both lets it be.
    uneven : float
        The largest departure of a block of the grid from the others, beyond what chance does to so
        many: ADU, of flats a share.
    brighter : float
        The same, of blocks that are brighter than before.
    tilt : float
        What a plane explains of it, from edge to edge; `bent` is the largest departure from it.
    bent : float
    appeared, vanished : float
        How many spots in a flat: dark ones that were not there before, and those that were.
    depth : float
        Of the deepest of them, a share of the light.
    """

    share: float
    noise: float
    uneven: float
    brighter: float
    tilt: float
    bent: float
    appeared: float = 0
    vanished: float = 0
    depth: float = 0.0


def compare_masters(new: Side, old: Side, *, flat: bool) -> PairFigures:
    """Compare a master with one before it.

    Parameters
    ----------
    new, old : Side
        Of one shape.
    flat : bool
        Whether they are divided.

    Raises
    ------
    ValueError
        If they differ in shape.
    """
    if new.data.shape != old.data.shape:
        raise ValueError(f"masters of {new.data.shape} and {old.data.shape} pixels")
    side = _side(new.data.shape)
    ours, theirs = (shrink(one.data, side).astype(np.float64) for one in (new, old))
    with np.errstate(divide="ignore", invalid="ignore"):
        fine = ours / theirs if flat else ours - theirs
    usual = median(fine)
    fine = np.nan_to_num(fine / usual - 1 if flat else fine - usual, posinf=0.0, neginf=0.0)
    cells = _cells(fine)
    plane = _plane(cells)
    large = _large_scale(fine, float(np.abs(cells).max()))
    share, noise = _by_pixels(new, old, large, side, usual, flat)
    chance = (
        _CHANCE * _OF_MEDIAN * robust_sigma(fine - large, 0.0) * (cells.size / fine.size) ** 0.5
    )
    beyond = _beyond(cells, chance)
    found = PairFigures(
        share=share,
        noise=noise,
        uneven=float(np.abs(beyond).max()),
        brighter=max(float(beyond.max()), 0.0),
        tilt=float(np.ptp(plane)),
        bent=float(np.abs(_beyond(cells - plane, chance)).max()),
    )
    return found if not flat else found._replace(**_spots(fine - large))


def _side(shape: tuple[int, ...]) -> int:
    side = min(shape) // _BLOCKS
    return max(_LEAST, side + side % 2) if min(shape) >= _LEAST else 1


def _large_scale(fine: Doubles, most: float) -> Doubles:
    """Return the large-scale course of differences about 0, which is no more than `most`.

    What stands out further is drawn in.
    """
    from scipy.ndimage import gaussian_filter

    bound = max(3 * robust_sigma(fine, 0.0), most)
    drawn_in = np.clip(fine, -bound, bound) if bound > 0 else fine
    smooth: Doubles = gaussian_filter(drawn_in, max(1.0, _LARGE * min(fine.shape)), mode="nearest")
    return smooth


def _cells(fine: Doubles) -> Doubles:
    """Return the medians of the cells of the grid, about the median of all."""
    rows = np.array_split(fine, min(GRID[1], fine.shape[0]))
    cells = [
        [np.median(cell) for cell in np.array_split(row, min(GRID[0], fine.shape[1]), axis=1)]
        for row in rows
    ]
    found = np.array(cells)
    return found - np.median(found)


def _beyond(cells: Doubles, chance: float) -> Doubles:
    """Return by how much values about 0 exceed what chance does."""
    found: Doubles = np.sign(cells) * np.maximum(np.abs(cells) - chance, 0)
    return found


def _plane(cells: Doubles) -> Doubles:
    """Return the plane through the values of a grid, of mean 0."""
    plane = np.zeros_like(cells)
    for axis in (0, 1):
        place = np.arange(cells.shape[axis]) - (cells.shape[axis] - 1) / 2
        means = cells.mean(axis=1 - axis)
        slope = (means * place).sum() / max((place**2).sum(), 1.0)
        plane += np.expand_dims(slope * place, 1 - axis)
    return plane


def _by_pixels(
    new: Side, old: Side, large: Doubles, side: int, usual: float, flat: bool
) -> tuple[float, float]:
    """Return the share of pixels that differ, and the scatter beside the noise, by a sample."""
    rows, columns = sample_of(*new.data.shape)
    ours, theirs = (one.data[rows][:, columns].astype(np.float64) for one in (new, old))
    smooth = large[
        np.minimum(np.asarray(rows) // side, large.shape[0] - 1)[:, None],
        np.minimum(columns // side, large.shape[1] - 1)[None],
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        if flat:
            off = ours / (theirs * usual) - 1 - smooth
            errors = np.hypot(
                _errors(new, rows, columns) / ours, _errors(old, rows, columns) / theirs
            )
        else:
            off = ours - theirs - usual - smooth
            errors = np.hypot(_errors(new, rows, columns), _errors(old, rows, columns))
    good = np.isfinite(off) & _unmasked(new, rows, columns) & _unmasked(old, rows, columns)
    if not good.any():
        return np.nan, np.nan
    scatter = robust_sigma(off[good] - np.median(off[good]), 0.0)
    known = good & np.isfinite(errors) & (errors > 0)
    if not known.any():  # nothing is stated: what is ordinary tells itself
        return float(np.mean(np.abs(off[good]) > FAR * scatter)), np.nan
    share = float(np.mean(np.abs(off[known]) > FAR * errors[known]))
    return share, float(scatter / np.median(errors[known]))


def _errors(one: Side, rows: list[int], columns: np.ndarray) -> np.ndarray:
    if one.sigma is not None:
        return np.asarray(one.sigma[rows][:, columns], np.float64)
    return np.full((len(rows), len(columns)), np.nan if one.noise is None else one.noise)


def _unmasked(one: Side, rows: list[int], columns: np.ndarray) -> Bools:
    if one.mask is None:
        return np.ones((len(rows), len(columns)), bool)
    return np.asarray(one.mask[rows][:, columns] == 0)


def _spots(residual: Doubles) -> dict[str, float]:
    """Find spots: blocks together that are darker or brighter than before."""
    from scipy.ndimage import binary_dilation, find_objects, label

    limit = max(_STANDS_OUT * robust_sigma(residual, 0.0), _FAINTEST)
    counts, depth = dict[str, float](), 0.0
    around = np.ones((2 * _GAP + 1,) * 2, bool)
    for name, sign in (("appeared", -1.0), ("vanished", 1.0)):
        stands_out = sign * residual > limit
        labels, _ = label(binary_dilation(stands_out, around), np.ones((3, 3)))
        counts[name] = 0
        for number, where in enumerate(find_objects(labels), 1):
            own = stands_out[where] & (labels[where] == number)
            if _FEWEST <= np.count_nonzero(own) <= _WIDEST * residual.size:
                counts[name] += 1
                depth = max(depth, float((sign * residual[where])[own].max()))
    return {**counts, "depth": depth}
