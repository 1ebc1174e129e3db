"""Solve one image: find its stars, try what the header promises, widen, refine, verify."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plateworks.metadata.frame import Frame
from plateworks.pixels.masks import BAD, LOW_FLAT
from plateworks.sky import engines, indexes
from plateworks.sky.hints import limits_of, widen
from plateworks.sky.refine import Solution, refine
from plateworks.sky.sources import SourceList, extract

_log = logging.getLogger(__name__)

#: Fewer sources make no quad that could be told from chance.
LEAST_SOURCES = 5


@dataclass(frozen=True, slots=True)
class SolveOptions:
    """How to solve; the names and defaults are those of ``solve`` in the configuration.

    Attributes
    ----------
    engine : str
        ``auto`` (embedded where its package is installed, else solve-field), ``embedded`` or
        ``solve-field``.
    index_dirs : sequence of str
        Folders of index files, searched before the usual places.
    sip_order : int
        0 for a plane solution, 2 to 4 for one with distortion.
    scale_low, scale_high : float or None
        Arcseconds a pixel; nothing outside is searched.  None: 0.1 and 180.
    field_width_deg : (float, float) or None
        Least and greatest width of the image, in place of the scales.
    threshold : float
        Significance of a source.
    min_matches : int
        Matched stars that a solution must have.
    time_limit_s : float
        Processor seconds that the engine may spend on one frame.
    strict : bool
        Whether an unsolved frame is an error, once all have been written.
    """

    engine: str = "auto"
    index_dirs: Sequence[str] = ()
    sip_order: int = 2
    scale_low: float | None = None
    scale_high: float | None = None
    field_width_deg: Sequence[float] | None = None
    threshold: float = 5.0
    min_matches: int = 8
    time_limit_s: float = 60.0
    strict: bool = False


@dataclass(frozen=True, slots=True)
class SolveResult:
    """A solution, or the reason why there is none, as a clause; and what was seen of the sky."""

    solution: Solution | None
    reason: str
    sources: SourceList


def solve_image(
    image: np.ndarray, mask: np.ndarray | None, frame: Frame, options: SolveOptions
) -> SolveResult:
    """Solve an image.

    Parameters
    ----------
    image : (H, W) float32 array
        NaN where there is no value.
    mask : (H, W) uint8 array, optional
        Bits of :mod:`plateworks.pixels.masks`.  Bad pixels and those of a low flat are not looked
        at; hot pixels and cosmic rays were repaired, and saturated stars are still stars.
    frame : Frame
        What the header promises: pointing, scale, Bayer pattern.
    options : SolveOptions

    Returns
    -------
    SolveResult

    Raises
    ------
    ConfigError
        If no engine can run, or a folder of the configuration is not there.
    """
    name, engine = engines.choose(options.engine)
    there = indexes.find_indexes(options.index_dirs)
    sources = extract(
        image,
        None if mask is None else mask & (BAD | LOW_FLAT),
        threshold=options.threshold,
        bayer=frame.bayer,
    )
    if len(sources) < LEAST_SOURCES:
        reason = f"only {len(sources)} sources above {options.threshold:g} sigma"
        return SolveResult(None, reason, sources)

    scales = options.scale_low, options.scale_high, options.field_width_deg
    attempts = widen(frame, limits_of(image.shape[1], *scales))
    reason, left = "", options.time_limit_s
    for attempt in attempts:
        fitting = indexes.choose(there, image.shape, attempt)
        if not fitting:
            reason = reason or indexes.explain_absence(there, image.shape, attempt)
            continue
        query = engines.Query(sources.fits_xy, image.shape, attempt, fitting, left)
        with tempfile.TemporaryDirectory(prefix="plateworks-") as scratch:
            answer = engine.solve(query, scratch)
        outcome = answer.match and refine(
            answer.match,
            sources.fits_xy,
            image.shape,
            sip_order=options.sip_order,
            min_matches=options.min_matches,
            engine=name,
        )
        if isinstance(outcome, Solution):
            return SolveResult(outcome, "", sources)
        reason = outcome or answer.reason
        _log.info("%d sources, %d indexes, %s: %s", len(sources), len(fitting), attempt, reason)
        left -= answer.seconds
        if left <= 0:
            break
    return SolveResult(None, reason, sources)
