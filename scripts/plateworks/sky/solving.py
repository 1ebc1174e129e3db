"""Solve one image: find its stars, try what the header promises, widen, refine, verify."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass

import numpy as np

from plateworks.metadata.frame import Frame
from plateworks.pixels.masks import BAD, LOW_FLAT
from plateworks.sky import engines, indexes
from plateworks.sky.hints import Attempt, widen
from plateworks.sky.refine import Solution, refine
from plateworks.sky.sources import SourceList, extract

#: Fewer sources make no quad that could be told from chance.
LEAST_SOURCES = 5


@dataclass(frozen=True, slots=True)
class SolveOptions:
    """How to solve.

    Attributes
    ----------
    engine : str
        ``auto`` (embedded where its package is installed, else solve-field), ``embedded`` or
        ``solve-field``.
    index_dirs : tuple of str
        Folders of index files, searched before the usual places.
    sip_order : int
        0 for a plane solution, 2 to 4 for one with distortion.
    scale_limits : (float, float)
        Arcseconds a pixel; nothing outside is searched.
    time_limit_s : float
        Processor seconds for all attempts on one frame.
    min_matches : int
        Matched stars that a solution must have.
    threshold : float
        Significance of a source.
    max_sources : int
        Keep so many of the brightest.
    strict : bool
        Whether an unsolved frame is an error, once all have been written.
    """

    engine: str = "auto"
    index_dirs: tuple[str, ...] = ()
    sip_order: int = 0
    scale_limits: tuple[float, float] = (0.1, 180.0)
    time_limit_s: float = 60.0
    min_matches: int = 6
    threshold: float = 5.0
    max_sources: int = 1000
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
        max_sources=options.max_sources,
    )
    if len(sources) < LEAST_SOURCES:
        reason = f"only {len(sources)} sources above {options.threshold:g} sigma"
        return SolveResult(None, reason, sources)

    attempts = widen(frame, options.scale_limits)
    reason, tried = "", 0
    for attempt, chosen in _distinct(attempts, there, image.shape):
        tried += 1
        # Early attempts are cheap; each may take what the frame has, since it rarely does.
        answer = _ask(engine, sources, image.shape, attempt, chosen, options.time_limit_s)
        if answer.match is None:
            reason = answer.reason
            continue
        outcome = refine(
            answer.match,
            sources.fits_xy,
            image.shape,
            sip_order=options.sip_order,
            min_matches=options.min_matches,
            engine=name,
        )
        if isinstance(outcome, Solution):
            return SolveResult(outcome, "", sources)
        reason = outcome
    if not tried:
        return SolveResult(None, indexes.explain_absence(there, image.shape, attempts[0]), sources)
    return SolveResult(
        None, f"{reason} in {tried} attempts with {len(sources)} sources", sources
    )
