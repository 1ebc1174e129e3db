"""The stars of index files: all that lie in a field, whichever index matched.

An index file holds its stars as unit vectors in a tree of libkd (Astrometry.net), the tables
``kdtree_data_stars`` and ``kdtree_range_stars``, and beside them in which sweep over the sky each
was taken: the brightest of every cell first.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from plateworks.sky.engines.indexes import Index
from plateworks.sky.engines.indexmotions import moved
from plateworks.sky.engines.indextables import Cells, tables_of
from plateworks.sky.projection import chord, unit_vectors

#: The same star in two indexes, in arcseconds.
SAME = 1.0
#: The two lowest bits of a splitting plane are the axis that it splits.
_AXIS = 3
#: Index files whose places in their files are remembered.
_REMEMBERED = 64
#: The first columns of the tables of a tree, and the type of their rows.
_PARTS = {
    "kdtree_data_stars": "V12", "kdtree_range_stars": "<f8", "kdtree_split_stars": "<u4",
    "kdtree_lr_stars": "<u4", "sweep": "u1",
}  # fmt: skip


class Tree(NamedTuple):
    """The stars of one index.

    Attributes
    ----------
    numbers : Cells
        Three for each star, as bytes.
    low, unit : (3,) float64 array, float
        What makes unit vectors of them.
    sweep : Cells
        One for each star.
    split, last : uint32 arrays
        The planes that split the tree, node by node, and the last star of each leaf.
    """

    numbers: Cells
    low: np.ndarray
    unit: float
    sweep: Cells
    split: np.ndarray
    last: np.ndarray


def stars_of(
    indexes: Iterable[Index],
    ra: float,
    dec: float,
    radius: float,
    most: int,
    epoch: float | None = None,
) -> np.ndarray:
    """Give the stars within a circle, those of all indexes together, each once.

    Parameters
    ----------
    indexes : iterable of Index
    ra, dec, radius : float
        The circle, in degrees.
    most : int
        Of more stars than that, the brighter ones are given: coarse indexes hold bright stars, and
        each its brightest first.
    epoch : float, optional
        Julian year to which stars are moved whose proper motions an index tells.

    Returns
    -------
    (N, 3) float64 array
        Right ascension and declination in degrees, and that epoch: NaN where a star is as it is
        indexed.
    """
    from scipy.spatial import KDTree

    middle, reach = unit_vectors(np.array([[ra, dec]]))[0], chord(radius)
    found, epochs = np.empty((0, 3)), np.empty(0)
    for index in sorted(indexes, key=lambda one: (-one.low, one.path)):
        tree = read_tree(index.path)
        if tree is None:
            continue
        rows, stars = stars_within(tree, middle, reach)
        stars, years = moved(index.path, rows, stars, epoch)
        order = np.argsort(tree.sweep.some(rows), kind="stable")
        stars, years = stars[order], years[order]
        if len(found) and len(stars):
            apart, _ = KDTree(found).query(stars, distance_upper_bound=np.radians(SAME / 3600))
            stars, years = stars[~np.isfinite(apart)], years[~np.isfinite(apart)]
        found = np.concatenate([found, stars])[:most]
        epochs = np.concatenate([epochs, years])[:most]
    x, y, z = found.T
    right_ascension = np.degrees(np.arctan2(y, x)) % 360
    return np.column_stack([right_ascension, np.degrees(np.arcsin(z)), epochs])


def stars_within(tree: Tree, middle: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Give the stars of an index within a distance of a unit vector: their rows, and vectors.

    Returns
    -------
    rows : (N,) int array
    stars : (N, 3) float64 array
    """
    rows = _rows(tree, (middle - reach - tree.low) / tree.unit,
                 (middle + reach - tree.low) / tree.unit)  # fmt: skip
    numbers = tree.numbers.some(rows).view("<u4").reshape(-1, 3)
    stars = numbers * tree.unit + tree.low
    inside = np.sum((stars - middle) ** 2, axis=1) <= reach**2
    stars = stars[inside]
    return rows[inside], stars / np.linalg.norm(stars, axis=1, keepdims=True)


def _rows(tree: Tree, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The stars of the leaves that reach into a box, (N,) int."""
    nodes = np.zeros(1, dtype=np.int64)
    while len(nodes) and nodes[0] < len(tree.split):
        split = tree.split[nodes]
        axis, plane = split & _AXIS, split & ~np.uint32(_AXIS)
        left = nodes[low[axis] <= plane.astype(np.float64) + _AXIS]
        right = nodes[high[axis] >= plane.astype(np.float64) - _AXIS]
        nodes = np.concatenate([2 * left + 1, 2 * right + 2])
    leaves = np.sort(nodes) - len(tree.split)
    ends = tree.last[leaves].astype(np.int64) + 1
    starts = np.where(leaves > 0, tree.last[leaves - 1].astype(np.int64) + 1, 0)
    ranges = [np.arange(*pair) for pair in zip(starts, ends, strict=True)]
    return np.concatenate([np.empty(0, np.int64), *ranges])


@lru_cache(_REMEMBERED)
def read_tree(path: str) -> Tree | None:
    """Find the stars of an index; None if they are stored in another way, or are damaged.

    Raises
    ------
    OSError, TroubleError
        If it cannot be read for a reason that may pass.
    """
    tables = {table.first: table.rows for table in tables_of(path)}
    parts = [tables.get(name) for name in _PARTS]
    widths = [part and part.stride for part in parts]
    if widths != [np.dtype(kind).itemsize for kind in _PARTS.values()]:
        return None
    numbers, ranges, split, last, sweep = (
        part._replace(kind=kind) for part, kind in zip(parts, _PARTS.values(), strict=True)
        if part is not None
    )  # fmt: skip
    if ranges.number != 7 or last.number != split.number + 1 or sweep.number != numbers.number:
        return None
    bounds, ends = ranges.all(), last.all()
    rising = np.all(np.diff(ends.astype(np.int64)) >= 0) and ends[-1] == numbers.number - 1
    if not rising or not bounds[6] > 0:
        return None
    return Tree(numbers, bounds[:3], 1 / float(bounds[6]), sweep, split.all(), ends)
