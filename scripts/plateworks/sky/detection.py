"""Detection of stars: the sky subtracted, what stands out of it found, and what is no star refused.

Detection and background are those of SExtractor (Bertin & Arnouts 1996) in the library sep (Barbary
2016).  Single lit pixels, hot ones and cosmic rays, are told from stars here, since raw frames
shall solve too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plateworks.pixels.statistics import MAD_TO_SIGMA, median
from plateworks.sky.cells import GRID, mean_in_cells, sky_in_cells

#: Side of the background mesh, in pixels of the image that is searched.
MESH = 64
#: A star lights its neighbours: the brightest of the eight must hold this fraction of the peak.
NEIGHBOUR = 0.1
#: The matched filter, SExtractor's own, and the noise that it leaves of independent pixels' noise.
KERNEL = np.outer([1, 2, 1], [1, 2, 1]).astype(np.float32)
FILTERED = float(np.sqrt((KERNEL**2).sum()) / KERNEL.sum())
#: The noise map of a dead corner is not believed below this fraction of the frame's noise.
LEAST_NOISE = 0.1
#: The sky is smooth: it is read from one row of so many, by turns of the even and the odd ones.
SKY_ROWS = 4
#: Pixels of objects that sep has room for at first: it fills all of the room before it begins.
ROOM = 300_000
#: What has no slope and little of a star, but all of the noise of single pixels; and of which rows
#: it is taken: one of so many, and of about so many at most.
DIFFERENCE, APART, LINES = np.array([1.0, -4.0, 6.0, -4.0, 1.0]), 16, 64
#: Rows of a mosaic at a time, few enough for the cache of the processor.
BAND = 32
#: Longer objects are trails, bleeding columns or bad rows.
MAX_ELONGATION = 5.0


@dataclass(frozen=True, slots=True)
class Sky:
    """The background: its median level, its noise in one pixel, and its unevenness, all in ADU.

    ``gradient`` is the greatest less the least value of the background map at the mesh points;
    ``levels``, medians of the pixels, and ``noises``, means of the noise map, are those of the
    cells of the frame, arrays of the shape of :data:`plateworks.sky.cells.GRID`.  For a colour
    mosaic all are those of the mean of four pixels.
    """

    level: float
    rms: float
    gradient: float
    levels: np.ndarray
    noises: np.ndarray


#: Of an image in which nothing can be seen.
NO_SKY = Sky(np.nan, np.nan, np.nan, np.full(GRID, np.nan), np.full(GRID, np.nan))


def ignored(image: np.ndarray, mask: np.ndarray | None) -> np.ndarray | None:
    """Return where an image is to be ignored; None if it is nowhere.

    Given no mask, sep finds the same in two thirds of the time that it takes with an empty one.
    """
    ignore = ~np.isfinite(image)
    if mask is not None:
        ignore |= mask != 0
    return ignore if ignore.any() else None


def to_search(image: np.ndarray, ignore: np.ndarray | None, *, own: bool) -> np.ndarray:
    """Return an image as float32, what is ignored set to zero; `own`: a copy at any rate."""
    data = np.array(image, np.float32, order="C", copy=own or ignore is not None or None)
    if ignore is not None:
        data[ignore] = 0
    return data


def windows(data: np.ndarray, ignore: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
    """Mean of the 2x2 window at each pixel of a mosaic: every colour once, finely sampled.

    Stars are measured here: a sharp star is one or two cells wide, too few for its centre.  A
    window that lacks a colour is ignored.
    """
    means = np.empty((data.shape[0] - 1, data.shape[1] - 1), np.float32)
    for top in range(0, len(means), BAND):
        lines = data[top : top + BAND + 1]
        wide = lines[:, :-1] + lines[:, 1:]
        np.add(wide[:-1], wide[1:], out=means[top : top + BAND])
        means[top : top + BAND] /= 4
    if ignore is None:
        return means, None
    holes = ignore[:, :-1] | ignore[:, 1:]
    return means, holes[:-1] | holes[1:]


def superpixels(
    means: np.ndarray, holes: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Those windows that do not overlap, the cells of the mosaic.

    Stars are detected here, where the noise of neighbours is independent.
    """
    cells = np.s_[::2, ::2]
    return np.ascontiguousarray(means[cells]), None if holes is None else holes[cells].copy()


