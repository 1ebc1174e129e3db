"""Cosmic rays found in windows: the same as in a full pass, for a small part of its time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from plateworks.pixels.arrays import Floats, Integers
from plateworks.pixels.cosmicplane import Hits, Plane, full_pass, masked
from plateworks.pixels.cosmicscreen import EDGE, REACH, around, suspects

#: A hit spreads so far from where it starts, in one iteration.
GROWTH = 2
#: How far from a pixel an iteration looks to decide whether it is hit.
DECISION = REACH + GROWTH
#: Between a hit and the edge of its window are at least so many pixels.
QUIET = 2 * DECISION
#: Between a suspect and the edge of its window; for one in ten the first window proves too small.
MARGIN = QUIET + GROWTH
#: So many pixels along the edge of a window are ignored, and astroscrappy adds one.
RIM = DECISION - 2
#: Suspects in one square of such a side share a window from the start.
CELL = 32
#: Hits are repaired by squares of such a reach.
REPAIR = 2

#: A greater part of the pixels to be looked at one by one, or in windows, is no gain.
MOST_SUSPECTS, MOST_IN_WINDOWS = 0.05, 0.75

#: Top, left, bottom and right of a rectangle of pixels; the last two are no longer inside.
Box = tuple[int, int, int, int]
#: What hits without good neighbours are replaced by, and their variance, where it was given.
Levels = tuple[float, float | None]

_NONE = Hits(np.empty(0, int), np.empty(0, int), np.empty(0, np.float32))


def find(plane: Plane, options: Mapping[str, float]) -> Hits:
    """Find what a full pass of astroscrappy finds, in windows where that is cheaper.

    Parameters
    ----------
    plane : Plane
    options : mapping
        sigclip, sigfrac, objlim and niter, as in astroscrappy.
    """
    if min(plane.image.shape) <= 2 * EDGE:
        # Nothing is hit so near an edge; and astroscrappy writes beyond images of a few rows.
        return _together([], plane.image.shape[1])
    import astroscrappy  # noqa: F401 - what is not loaded cannot be limited
    from threadpoolctl import threadpool_limits

    # Threads would wait for each other at every step of every small window, which costs far more
    # than the steps themselves where other jobs keep the processors busy.
    with threadpool_limits(limits=1, user_api="openmp"):
        hits = find_in_windows(plane, options) if plane.is_tame() else None
        return full_pass(plane, options) if hits is None else hits


def find_in_windows(
    plane: Plane, options: Mapping[str, float], most: float = MOST_IN_WINDOWS
) -> Hits | None:
    """Find the same as :func:`full_pass`, in windows round where the first iteration may start.

    Parameters
    ----------
    plane, options
        As in :func:`find`; the plane must be tame.
    most : float
        The greatest part of the plane that windows may take up.

    Returns
    -------
    Hits or None
        None where only a full pass will do.

    Notes
    -----
    Why this is the same.  From one iteration to the next, the full pass changes its decision on a
    pixel only if a pixel no more than ``DECISION`` away was repaired.  The windows are disjoint,
    and hold every suspect, hence every hit of the first iteration, far from their edges.  Suppose
    that, in all iterations, no window finds a hit within ``QUIET`` pixels of its edge.  Then, by
    induction over the iterations, both see and decide the same: a pixel at least ``DECISION`` away
    from the edge of its window is decided by values inside it; any other one, and those between
    the windows, by values that were never repaired, so that the full pass finds what it found in
    the first iteration, nothing, as does the window, whose rim is ignored.  Where a hit does come
    near an edge, the window is made larger and searched anew, which may unite it with another.

    Edges of the image are edges of the windows along them, and treated as such by astroscrappy.
    """
    if options["sigclip"] <= 0:
        return None
    room = most * plane.image.size
    found = suspects(
        plane, sigclip=options["sigclip"], objlim=options["objlim"], most=MOST_SUSPECTS
    )
    if found is None:
        return None
    levels = cache(lambda: _levels(plane))
    cores = _cells(*found)
    done: dict[Box, Hits] = {}
    while len(cores) * (2 * MARGIN) ** 2 <= room:
        cores = _apart(cores)
        windows = [_window(core, plane.image.shape) for core in cores]
        if sum((bottom - top) * (right - left) for top, left, bottom, right in windows) > room:
            return None
        grown = []
        for core, window in zip(cores, windows, strict=True):
            if core not in done:
                hits = _search(plane, window, options, levels)
                if hits is None:
                    return None
                done[core] = hits
            grown.append(_grown(core, window, done[core], plane.image.shape))
        if grown == cores:
            return _together([done[core] for core in cores], plane.image.shape[1])
        cores = grown
    return None


def _cells(y: Integers, x: Integers) -> list[Box]:
    """Return the smallest boxes round those pixels that lie in the same square of side CELL."""
    corners = np.stack([y, x, y + 1, x + 1], axis=1)
    _, group = np.unique(corners[:, :2] // CELL, axis=0, return_inverse=True)
    return _hulls(corners, group.ravel())


def _hulls(boxes: Integers, group: Integers) -> list[Box]:
    """Return the smallest boxes that hold all of a group, in the order of the groups' numbers."""
    order = np.argsort(group, kind="stable")
    first = np.flatnonzero(np.diff(group[order], prepend=-1))
    if not first.size:
        return []
    low = np.minimum.reduceat(boxes[order, :2], first)
    high = np.maximum.reduceat(boxes[order, 2:], first)
    return [tuple(box) for box in np.hstack([low, high]).tolist()]


