"""Solve one image: find its stars, try what the header promises, widen, refine, verify."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np

from plateworks.errors import PlateworksError
from plateworks.metadata.frame import Frame
from plateworks.settings.solve import SolveOptions
from plateworks.sky import engines
from plateworks.sky.engines.engine import Query
from plateworks.sky.hints import Attempt, limits_of, pointing_untold, scale_untold, widen
from plateworks.sky.refine import Solution, refine
from plateworks.sky.sources import SourceList, extract

_log = logging.getLogger(__name__)

#: Fewer sources make no quad that could be told from chance.
LEAST_SOURCES = 5
#: An engine is given so many of the brightest.
MOST_SOURCES = 1000


@dataclass(frozen=True, slots=True)
class SolveResult:
    """A solution, or the reason why there is none, as a clause; and what was seen of the sky."""

    solution: Solution | None
    reason: str
    sources: SourceList


def solve_image(
    image: np.ndarray,
    mask: np.ndarray | None,
    frame: Frame,
    options: SolveOptions,
    hint: Attempt | None = None,
) -> SolveResult:
    """Solve an image.

    Parameters
    ----------
    image : (H, W) float32 array
        NaN where there is no value.
    mask : (H, W) uint8 array, optional
        As :func:`plateworks.sky.sources.extract` takes it.
    frame : Frame
        What the header promises: pointing, scale, Bayer pattern.
    options : SolveOptions
    hint : Attempt, optional
        What another program found; it is tried first.

    Returns
    -------
    SolveResult

    Raises
    ------
    ConfigError
        If no engine can run, or something that the configuration names for it is not there.
    PlateworksError
        If there is no solution, and the engine failed in a search that might have found one.
    """
    engine = engines.choose(options)
    sources = extract(
        image, mask, threshold=options.threshold, bayer=frame.bayer, egain=frame.egain
    )
    if len(sources) < LEAST_SOURCES:
        reason = f"only {len(sources)} sources above {options.threshold:g} sigma"
        return SolveResult(None, reason, sources)

    xy = sources.brightest(MOST_SOURCES).fits_xy
    scales = options.scale_low, options.scale_high, options.field_width_deg
    height, width = image.shape
    shape = height, width
    limits = limits_of(width, *scales)
    attempts = widen(frame, limits)
    if hint is not None and limits[0] <= hint.scale_high and hint.scale_low <= limits[1]:
        attempts = [hint, *attempts]
    searches = [(attempt, engine.fitting(attempt, shape)) for attempt in attempts]
    lacking = [search for attempt, search in searches if isinstance(search, str)]
    stated = [search for attempt, search in searches if attempt.most_s is None]
    if lacking and all(isinstance(search, str) for search in stated):
        return SolveResult(None, lacking[0], sources)  # of what the header states nothing is there

    failures, tried, left = list[str](), list[str](), options.time_limit_s
    broken = list[str]()
    for attempt, search in searches:
        if isinstance(search, str):
            continue
        limit = left if attempt.most_s is None else min(left, attempt.most_s)
        answer = search.solve(Query(xy, shape, attempt, limit))
        outcome = answer.match and refine(
            answer.match,
            xy,
            shape,
            sip_order=options.sip_order,
            min_matches=options.min_matches,
            engine=engine.name,
            catalogue=engine.catalogued,
        )
        if isinstance(outcome, Solution):
            return SolveResult(outcome, "", sources)
        failures.append(outcome or answer.reason)
        broken += [answer.reason] if answer.failed else []
        tried.append(str(attempt))
        _log.info(
            "%d sources, %s, %s: %s, %.1f s",
            len(sources), search.means, attempt, failures[-1], answer.seconds,
        )  # fmt: skip
        left -= answer.seconds
        if left <= 0:
            break
    if broken:
        raise PlateworksError(
            f"The engine {engine.name} failed, so nothing is known of the field: "
            f"{'; '.join(dict.fromkeys(broken))}.  Once that is mended, run again."
        )
    untold = scale_untold(frame, limits), pointing_untold(frame)
    reason = "; ".join(filter(None, (_reason(failures, tried), *untold)))
    return SolveResult(None, reason, sources)


def _reason(failures: list[str], tried: list[str]) -> str:
    """Say why nothing was found, and what was tried; a search that merely ended says least."""
    told = list(dict.fromkeys(failures))
    told.sort(key=lambda failure: not failure.startswith("does not verify"))
    return f"{'; '.join(told)} (tried: {'; '.join(tried)})"
