"""What calibration bought for one light: the same measurements before it and after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from plateworks.demo.scene import STARS
from plateworks.demo.truth import LightTruth, read_light, read_sensor
from plateworks.metadata.assembled import assembled
from plateworks.metadata.normalise import read_frame
from plateworks.orders.frames import Assembly
from plateworks.pixels.masks import BAD, LOW_FLAT
from plateworks.products.assembling import AssembledReader
from plateworks.products.imagefiles import read_image
from plateworks.settings.solve import SolveOptions
from plateworks.sky.solving import solve_image
from plateworks.sky.sources import extract
from plateworks.sky.wcscards import add_solution

#: Threshold of detection, in sigmas of the local background.
THRESHOLD = 5.0
#: A detection is true when a star of the truth is nearer than this, in pixels.
NEAR = 2.0
#: Side of the mesh of the smoothed background, in pixels.
MESH = 64


@dataclass(frozen=True)
class Figures:
    """Measurements of one image.

    ``detections`` are all that stands out by :data:`THRESHOLD`; ``sources`` are those that look
    like stars, the list that goes to the solver.  False ones have no star of the truth nearby.
    """

    detections: int
    false_detections: int
    sources: int
    false_sources: int
    stars_found: int  # stars of the truth with a detection nearby
    sky: float  # ADU, median of the smoothed background
    noise: float  # ADU, robust sigma of what is left when the smoothed background is removed
    gradient: float  # percent of `sky`, from the 1st to the 99th percentile of that background


@dataclass(frozen=True)
class Astrometry:
    """What the solver says, and how far it is from the truth."""

    matches: int
    residual: float  # arcsec, rms over the matched stars
    error: float  # arcsec, rms over the frame, of the solved against the true WCS


@dataclass(frozen=True)
class View:
    """One light in one state: its pixels (ADU above bias), its figures, its solution if any."""

    image: np.ndarray
    figures: Figures
    astrometry: Astrometry | None


@dataclass(frozen=True)
class Comparison:
    """A light before and after calibration, and the truth it was drawn from."""

    name: str
    raw: View
    calibrated: View
    truth: LightTruth


def compare_light(raw_path: Path, product_path: Path, truth_folder: Path) -> Comparison:
    """Measure one raw light and its solved product in the same way.

    The median of the true bias is taken off the raw frame first: with it, the level would be the
    camera's rather than the sky's, and the gradient look small beside it.

    Raises
    ------
    FrameError
        If one of the files cannot be read, or the product was set aside.
    """
    name = raw_path.name
    truth = read_light(truth_folder / "lights" / name)
    bias = np.median(read_sensor(truth_folder / "sensor.fits")["BIAS"])
    raw = read_raw(raw_path) - np.float32(bias)
    product = read_image(product_path)
    data, header = product.data, product.header
    if product.mask is not None:
        data[product.mask & (BAD | LOW_FLAT) != 0] = np.nan

    options = SolveOptions(index_dirs=(str(STARS.parent),))
    found = solve_image(raw, None, assembled(read_frame(raw_path)), options).solution
    raw_header = add_solution(fits.Header(), found, raw.shape) if found else fits.Header()
    return Comparison(
        name,
        View(raw, measure(raw, truth), read_astrometry(raw_header, truth)),
        View(data, measure(data, truth), read_astrometry(header, truth)),
        truth,
    )


def read_raw(path: Path) -> np.ndarray:
    """Read a raw frame as it came, (H, W) float32; of amplifiers, side by side as they lie."""
    readout = read_frame(path).readout
    if readout is None:
        return read_image(path).data
    bare = tuple(replace(one, bias=(), gain=None) for one in readout.amplifiers)
    as_it_came = replace(readout, amplifiers=bare, crosstalk=())
    with AssembledReader(str(path), Assembly(readout=as_it_came, overscan="auto")) as reader:
        return reader.read()


def measure(image: np.ndarray, truth: LightTruth) -> Figures:
    """Measure one image, (H, W) float32 ADU above bias; NaN pixels are ignored."""
    import sep

    ignore = ~np.isfinite(image)
    data = np.where(ignore, np.float32(0), image)
    background = sep.Background(data, mask=ignore, bw=MESH, bh=MESH)
    smooth = background.back()
    found = sep.extract(data - smooth, THRESHOLD, err=background.rms(), mask=ignore)
    detections = np.column_stack([found["x"], found["y"]])
    starlike = extract(image, threshold=THRESHOLD)
    sources = np.column_stack([starlike.x, starlike.y])

    stars = np.column_stack([truth.stars["x"], truth.stars["y"]])
    residue = (data - smooth)[~ignore]
    return Figures(
        detections=len(detections),
        false_detections=int((~_is_near(detections, stars)).sum()),
        sources=len(sources),
        false_sources=int((~_is_near(sources, stars)).sum()),
        stars_found=int(_is_near(stars, detections).sum()),
        sky=float(np.median(smooth)),
        noise=float(1.4826 * np.median(np.abs(residue - np.median(residue)))),
        gradient=relative_gradient(smooth),
    )


def relative_gradient(background: np.ndarray) -> float:
    """Percent of the median by which `background`, (H, W), varies between its percentiles 1, 99."""
    low, median, high = np.percentile(background, [1, 50, 99])
    return float(100 * (high - low) / median)


def _is_near(places: np.ndarray, others: np.ndarray) -> np.ndarray:
    """For each of (N, 2) `places`, whether one of (M, 2) `others` is nearer than NEAR."""
    from scipy.spatial import cKDTree

    if not len(places) or not len(others):
        return np.zeros(len(places), bool)
    return cKDTree(others).query(places)[0] < NEAR


def read_astrometry(header: fits.Header, truth: LightTruth) -> Astrometry | None:
    """Read the solution from the header of a solved frame and hold it against the true WCS."""
    if not header.get("PLTSOLVD", False):
        return None
    height, width = truth.image.shape
    x, y = np.meshgrid(np.linspace(0, width - 1, 25), np.linspace(0, height - 1, 17))
    solved, true = WCS(header, fix=False).pixel_to_world(x, y), truth.wcs.pixel_to_world(x, y)
    error = float(np.sqrt(np.mean(solved.separation(true).arcsec ** 2)))
    return Astrometry(header["NMATCH"], header["ASTRRMS"], error)


def tabulate(comparison: Comparison) -> str:
    """The figures of both states, and the truth where it has one, as text of aligned columns."""
    views = (comparison.raw, comparison.calibrated)
    stars = len(comparison.truth.stars)
    sky = np.median(comparison.truth.image)
    slope = relative_gradient(_true_background(comparison.truth))

    def figures(field: str, form: str) -> list[str]:
        return [format(getattr(view.figures, field), form) for view in views]

    def solved(field: str, form: str) -> list[str]:
        results = (view.astrometry for view in views)
        return [format(getattr(a, field), form) if a else "unsolved" for a in results]

    rows = [
        ("", ["raw", "calibrated", "truth"]),
        (f"detections above {THRESHOLD:g} sigma", [*figures("detections", "d"), str(stars)]),
        ("  of which false", figures("false_detections", "d")),
        ("sources that look like stars", [*figures("sources", "d"), str(stars)]),
        ("  of which false", figures("false_sources", "d")),
        ("true stars found", [*figures("stars_found", "d"), str(stars)]),
        ("sky above bias, ADU", [*figures("sky", ".1f"), f"{sky:.1f}"]),
        ("background noise, ADU", figures("noise", ".1f")),
        ("background gradient, % of sky", [*figures("gradient", ".1f"), f"{slope:.1f}"]),
        ("stars matched by the solver", solved("matches", "d")),
        ("  their residual rms, arcsec", solved("residual", ".2f")),
        ("  error against the true WCS, arcsec", solved("error", ".2f")),
    ]
    lines = (f"{name:<38}" + "".join(f"{value:>12}" for value in values) for name, values in rows)
    return "\n".join(lines)


def _true_background(truth: LightTruth) -> np.ndarray:
    """Median of each cell of half the mesh: the stars drop out."""
    cell = min(MESH // 2, *truth.image.shape)
    height, width = (side // cell * cell for side in truth.image.shape)
    cells = truth.image[:height, :width].reshape(height // cell, cell, width // cell, cell)
    return np.median(cells, axis=(1, 3))
