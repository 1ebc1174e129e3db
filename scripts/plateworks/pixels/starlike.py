"""Hits that sit on stars: told from cosmic rays by what lies beside them.

Light that came through the optics is nowhere sharper than a star; a cosmic ray did not, and ends at
the edge of a pixel.  So a hit is none of a star if the pixels beside it hold less than a star as
bright would leave there, wherever within reach its centre may be.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Bools, Doubles, Floats, Integers

#: Stars are taken to be that much sharper than the sample says, and their profile to be known so
#: well: they differ over the field, and no star is a Gaussian.
SHARPER, PROFILE = 0.9, 0.2
#: Sum of squares of what is missing beside a hit, in sigmas, beyond which it is no star.
MISSING = 16.0
#: Both opposite pairs beside the peak of a star stand out of their noise by so much.
BESIDE = 3.0
#: A peak of so many sigmas may have been found by itself.
ALONE = 4.0
#: A mosaic's pixel beside one of red or blue has at least this part of a star's light there.
OTHER_COLOUR = 0.35
#: How far from a hit the centre of its star may be, pixels; and steps to its FWHM that are tried.
REACH, STEPS = 1.5, 12
#: Pixels of one colour to each side of whose median the sky is made.
SKY = 6
#: Groups looked at together.
BATCH = 1024

_DIRECT = ((0, 1), (0, -1), (1, 0), (-1, 0))
_DIAGONAL = ((1, 1), (-1, -1), (1, -1), (-1, 1))
BESIDES = _DIRECT + _DIAGONAL


class Scene(NamedTuple):
    """A frame in which hits are judged.

    Attributes
    ----------
    image : (H, W) float32 array
        ADU.
    extra : (H, W) float32 array
        ADU**2, the variance that the value and the reading do not explain.
    ignored : (H, W) bool array
        Pixels that say nothing.
    egain, read_noise : float
        Electrons per ADU; electrons.
    fwhm : float
        Of stars, in pixels, as they are sampled.
    bayer : str or None
        The colours of the first 2x2 pixels; None: no mosaic.
    """

    image: Floats
    extra: Floats
    ignored: Bools
    egain: float
    read_noise: float
    fwhm: float
    bayer: str | None


class Judged(NamedTuple):
    """What hits are, each (N,): in groups of touching ones of one colour round a brightest one.

    Attributes
    ----------
    peak : int64 array
        Which hit is the brightest of the group.
    doubtful : bool array
        May be a star: nothing that a star would leave beside it is missing.
    star : bool array
        And stands out of its noise on all four sides, as no single pixel and no track does.
    """

    peak: Integers
    doubtful: Bools
    star: Bools

    def groups(self) -> int:
        """Return how many groups there are."""
        return int(np.unique(self.peak).size)

    def stars(self) -> int:
        """Return how many groups are stars."""
        return int(np.unique(self.peak[self.star]).size)


def judge(scene: Scene, y: Integers, x: Integers) -> Judged:
    """Tell hits on stars from cosmic rays.

    Hits that touch each other make one group for each peak among them, so that a star beside a
    cosmic ray is judged by itself.  A peak too faint to have been found alone goes with the
    brightest one that it touches.

    Parameters
    ----------
    scene : Scene
    y, x : (N,) int64 arrays
        The hits.
    """
    if not y.size:
        return Judged(y, np.zeros(0, bool), np.zeros(0, bool))
    peak, brightest = _peaks(scene, y, x)
    peaks = np.unique(peak)
    doubtful, star, alone = np.zeros((3, y.size), bool)
    for i in range(0, peaks.size, BATCH):
        part = peaks[i : i + BATCH]
        for members, light in _kinds(scene, y[part], x[part]):
            some = part[members]
            doubtful[some], star[some], alone[some] = _verdicts(scene, y[some], x[some], light)
    peak = np.where(alone[peak], peak, brightest)
    return Judged(peak, doubtful[peak], star[peak])


def _peaks(scene: Scene, y: Integers, x: Integers) -> tuple[Integers, Integers]:
    """Return to which peak each hit leads uphill, and the brightest hit that it is joined to."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    cell = 1 if scene.bayer is None else 2
    colour = (y % cell) * cell + x % cell
    points = np.stack([y // cell, x // cell, 4 * colour], axis=1)
    one, other = KDTree(points).query_pairs(1.5, output_type="ndarray").astype(int).T
    order = np.lexsort((np.arange(y.size), -scene.image[y, x]))
    rank = np.empty(y.size, int)  # 0 is the brightest
    rank[order] = np.arange(y.size)
    up, down = np.where(rank[one] < rank[other], (one, other), (other, one))
    highest = np.arange(y.size)
    steepest = np.argsort(-rank[up])  # the last to be written is the brightest
    highest[down[steepest]] = up[steepest]
    while (further := highest[highest]).tolist() != highest.tolist():
        highest = further
    graph = coo_array((np.ones(one.size, bool), (one, other)), (y.size, y.size))
    group = connected_components(graph, directed=False)[1]
    _, first = np.unique(group[order], return_index=True)
    return highest, order[first][group]


def _kinds(scene: Scene, y: Integers, x: Integers) -> list[tuple[Bools, Doubles]]:
    """Return which hits are of one kind, and how much of a star's light their neighbours have."""
    direct = np.array([1.0] * 4 + [0.0] * 4)
    if scene.bayer is None:
        return [(np.ones(y.size, bool), np.ones(8))]
    colours = np.array(list(scene.bayer)).reshape(2, 2)
    green = (colours == "G")[y % 2, x % 2]
    if np.count_nonzero(colours == "G") != 2 or colours[0, 0] == colours[0, 1]:
        return [(np.ones(y.size, bool), OTHER_COLOUR * direct)]
    return [(green, 1 - direct), (~green, OTHER_COLOUR * direct)]


def _verdicts(
    scene: Scene, y: Integers, x: Integers, colours: Doubles
) -> tuple[Bools, Bools, Bools]:
    """Return which hits may be stars, which are, and which are bright enough to be found alone."""
    value, error, there = _beside(scene, y, x)
    peak, spread = value[0], error[0]
    value, error, there = value[1:], error[1:], there[1:] & (colours > 0)[:, None]
    fewest = np.full(y.size, np.inf)
    for ratio in _profiles(SHARPER * scene.fwhm):
        model = (ratio * colours)[:, None] * np.maximum(peak, 0)
        noise = error**2 + ((ratio * colours)[:, None] * spread) ** 2 + (PROFILE * model) ** 2
        missing = np.where(there, np.maximum(model - value, 0), 0.0) ** 2 / noise
        np.minimum(fewest, missing.sum(axis=0), out=fewest)
    doubtful = fewest <= MISSING
    used = 0 if colours[0] else 4  # the first of four neighbours at right angles
    outstanding = np.ones(y.size, bool)
    for pair in (slice(used, used + 2), slice(used + 2, used + 4)):
        noise = np.sqrt((error[pair] ** 2).sum(axis=0))
        outstanding &= there[pair].all(axis=0) & (value[pair].sum(axis=0) > BESIDE * noise)
    return doubtful, doubtful & outstanding, peak > ALONE * spread


def _profiles(fwhm: float) -> Doubles:
    """Return what a star leaves beside a pixel, in parts of what is in it, for each centre."""
    way = np.linspace(-REACH, REACH, 2 * int(np.ceil(REACH * STEPS / min(fwhm, 3.0))) + 1)
    centre = np.stack(np.meshgrid(way, way, indexing="ij"), axis=-1).reshape(-1, 1, 2)
    scale = 4 * np.log(2) / fwhm**2
    own = (centre**2).sum(axis=-1)
    other = ((np.array(BESIDES) - centre) ** 2).sum(axis=-1)
    return np.exp(np.clip(scale * (own - other), -50, 50))


def _beside(scene: Scene, y: Integers, x: Integers) -> tuple[Doubles, Doubles, Bools]:
    """Return of hits and their eight neighbours light, noise and whether they say anything, (9, N).

    The sky is the median of the pixels of one colour nearby.
    """
    cell = 1 if scene.bayer is None else 2
    reach = np.arange(-SKY, SKY + 1) * cell
    sky = {
        (dy, dx): np.nan_to_num(np.nanmedian(_near(scene, y + dy, x + dx, reach), axis=(1, 2)))
        for dy in range(cell)
        for dx in range(cell)
    }
    height, width = scene.image.shape
    value, error = np.empty((2, 9, y.size))
    there = np.empty((9, y.size), bool)
    for i, (dy, dx) in enumerate(((0, 0), *BESIDES)):
        row, column = y + dy, x + dx
        there[i] = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        row, column = _reflected(row, height), _reflected(column, width)
        there[i] &= ~scene.ignored[row, column]
        found = scene.image[row, column].astype(np.float64)
        variance = np.maximum(found, 0) / scene.egain + (scene.read_noise / scene.egain) ** 2
        value[i] = found - sky[dy % cell, dx % cell]
        error[i] = np.sqrt(np.maximum(variance + scene.extra[row, column], 1e-6))
    return value, error, there & np.isfinite(value)


def _near(scene: Scene, y: Integers, x: Integers, reach: Integers) -> Floats:
    """Return squares round pixels, with NaN for those that say nothing, (N, S, S)."""
    rows = _reflected(y[:, None] + reach, scene.image.shape[0])[:, :, None]
    columns = _reflected(x[:, None] + reach, scene.image.shape[1])[:, None, :]
    return np.where(scene.ignored[rows, columns], np.float32(np.nan), scene.image[rows, columns])


def _reflected(index: Integers, length: int) -> Integers:
    """Mirror indices at the outermost pixels, which keeps the colour."""
    index = np.abs(index)
    return np.clip(length - 1 - np.abs(length - 1 - index), 0, length - 1)