def measure_sky(
    data: np.ndarray, ignore: np.ndarray | None, mesh_side: int = MESH
) -> tuple[np.ndarray, np.ndarray, Sky]:
    """Return level and noise of the background, and its figures.

    Both have one row for :data:`SKY_ROWS` rows of `data`, (R, W) float32.
    """
    import sep

    some, lacking = _sky_rows(data), None if ignore is None else _sky_rows(ignore)
    mesh = min(mesh_side // SKY_ROWS, len(some)), min(mesh_side, some.shape[1])
    background = sep.Background(some, mask=lacking, bh=mesh[0], bw=mesh[1])
    level, noise = background.back(), background.rms()
    coarse = level[mesh[0] // 2 :: mesh[0], mesh[1] // 2 :: mesh[1]]
    sky = Sky(
        level=float(np.median(coarse)),
        rms=float(background.globalrms),
        gradient=float(np.ptp(coarse)),
        levels=sky_in_cells(data, ignore),
        noises=mean_in_cells(noise),
    )
    return level, noise, sky


def _sky_rows(data: np.ndarray) -> np.ndarray:
    """Return those rows from which the sky is read: (R, W)."""
    rows = np.arange(0, len(data), SKY_ROWS)
    rows[1::2] += 1  # even and odd rows may differ, as those of a mosaic that is not known as one
    return data[np.minimum(rows, len(data) - 1)]


def pixel_noise(data: np.ndarray, ignore: np.ndarray | None, pixel: int) -> float:
    """Return the noise of a pixel from differences along rows, in which stars hardly count.

    Among many stars those differences count that have less light than most beside them, in rows
    that share no noise with theirs.  `pixel` is the side of the square over which each value of
    `data` is a mean; the sky is subtracted.
    """
    step = max(APART, len(data) // LINES)
    middle = slice(pixel + 1, len(data) - pixel - 1, step)
    lines = data[middle]
    steps = np.abs(_along(lines, DIFFERENCE))
    before, behind = (
        _along(data[middle.start + away : middle.stop + away : step], np.abs(DIFFERENCE))
        for away in (-pixel - 1, pixel + 1)
    )
    beside = before + behind
    if ignore is not None:
        lacking = np.abs(_along(ignore[middle].astype(np.float32), np.abs(DIFFERENCE))) > 0
        steps, beside = steps[~lacking], beside[~lacking]
    if steps.size:
        steps = steps[beside <= np.median(beside)]
    factors = np.convolve(DIFFERENCE, np.ones(pixel)) / pixel
    return float(MAD_TO_SIGMA * median(steps) / np.sqrt((factors**2).sum() / pixel))


def _along(lines: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Sum values along lines with these factors, wherever all of them lie in the line."""
    width = lines.shape[1] - factors.size + 1
    return sum(factor * lines[:, at : at + width] for at, factor in enumerate(factors))


def subtract(data: np.ndarray, level: np.ndarray, ignore: np.ndarray | None, cell: int = 1) -> None:
    """Subtract in place the level of the background, each row of it from those it stands for.

    A column of it stands for `cell` columns of `data`, and a row for as many times more rows.  What
    is ignored becomes zero.
    """
    rows = SKY_ROWS * cell
    for row, column in ((row, column) for row in range(rows) for column in range(cell)):
        part = data[row::rows, column::cell]
        part -= level[: part.shape[0], : part.shape[1]]
    if ignore is not None:
        data[ignore] = 0


def noise_at(noise: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return the noise of a pixel at the peaks of what sep found, (N,) float32."""
    return np.asarray(noise[found["ypeak"].astype(int) // SKY_ROWS, found["xpeak"].astype(int)])


def detect(
    data: np.ndarray,
    noise: np.ndarray,
    ignore: np.ndarray | None,
    threshold: float,
    min_pixels: int,
) -> np.ndarray:
    """Run sep, with a higher threshold where a crowded or patterned frame overflows its limits.

    The image is divided by its noise beforehand, and what is found multiplied afterwards: given a
    map of the noise, sep takes three times as long to find the same pixels above the threshold.
    `data` is left divided: a copy would need as much memory again, which may take longer to be had
    than the search.
    """
    import sep

    for row in range(SKY_ROWS):
        part = data[row::SKY_ROWS]
        part /= noise[: len(part)]
    most = max(ROOM, data.size // 4)
    for room, factor in ((ROOM, 1), *((most, factor) for factor in (1, 2, 4, 8, 16))):
        sep.set_extract_pixstack(room)
        try:
            found = sep.extract(
                data,
                threshold * factor * FILTERED,
                filter_kernel=KERNEL,
                mask=ignore,
                minarea=min_pixels,
            )
        except Exception as error:
            if "overflow" not in str(error) and "full" not in str(error):
                raise
        else:
            found = found[found["flux"] > 0]
            for key in ("flux", "peak"):
                found[key] *= noise_at(noise, found)
            return found
    return np.empty(0, dtype=[(name, "f8") for name in ("x", "y", "flux", "peak", "a", "b")] +
                    [(name, "i8") for name in ("xpeak", "ypeak", "flag")])  # fmt: skip


def is_starlike(data: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Refuse single lit pixels, and objects too long for a star: (N,) bool."""
    around = []
    for dy, dx in ((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx):
        rows, cols = found["ypeak"].astype(int) + dy, found["xpeak"].astype(int) + dx
        inside = (rows >= 0) & (rows < data.shape[0]) & (cols >= 0) & (cols < data.shape[1])
        around.append(np.where(inside, data[rows * inside, cols * inside], 0))
    # The second brightest: a single hot pixel has at most one hot neighbour as a rule.
    second = np.sort(np.array(around), axis=0)[-2] if len(found) else np.empty(0)
    return (second > NEIGHBOUR * found["peak"]) & (found["a"] < MAX_ELONGATION * found["b"])


def beside_marks(
    marks: np.ndarray | None, x: np.ndarray, y: np.ndarray, reach: float
) -> np.ndarray:
    """Whether pixels of a mask that are not 0 lie within `reach` of places: (N,) bool."""
    if marks is None or not marks.any():
        return np.zeros(len(x), bool)
    steps = np.arange(-int(np.ceil(reach)), int(np.ceil(reach)) + 1)
    rows, columns = (
        np.clip(np.rint(places).astype(np.int64)[:, None] + steps, 0, side - 1)
        for places, side in zip((y, x), marks.shape, strict=True)
    )
    return np.asarray(marks[rows[:, :, None], columns[:, None, :]].any(axis=(1, 2)))
