"""Verdicts on masters: each beside its predecessor and what former ones of its setup show.

A master is judged by those before it, never by later ones, and a verdict changes no master.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from plateworks.orders.judging import DOUBTFUL, GOOD, POOR, JudgedMaster
from plateworks.pixels.masterpair import PairFigures
from plateworks.quality.mastercauses import Fault, faults_of
from plateworks.quality.masterfigures import MasterFigures
from plateworks.quality.masterlimits import Comparison, Usual

if TYPE_CHECKING:
    from pandas import DataFrame

#: Differences from the predecessor are the new usual after so many masters that show them.
_HELD = 3
#: Faults after which a master is no predecessor that others are compared with.
_ODD = frozenset(("light leak", "lamp", "condensation", "filter swapped", "changed pixels"))
#: So many former flats tell the light of a filter.
_KNOWN = 3
#: Figures of a pair in the table, in the order of their fields.
PAIR_COLUMNS = (
    "differing_share", "difference_noise", "uneven", "brighter", "tilt", "bent", "spots_appeared",
    "spots_vanished", "spot_depth",
)  # fmt: skip
#: Of the table, in its order.
COLUMNS = (
    "master", "setup", "kind", "filter", "exposure_s", "temperature_degC", "night", "source",
    "verdict", "causes", "why", "former",
    "level_adu", "level_off", "level_limit", "light_adu_s", "light_ratio", "light_limit",
    "noise_adu", "noise_predicted_adu", "read_noise_adu", "frame_noise_adu", "noise_ratio",
    "noise_limit", "hot", "hot_ratio", "hot_limit", "flickering", "flickering_ratio",
    "flickering_limit", "frames", "left_out", "left_out_limit", "age_at_use_days", "fresh_days",
    "predecessor", *PAIR_COLUMNS, "differing_share_limit", "difference_noise_limit",
    "uneven_limit", "digest", "predecessor_digest",
)  # fmt: skip


class Known(NamedTuple):
    """A master with what it tells of itself."""

    master: JudgedMaster
    figures: MasterFigures


#: Compares a master with the one before it; None where pixels cannot be read.
ComparePair = Callable[[Known, Known], PairFigures | None]


@dataclass
class _Course:
    """Masters that are to be alike, up to one of them."""

    usual: Usual = field(default_factory=Usual)
    before: Known | None = None  # what the next is compared with
    held: int = 0  # how many in a row differ from that
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)  # rows by digest


def judge_masters(masters: Iterable[Known], compare: ComparePair) -> DataFrame:
    """Judge masters of all setups, nights and libraries.

    Parameters
    ----------
    masters : iterable of Known
        In the order in which they were taken.
    compare : function

    Returns
    -------
    DataFrame
        A row of :data:`COLUMNS` for each.  ``verdict``: good, doubtful or poor; ``causes``: what is
        wrong, in words of :data:`plateworks.quality.mastercauses.Cause`; ``why``: a clause for
        each, with value and limit.
    """
    import pandas as pd

    courses: dict[str, _Course] = defaultdict(_Course)
    lights: dict[str, dict[str, Usual]] = defaultdict(dict)
    rows = []
    for known in masters:
        master = known.master
        course = courses[master.alike]
        own = _columns_of(known)
        if known.figures.digest not in course.seen:
            beside = {name: one for name, one in lights[master.setup].items()
                      if one is not course.usual}  # fmt: skip
            course.seen[known.figures.digest] = _judged(known, course, beside, compare)
            if master.kind == "flat" and master.filter:
                lights[master.setup][master.filter] = course.usual
        rows.append(course.seen[known.figures.digest] | own)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _judged(
    known: Known, course: _Course, beside: dict[str, Usual], compare: ComparePair
) -> dict[str, Any]:
    """Return the columns of the verdict; the course goes on."""
    master, before = known.master, course.before
    pair = None if before is None else compare(known, before)
    fits = {name: usual.of_light(known.figures.light) for name, usual in beside.items()}
    others = [name for name, off in sorted(fits.items())
              if off.former >= _KNOWN and not off.beyond]  # fmt: skip
    its = course.usual.next(master.kind, known.figures, pair)
    faults = faults_of(master.kind, its, pair, others)
    odd = bool(_ODD.intersection(fault.cause for fault in faults if pair is not None))
    course.held = course.held + 1 if odd else 0
    if before is None or not odd or course.held >= _HELD:
        course.before, course.held = known, 0
    return {**_verdict(faults), **_beside(its, master.kind), **_pair(before, pair)}


def _verdict(faults: list[Fault]) -> dict[str, Any]:
    poor = any(fault.poor for fault in faults)
    return {
        "verdict": POOR if poor else DOUBTFUL if faults else GOOD,
        "causes": "; ".join(dict.fromkeys(fault.cause for fault in faults)),
        "why": "; ".join(f"{fault.cause}: {fault.why}" for fault in faults),
    }


def _columns_of(known: Known) -> dict[str, Any]:
    master, its = known
    return {
        "master": master.path, "setup": master.setup, "kind": master.kind,
        "filter": master.filter, "exposure_s": master.exposure,
        "temperature_degC": master.temperature, "night": master.night,
        "source": "results" if master.made else "library",
        "frames": its.frames, "left_out": its.left_out, "level_adu": its.level,
        "noise_adu": its.noise, "noise_predicted_adu": its.predicted,
        "read_noise_adu": its.read_noise, "frame_noise_adu": its.frame_noise, "hot": its.hot,
        "flickering": its.flickering, "light_adu_s": its.light,
        "age_at_use_days": master.age, "fresh_days": master.fresh, "digest": its.digest,
    }  # fmt: skip


def _beside(its: Comparison, kind: str) -> dict[str, Any]:
    """Return how far off each figure is, and the limits."""
    level = its.level.off
    lit = {"light_ratio": math.exp(level.off), "light_limit": its.level.most}
    dark = {"level_off": level.off, "level_limit": its.level.most}
    factors = {"noise": its.noise, "hot": its.hot, "flickering": its.flickering}
    return {
        "former": level.former,
        **(lit if kind == "flat" else dark),
        **{f"{name}_ratio": math.exp(one.off.off) for name, one in factors.items()},
        **{f"{name}_limit": one.most for name, one in factors.items()},
        "left_out_limit": its.left_out.most,
        "differing_share_limit": its.share.most,
        "difference_noise_limit": its.pair_noise.most,
        "uneven_limit": its.uneven.most,
    }


def _pair(before: Known | None, pair: PairFigures | None) -> dict[str, Any]:
    if before is None:
        return {}
    told = {} if pair is None else dict(zip(PAIR_COLUMNS, pair, strict=True))
    path, digest = before.master.path, before.figures.digest
    return {"predecessor": path, "predecessor_digest": digest, **told}
