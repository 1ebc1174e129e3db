"""What engines are asked in turn, attempt by attempt, until one finds a field."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from plateworks.errors import PlateworksError
from plateworks.settings.solve import SolveOptions
from plateworks.sky.engines.engine import Engine, Query, Search
from plateworks.sky.hints import Attempt
from plateworks.sky.refine import Solution, refine

_log = logging.getLogger(__name__)


class Sought(NamedTuple):
    """A field: its sources in FITS pixels counted from 1, (N, 2), and the shape of the frame.

    ``epoch`` is the Julian year in which it was taken, if that is known.
    """

    xy: np.ndarray
    shape: tuple[int, int]
    epoch: float | None = None


class Found(NamedTuple):
    """A solution, or the reason why there is none, as a clause; and which attempts were made."""

    solution: Solution | None
    reason: str
    tried: tuple[str, ...]


def search(
    able: Sequence[Engine],
    attempts: Sequence[Attempt],
    sought: Sought,
    options: SolveOptions,
    limit_s: float,
) -> Found:
    """Let engines search for a field.

    Each attempt is made by the first engine, and by the next where that one failed, or found
    nothing in what it searches and the next searches something else.

    Parameters
    ----------
    able : sequence of Engine
    attempts : sequence of Attempt
    sought : Sought
    options : SolveOptions
    limit_s : float
        Processor seconds, of all searches together.

    Raises
    ------
    PlateworksError
        If there is no solution, and a search failed that might have found one.
    """
    failures, tried, broken, left = list[str](), list[str](), dict[str, str](), limit_s
    for attempt in attempts:
        ended, failed = set[str](), list[tuple[Engine, str]]()
        for engine in able:
            ready = engine.fitting(attempt, sought.shape)
            if isinstance(ready, str) or engine.searched() in ended or left <= 0:
                continue
            limit = left if attempt.most_s is None else min(left, attempt.most_s)
            query = Query(sought.xy, sought.shape, attempt, limit)
            outcome, seconds, fault = _ask(engine, ready, sought, query, options)
            if isinstance(outcome, Solution):
                return Found(outcome, "", (*tried, str(attempt)))
            _log.info(
                "%d sources, %s, %s: %s, %.1f s",
                len(sought.xy), ready.means, attempt, outcome, seconds,
            )  # fmt: skip
            failures.append(outcome)
            left -= seconds
            if fault:
                failed.append((engine, outcome))
            else:
                ended |= {engine.searched()} - {""}
            tried += [] if str(attempt) in tried else [str(attempt)]
        broken |= {one.name: why for one, why in failed if one.searched() not in ended}
    if broken:
        raise PlateworksError(
            f"The engine {' and the engine '.join(broken)} failed, so nothing is known of the "
            f"field: {'; '.join(dict.fromkeys(broken.values()))}.  Once that is mended, run again."
        )
    # A search that merely ended says least.
    told = list(dict.fromkeys(failures))
    told.sort(key=lambda failure: not failure.startswith("does not verify"))
    return Found(None, "; ".join(told), tuple(tried))


def _ask(
    engine: Engine, ready: Search, sought: Sought, query: Query, options: SolveOptions
) -> tuple[Solution | str, float, bool]:
    """Ask one engine; return what comes of it, its processor seconds, and whether it failed."""
    answer = ready.solve(query)
    if answer.match is None:
        return answer.reason, answer.seconds, answer.failed
    outcome = refine(
        answer.match,
        query.xy,
        query.shape,
        sip_order=options.sip_order,
        min_matches=options.min_matches,
        engine=engine.name,
        catalogue=partial(engine.catalogued, epoch=sought.epoch),
    )
    return outcome, answer.seconds, False


def worth_trying(
    able: Sequence[Engine], attempts: Sequence[Attempt], shape: tuple[int, int]
) -> tuple[list[Attempt], str]:
    """Leave out what no engine can attempt; and what is hopeless, once that is so of a field.

    Where nothing fits the field that a header states, it may be off by a little, so wider windows
    are searched about its pointing, which takes seconds; all the sky is not.

    Parameters
    ----------
    able : sequence of Engine
    attempts : sequence of Attempt
        Of :func:`plateworks.sky.hints.widen`: the first is what the header states.
    shape : (int, int)

    Returns
    -------
    attempts : list of Attempt
    lack : str
        Why nothing fits what the header states, as a sentence; "" if something does.
    """
    lacks = [[engine.fitting(attempt, shape) for engine in able] for attempt in attempts]
    whys = [next((why for why in some if isinstance(why, str)), "") for some in lacks]
    fits = [any(not isinstance(one, str) for one in some) for some in lacks]
    fitting = [attempt for attempt, fit in zip(attempts, fits, strict=True) if fit]
    if fits[0]:
        return fitting, ""
    return [one for one in fitting if one.radius is not None and one.most_s is None], whys[0]
