"""The pixels of a master dark that are listed because they harm a light."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from plateworks.metadata.frame import Frame
from plateworks.pixels.arrays import Floats, Integers
from plateworks.pixels.cosmetic import find_hot
from plateworks.pixels.defects import (
    HOT,
    KINDS,
    TELL_LEVELS,
    TELL_SCATTER,
    UNPREDICTED,
    find_defects,
)
from plateworks.pixels.statistics import median
from plateworks.pixels.surroundings import above_surroundings
from plateworks.products.cells import cell_of
from plateworks.products.darkcards import OF_MODEL
from plateworks.products.headers import original_header
from plateworks.products.measured import camera_told
from plateworks.products.pixeltable import PixelRows, read_pixels
from plateworks.products.reading import FrameReader

#: σ above its surroundings from which a pixel is hot where nothing tells what harm that does.
HOT_SIGMA = 8.0


class Harmful(NamedTuple):
    """The pixels to list.

    Attributes
    ----------
    pixels : (N, 2) int64 array
        Column X and row Y, the worst first.
    size : int
        Pixels of the whole dark.
    rows : int
        Its height.
    notes : tuple of str
        How they were judged, and what they are, for the head of the list.
    """

    pixels: Integers
    size: int
    rows: int
    notes: tuple[str, ...]


def find_harmful(path: str, frame: Frame, harm: float) -> Harmful:
    """Find the pixels of a master dark that harm, by its table or, without one, by its pixels.

    Parameters
    ----------
    path : str
        The master dark, ours or another's.
    frame : Frame
        Its facts.
    harm : float
        By more than this part they raise the noise of a single frame of its exposure.

    Raises
    ------
    FrameError
        If it cannot be read.
    """
    with FrameReader(path) as reader:
        shape = reader.shape
        rows = read_pixels(path)
        foreign = rows is None
        header = original_header(path)
        modelled, noise = OF_MODEL in header, camera_told(header).frame_noise
        if rows is None or modelled:
            pixels = reader.read().astype(np.float32, copy=False)
            judged = _judged(pixels, frame, None if noise is None else noise.value)
            rows = judged if rows is None else _besides(rows, judged, shape[1])
        unknown = (rows.kinds & HOT != 0) & np.isnan(rows.harm)
        extra = np.empty((0, 2), np.int64)
        if unknown.any():
            pixels = reader.read().astype(np.float32, copy=False)
            cell = cell_of(frame)
            extra = find_hot(pixels, sigma=HOT_SIGMA, max_fraction=1.0, cell=cell)
    listed = (rows.harm > harm) | (rows.kinds & UNPREDICTED != 0)
    place = np.argsort(-np.nan_to_num(rows.harm[listed], nan=np.inf), kind="stable")
    found = np.stack([rows.x[listed], rows.y[listed]], axis=1)[place]
    if len(extra):
        found = _joined(found, extra, shape[1])
    notes = (
        _judged_by(frame, foreign or modelled, bool(unknown.any())),
        _counted(rows.kinds[listed]),
    )
    return Harmful(found, shape[0] * shape[1], shape[0], tuple(filter(None, notes)))


def _judged(pixels: Floats, frame: Frame, noise: float | None) -> PixelRows:
    """Judge a dark of which nobody saw the frames: by its level, its gain and its noise."""
    count = frame.combined or 1
    if noise is None and frame.egain and frame.read_noise:
        noise = frame.read_noise / frame.egain
    if noise is None:
        _, local = above_surroundings(pixels, cell_of(frame), HOT_SIGMA)
        noise = float(median(local)) * count**0.5
    cell, full = cell_of(frame), frame.saturation
    defects = find_defects(pixels, noise, egain=frame.egain, full=full, cell=cell)
    y, x = np.divmod(defects.pixels, pixels.shape[1])
    return PixelRows(x, y, defects.harm.astype(np.float64), defects.kinds.astype(np.int64))


def _besides(rows: PixelRows, judged: PixelRows, width: int) -> PixelRows:
    """Return what a table tells of a dark, and of its other pixels what they were judged to be.

    The table of a dark by a model names the pixels that no dark predicts, and nothing else.
    """
    new = ~np.isin(judged.y * width + judged.x, rows.y * width + rows.x)
    both = zip(rows, judged, strict=True)
    return PixelRows(*(np.concatenate([told, more[new]]) for told, more in both))


def _joined(first: Integers, more: Integers, width: int) -> Integers:
    """Return pixels, and those of others that are not among them."""
    known = first[:, 1] * width + first[:, 0]
    new = ~np.isin(more[:, 1] * width + more[:, 0], known)
    return np.concatenate([first, more[new]])


def _judged_by(frame: Frame, foreign: bool, unknown: bool) -> str:
    exposure = "" if frame.exposure is None else f" of {frame.exposure:g} s"
    if unknown:
        return (
            "nothing tells the shot noise of this dark (EGAIN, or enough hot pixels): listed are "
            f"pixels {HOT_SIGMA:g} sigma above their surroundings"
        )
    what = f"harm is judged beside the noise of a single frame{exposure} without light, by the"
    if foreign:
        return f"{what} level of the dark and EGAIN: how its frames scatter is not known"
    count = frame.combined or 0
    if count < TELL_LEVELS:
        return f"{what} level alone: {count} frames say too little about how a pixel scatters"
    if count < TELL_SCATTER:
        return f"{what} level, and by two levels in {count} frames, too few to tell the scatter"
    return f"{what} level and the scatter of {count} frames"


def _counted(kinds: Integers) -> str:
    counts: Sequence[tuple[int, str]] = [
        (int(np.count_nonzero(kinds & bit)), text.partition(":")[0]) for bit, text in KINDS.items()
    ]
    return ", ".join(f"{count} {text}" for count, text in counts if count)
