"""Solve one image: find its stars, ask its neighbours, try what the header promises, widen."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from plateworks.metadata.frame import Frame
from plateworks.settings.solve import SolveOptions
from plateworks.sky import engines
from plateworks.sky.engines.engine import Engine
from plateworks.sky.hints import Attempt, limits_of, pointing_untold, scale_untold, widen
from plateworks.sky.neighbours import Neighbour, refine_from
from plateworks.sky.refine import Solution
from plateworks.sky.searching import Sought, search, worth_trying
from plateworks.sky.sources import SourceList, extract

_log = logging.getLogger(__name__)

#: Fewer sources make no quad that could be told from chance.
LEAST_SOURCES = 5
#: MJD of the epoch J2000.0, and days of a Julian year.
J2000, JULIAN_YEAR = 51544.5, 365.25
#: An engine is given so many of the brightest.
MOST_SOURCES = 1000


@dataclass(frozen=True, slots=True)
class SolveResult:
    """A solution, or the reason why there is none, as a clause; and what was seen of the sky."""

    solution: Solution | None
    reason: str
    sources: SourceList


@dataclass(frozen=True, slots=True)
class Clues:
    """What is known of a frame beyond its header.

    Attributes
    ----------
    hint : Attempt or None
        What another program found; it is tried before what the header promises.
    neighbours : iterable of Neighbour or None
        Frames of its field, None for one that did not solve; they are asked first, one by one.
    limit_s, least_s : float or None
        Processor seconds of the engines, and the same where no neighbour solved; None: as the
        options have it.
    """

    hint: Attempt | None = None
    neighbours: Iterable[Neighbour | None] = ()
    limit_s: float | None = None
    least_s: float | None = None


NOTHING = Clues()


def solve_image(
    image: np.ndarray,
    mask: np.ndarray | None,
    frame: Frame,
    options: SolveOptions,
    clues: Clues = NOTHING,
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
    clues : Clues, optional

    Returns
    -------
    SolveResult

    Raises
    ------
    ConfigError
        If no engine can run, or something that the configuration names for it is not there.
    PlateworksError
        If there is no solution, and an engine failed in a search that might have found one.
    """
    able = engines.choose(options)
    sources = extract(
        image, mask, threshold=options.threshold, bayer=frame.bayer, egain=frame.egain
    )
    if len(sources) < LEAST_SOURCES:
        reason = f"only {len(sources)} sources above {options.threshold:g} sigma"
        return SolveResult(None, reason, sources)
    height, width = image.shape
    xy = sources.brightest(MOST_SOURCES).fits_xy
    found = solve_sources(xy, (height, width), frame, options, able, clues)
    if isinstance(found, str):
        return SolveResult(None, found, sources)
    return SolveResult(found, "", sources)


def solve_sources(
    xy: np.ndarray,
    shape: tuple[int, int],
    frame: Frame,
    options: SolveOptions,
    able: Sequence[Engine],
    clues: Clues = NOTHING,
) -> Solution | str:
    """Solve a list of sources.

    Parameters
    ----------
    xy : (N, 2) float64 array
        In FITS pixels counted from 1, the brightest first.
    shape : (int, int)
        Height and width of the frame.
    frame, options, clues
        As for :func:`solve_image`.
    able : sequence of Engine

    Returns
    -------
    Solution or str
        A clause that says why there is none.

    Raises
    ------
    PlateworksError
        As :func:`solve_image`.
    """
    limit = options.time_limit_s if clues.limit_s is None else clues.limit_s
    asked, scale = _Asked(), None
    epoch = None if frame.mjd is None else 2000 + (frame.mjd - J2000) / JULIAN_YEAR
    catalogue = partial(_catalogued, able, epoch)
    for neighbour in clues.neighbours:
        if neighbour is None:
            asked.open += 1
            continue
        outcome = refine_from(neighbour, frame, xy, shape, options, catalogue)
        if isinstance(outcome, Solution):
            _log.info("%d sources, as %s beside it lies", len(xy), neighbour.name)
            return outcome
        _log.info("%d sources, not as %s beside it lies: %s", len(xy), neighbour.name, outcome)
        asked.solved, scale = asked.solved + 1, scale or neighbour.lens.scale
    if asked.open and not asked.solved and clues.least_s is not None:
        limit = clues.least_s

    if limit <= 0:
        return "not searched for: solve.night_budget_s is spent on the frames before it"

    scales = options.scale_low, options.scale_high, options.field_width_deg
    limits = limits_of(shape[1], *scales)
    attempts = widen(frame, limits)
    attempts, lack = worth_trying(able, attempts, shape)
    if scale is not None and scale_untold(frame, limits):
        attempts = [*widen(replace(frame, pixel_scale=scale), limits), *attempts]
    hint = clues.hint
    if hint is not None and limits[0] <= hint.scale_high and hint.scale_low <= limits[1]:
        attempts = [hint, *attempts]
    found = search(able, attempts, Sought(xy, shape, epoch), options, limit)
    if found.solution is not None:
        return found.solution
    if not found.tried:
        return lack
    tried = "; ".join((*asked.words(), *found.tried))
    within = "" if limit == options.time_limit_s else f", within {limit:.3g} s"
    untold = (scale_untold(frame, limits), pointing_untold(frame))
    reason = f"{found.reason} (tried: {tried}{within})"
    return "; ".join(filter(None, (lack.removesuffix("."), reason, *untold)))


@dataclass
class _Asked:
    """How many neighbours of a frame were asked in vain, and how many did not solve themselves."""

    solved: int = 0
    open: int = 0

    def words(self) -> list[str]:
        said = []
        if self.solved:
            said.append(f"as {self.solved} of its neighbours lie that solved")
        if self.open:
            said.append(f"{self.open} of its neighbours did not solve")
        return said


def _catalogued(
    able: Sequence[Engine], epoch: float | None, ra: float, dec: float, radius: float, most: int
) -> np.ndarray | None:
    """Give the stars of a circle, of the first engine that knows some."""
    for engine in able:
        stars = engine.catalogued(ra, dec, radius, most, epoch)
        if stars is not None:
            return stars
    return None