def _apart(cores: list[Box]) -> list[Box]:
    """Unite boxes until their windows are disjoint."""
    while cores:
        boxes = np.array(cores)
        low, high = (boxes[:, :2] - MARGIN).T, (boxes[:, 2:] + MARGIN).T
        group = np.empty(len(boxes), int)
        for i in range(len(boxes)):
            meets = (low[0] < high[0, i]) & (high[0] > low[0, i])
            meets &= (low[1] < high[1, i]) & (high[1] > low[1, i])
            group[i] = meets.argmax()  # the first, at the latest the box itself
        if (group == np.arange(len(group))).all():
            break
        cores = _hulls(boxes, group)
    return cores


def _window(core: Box, shape: tuple[int, int]) -> Box:
    """Return what is searched for the sake of a box: it and its surroundings in the image."""
    top, left, bottom, right = core
    return (
        max(top - MARGIN, 0),
        max(left - MARGIN, 0),
        min(bottom + MARGIN, shape[0]),
        min(right + MARGIN, shape[1]),
    )


def _inner(window: Box, shape: tuple[int, int]) -> Integers:
    """Return which sides of a window lie in the image: ((top, bottom), (left, right)), int."""
    top, left, bottom, right = window
    return np.array([(top > 0, bottom < shape[0]), (left > 0, right < shape[1])], int)


def _grown(core: Box, window: Box, hits: Hits, shape: tuple[int, int]) -> Box:
    """Return the box that a window is to have: larger if a hit is near a side of the window."""
    if not hits.y.size:
        return core
    at = np.stack([hits.y, hits.x])
    low, high = at.min(axis=1), at.max(axis=1) + 1
    distance = np.stack([low - window[:2], window[2:] - high], axis=1)
    if (distance >= QUIET * _inner(window, shape)).all():
        return core
    return (*np.minimum(low, core[:2]).tolist(), *np.maximum(high, core[2:]).tolist())


def _search(
    plane: Plane, window: Box, options: Mapping[str, float], levels: Callable[[], Levels]
) -> Hits | None:
    """Find the hits in a window as if it were seen with the whole plane.

    astroscrappy takes the levels of hits without good neighbours from the medians of what it is
    given.  Should there be such hits, the window is framed by so many pixels of the plane's levels
    that its medians are those.  None is returned where such pixels would count as saturated.
    """
    top, left, bottom, right = window
    inner = _inner(window, plane.image.shape)
    view = plane.part(np.s_[top:bottom, left:right])
    inside = tuple(slice(a, n - b) for n, (a, b) in zip(view.image.shape, inner * RIM, strict=True))
    ignored = np.ones_like(view.ignored)
    ignored[inside] = view.ignored[inside]
    hits = full_pass(replace(view, ignored=ignored), options)
    if _is_stranded(view, hits):
        level, variance = levels()
        if np.float32(level) * np.float32(plane.gain) >= np.float32(plane.satlevel):
            return None
        frame = inner * sum(view.image.shape)
        framed = replace(view, ignored=ignored).framed(frame, level, variance)
        y, x, values = full_pass(framed, options)
        y, x = y - frame[0, 0], x - frame[1, 0]
        own = (y >= 0) & (y < bottom - top) & (x >= 0) & (x < right - left)
        hits = Hits(y[own], x[own], values[own])
    return Hits(hits.y + top, hits.x + left, hits.values)


def _is_stranded(view: Plane, hits: Hits) -> bool:
    """Whether a hit may have no good neighbour to be repaired by."""
    most = (2 * REPAIR + 1) ** 2
    saturated = view.cut(np.asarray)[0] >= view.satlevel
    if hits.y.size < most and not view.ignored.any() and not saturated.any():
        return False
    bad = masked(view)
    bad[hits.y, hits.x] = True
    height, width = bad.shape
    y, x = hits.y, hits.x
    repaired = np.minimum(np.minimum(y, height - 1 - y), np.minimum(x, width - 1 - x)) >= REPAIR
    at = (y * width + x)[repaired]
    return bool(around(bad, at, REPAIR).all(axis=(0, 1)).any())


def _levels(plane: Plane) -> Levels:
    """Return the medians of image and variance where they are good, the lower of two, in ADU."""
    good = ~masked(plane)
    middle = (np.count_nonzero(good) - 1) // 2

    def median(values: Floats) -> float:
        return float(np.partition(values[good], middle)[middle])

    return median(plane.image), None if plane.variance is None else median(plane.variance)


def _together(parts: list[Hits], width: int) -> Hits:
    """Return all hits in the order of an image so many pixels wide."""
    y, x, values = (np.concatenate(a) for a in zip(_NONE, *parts, strict=True))
    order = np.argsort(y * width + x)
    return Hits(y[order], x[order], values[order])
