"""How sharp the stars of a frame are to L.A.Cosmic: from a sample of bright ones.

It asks how the pixels of one colour sample the sharpest stars, before hot pixels and cosmic rays
are gone, by the four pixels beside each peak alone.  How wide stars are on the sky, all of them, is
told later by :mod:`plateworks.sky.shapes`, from which this differs on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Bools, Doubles, Floats, Integers, Reals
from plateworks.pixels.statistics import MAD_TO_SIGMA

#: Side in pixels of the tiles that are looked through, one after the other, until enough stars are
#: found; and how many tiles are looked through in any case, so that all parts of the field count.
TILE, TILES = 512, 12
ENOUGH = 200
#: With fewer stars than this, the width is unknown.
FEW = 5
#: A star of the sample stands out of the sky by so many sigmas; each of the four pixels beside its
#: peak by so many of their own, which tells it from a hot pixel or a short track.
BRIGHT, BESIDE = 20.0, 3.0
#: Pixels to each side, of one colour, of whose median the sky round a star is made.
SKY = 6
#: A Gaussian is so many times as wide at half its height as its sigma says.
FWHM_OF_SIGMA = 2.3548

#: In place of the colours of the first 2x2 pixels: it is a mosaic, and nothing tells its colours.
UNTOLD = "????"

_Step = tuple[int, int]


class Lattice(NamedTuple):
    """Pixels of one colour, and steps from each to its neighbours at right angles.

    Attributes
    ----------
    places : tuple of (int, int)
        Row and column, 0 or 1, of each of its pixels within a cell of 2x2; or one, (0, 0), and
        `cell` is 1: every pixel.
    cell : int
    across, down : (int, int)
        Rows and columns to one neighbour, and to the one at right angles to it.
    """

    places: tuple[tuple[int, int], ...]
    cell: int
    across: _Step
    down: _Step

    @property
    def spacing(self) -> float:
        """Pixels from one neighbour to the next."""
        return float(np.hypot(*self.across))


class StarWidth(NamedTuple):
    """What a sample of bright stars says.

    Attributes
    ----------
    fwhm : float or None
        Full width at half maximum as the pixels sample it, in pixels, in the direction in which
        stars are sharper; three stars of four are at least so wide.  None where there are too few.
    sharpest : float
        That of the sharpest, be it the only one; infinite where there is none.
    y, x : (N,) int64 arrays
        Peaks of the sample.
    covered : float
        Share of the pixels that stars brighten; that much of what hits anywhere hits a star.
    """

    fwhm: float | None
    sharpest: float
    y: Integers
    x: Integers
    covered: float


EVERY = Lattice(((0, 0),), 1, (0, 1), (1, 0))


def lattices(bayer: str | None) -> tuple[Lattice, ...]:
    """Return where to measure: of a mosaic first the greens, which lie closest to each other.

    Parameters
    ----------
    bayer : str or None
        The colours of the first 2x2 pixels, or UNTOLD; None: no mosaic.
    """
    if bayer is None:
        return (EVERY,)
    places = ((0, 0), (0, 1), (1, 0), (1, 1))
    greens = tuple(place for place, colour in zip(places, bayer, strict=True) if colour == "G")
    single = tuple(Lattice((place,), 2, (0, 2), (2, 0)) for place in places)
    if greens in (((0, 0), (1, 1)), ((0, 1), (1, 0))):
        return (Lattice(greens, 2, (1, 1), (1, -1)), *single)
    return single


def star_width(
    image: Reals,
    *,
    egain: float,
    mask: Bools | None = None,
    saturation_adu: float | None = None,
    bayer: str | None = None,
) -> StarWidth:
    """Measure how wide stars are, in tiles spread over a frame.

    Parameters
    ----------
    image : (H, W) float array
        A calibrated frame in ADU; NaN where pixels are missing.
    egain : float
        Electrons per ADU.
    mask : (H, W) bool array, optional
        Pixels that do not count.
    saturation_adu : float, optional
        Stars that reach this level do not count.
    bayer : str, optional
        The colours of the first 2x2 pixels.

    Returns
    -------
    StarWidth

    Notes
    -----
    With p the peak of a Gaussian above its sky and a, b the values one step to either side,
    2 ln p - ln a - ln b is the square of the step over that of sigma, wherever within its pixel the
    star is.
    """
    best = StarWidth(None, np.inf, np.empty(0, int), np.empty(0, int), 0.0)
    for lattice in lattices(bayer):
        found = _measure(image, lattice, egain, mask, saturation_adu)
        if found.fwhm is not None:
            return found
        best = max(best, found, key=lambda one: one.y.size)
    return best


def _measure(
    image: Reals,
    lattice: Lattice,
    egain: float,
    mask: Bools | None,
    saturation: float | None,
) -> StarWidth:
    ys: list[Integers] = []
    xs: list[Integers] = []
    widths: list[Doubles] = []
    covered: list[float] = []
    for number, (top, left) in enumerate(_tiles(image.shape, lattice.cell)):
        if number >= TILES and sum(one.size for one in ys) >= ENOUGH:
            break
        tile = np.s_[top : top + TILE, left : left + TILE]
        pixels = image[tile].astype(np.float32)
        if mask is not None:
            pixels[mask[tile]] = np.nan
        y, x, width, share = _of_tile(pixels, lattice, egain, saturation)
        ys.append(y + top)
        xs.append(x + left)
        widths.append(width)
        covered.append(share)
    y, x, width = np.concatenate(ys), np.concatenate(xs), np.concatenate(widths, axis=1)
    width *= lattice.spacing
    fwhm = float(np.percentile(width, 25, axis=1).min()) if y.size >= FEW else None
    return StarWidth(fwhm, float(width.min(initial=np.inf)), y, x, float(np.mean(covered)))


def _tiles(shape: tuple[int, ...], cell: int) -> Iterator[_Step]:
    """Yield the first row and column of tiles that cover an image, in a scattered order."""
    tops, lefts = (range(0, max(length, 1), TILE) for length in shape)
    corners = [(top, left) for top in tops for left in lefts]
    order = np.argsort(np.arange(len(corners)) * 0.6180339887 % 1.0, kind="stable")
    return (corners[number] for number in order)


def _of_tile(
    pixels: Floats, lattice: Lattice, egain: float, saturation: float | None
) -> tuple[Integers, Integers, Doubles, float]:
    """Return rows and columns of the stars of a tile, their widths both ways in steps, (2, N)."""
    ys: list[Integers] = []
    xs: list[Integers] = []
    widths: list[Doubles] = []
    covered: list[float] = []
    for place in lattice.places:
        plane = pixels[place[0] :: lattice.cell, place[1] :: lattice.cell]
        good = plane[np.isfinite(plane)]
        if not good.size:
            continue
        level = float(np.median(good))
        noise = MAD_TO_SIGMA * float(np.median(np.abs(good - level)))
        noise = max(noise, float(np.sqrt(max(level, 0.0) / egain)) / 2, 1e-6)
        covered.append(np.count_nonzero(good > level + 3 * noise) / plane.size)
        y, x = np.nonzero(plane > level + BRIGHT * noise)
        y, x = y * lattice.cell + place[0], x * lattice.cell + place[1]
        y, x, width = _stars(pixels, lattice, y, x, (noise, egain, saturation))
        ys.append(y)
        xs.append(x)
        widths.append(width)
    if not covered:
        return np.empty(0, int), np.empty(0, int), np.empty((2, 0)), 0.0
    return np.concatenate(ys), np.concatenate(xs), np.concatenate(widths, axis=1), max(covered)


def _stars(
    pixels: Floats,
    lattice: Lattice,
    y: Integers,
    x: Integers,
    known: tuple[float, float, float | None],
) -> tuple[Integers, Integers, Doubles]:
    """Return those of some bright pixels that are peaks of stars, and their widths in steps."""
    noise, egain, saturation = known
    reach = SKY * lattice.cell
    inside = (y >= reach) & (y < pixels.shape[0] - reach)
    inside &= (x >= reach) & (x < pixels.shape[1] - reach)
    y, x = y[inside], x[inside]
    steps = _steps(lattice)
    near = np.stack([pixels[y + dy, x + dx] for dy, dx in steps])
    # The first of two equal values is the peak.
    peak = (near[0] >= near[1:]).all(axis=0) & (near[0] > near[1::2]).all(axis=0)
    if saturation is not None:
        peak &= (near < saturation).all(axis=0)
    y, x, near = y[peak], x[peak], near[:, peak]
    offsets = np.arange(-reach, reach + 1, lattice.cell)
    around = pixels[y[:, None, None] + offsets[:, None], x[:, None, None] + offsets]
    near = near - np.nanmedian(around, axis=(1, 2)) if y.size else near
    error = np.sqrt(noise**2 + np.maximum(near, 0) / egain)
    star = (near[1:5] > BESIDE * error[1:5]).all(axis=0) & (near[0] > BRIGHT * noise)
    star &= near[5:].sum(axis=0) > BESIDE * np.sqrt((error[5:] ** 2).sum(axis=0))
    y, x, near = y[star], x[star], near[:, star].astype(np.float64)
    logs = np.log(near[:5])
    curvature = np.stack([2 * logs[0] - logs[1] - logs[2], 2 * logs[0] - logs[3] - logs[4]])
    return y, x, FWHM_OF_SIGMA / np.sqrt(np.maximum(curvature, 1e-3))


def _steps(lattice: Lattice) -> list[_Step]:
    """Return the peak itself, its four neighbours, in opposite pairs, and the four between them."""
    (ay, ax), (by, bx) = lattice.across, lattice.down
    return [
        (0, 0), (ay, ax), (-ay, -ax), (by, bx), (-by, -bx),
        (ay + by, ax + bx), (-ay - by, -ax - bx), (ay - by, ax - bx), (by - ay, bx - ax),
    ]  # fmt: skip
