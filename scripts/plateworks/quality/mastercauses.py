"""What is wrong with a master, in a word each, and how that shows, with values and limits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from plateworks.pixels.masterpair import PairFigures
from plateworks.quality.masterlimits import Compared, Comparison

Cause = Literal[
    "light leak", "lamp", "dust moved", "condensation", "filter swapped", "noisier", "level",
    "hot pixels", "changed pixels", "frames left out",
]  # fmt: skip

#: A spot as deep as this part of the light is told.
DEEP = 0.008
#: So many spots that went and so many that came are those of another filter.
_OTHER_DUST = 3
#: Filters differ by more than this in light, as ln.
_OTHER_LIGHT = math.log(1.2)
#: A plane explains what is uneven where no more than this part of it is left.
_OF_A_PLANE = 0.5


class Fault(NamedTuple):
    """One thing that is wrong.

    Attributes
    ----------
    cause : str
    why : str
        A clause with its value and limit.
    poor : bool
        Whether it makes a master poor.
    """

    cause: Cause
    why: str
    poor: bool = False


def faults_of(
    kind: str, its: Comparison, pair: PairFigures | None, others: Sequence[str]
) -> list[Fault]:
    """Return what is wrong with a master, what explains the rest first.

    Parameters
    ----------
    kind : str
        ``bias``, ``dark``, ``darkflat`` or ``flat``.
    its : Comparison
    pair : PairFigures or None
        How it differs from the one before it; None where there is none.
    others : sequence of str
        Of a flat: filters of the same setup that have the light that it has.
    """
    found = list(_of_flat(its, pair, others) if kind == "flat" else _of_dark(its, pair))
    return [*found, *_of_any(its, known=bool(found))]


def dust_moved(pair: PairFigures | None) -> bool:
    """Whether spots came or went."""
    return pair is not None and bool(pair.appeared or pair.vanished) and pair.depth >= DEEP


def _of_dark(its: Comparison, pair: PairFigures | None) -> Iterator[Fault]:
    level, uneven = its.level, its.uneven
    said = [_level(level)] if level.beyond else []
    if pair is not None and uneven.beyond and pair.brighter > pair.uneven / 2:
        said.insert(0, f"parts are {pair.brighter:.3g} ADU brighter than others beside the "
                    f"one before (limit {uneven.most:.2g} ADU)")  # fmt: skip
        yield Fault("light leak", ", ".join(said), uneven.poor or level.poor)
    elif said:
        yield Fault("level", said[0], level.poor)


def _of_flat(its: Comparison, pair: PairFigures | None, others: Sequence[str]) -> Iterator[Fault]:
    light, uneven, dust = its.level, its.uneven, dust_moved(pair)
    said = [f"its light is {_times(light)}"] if light.beyond else []
    if pair is None:
        if said:
            yield Fault("lamp", said[0])
        return
    if dust:
        said.append(_spots(pair))
    if uneven.beyond:
        said.append(
            f"parts of it are up to {100 * pair.uneven:.2g} % off beside the one before "
            f"(limit {100 * uneven.most:.2g} %)"
        )
    came_and_went = min(pair.appeared, pair.vanished)
    lit_otherwise = light.beyond and abs(light.off.off) > _OTHER_LIGHT
    looks_otherwise = came_and_went > 0 or (uneven.beyond and (dust or bool(others)))
    if came_and_went >= _OTHER_DUST or (lit_otherwise and looks_otherwise):
        name = f"as bright as {', '.join(others)}" if light.beyond and others else ""
        yield Fault("filter swapped", ", ".join(filter(None, [*said, name])), poor=True)
    elif uneven.beyond:
        flat = pair.bent <= _OF_A_PLANE * pair.uneven
        yield Fault("lamp" if flat else "condensation", ", ".join(said), uneven.poor)
    elif dust:
        yield Fault("dust moved", _spots(pair))
        if light.beyond:
            yield Fault("lamp", said[0])
    elif light.beyond:
        yield Fault("lamp", said[0])


def _of_any(its: Comparison, *, known: bool) -> Iterator[Fault]:
    if its.noise.beyond:
        said = f"its frames have {_times(its.noise)} of noise"
        yield Fault("noisier", said, its.noise.poor)
    elif its.pair_noise.beyond and not known:
        said = f"it scatters about the one before {its.pair_noise.value:.3g} times as both state"
        yield Fault("noisier", f"{said} (limit {its.pair_noise.most:.3g})", its.pair_noise.poor)
    for what, one in (("hot", its.hot), ("flickering", its.flickering)):
        if one.beyond:
            said = f"{one.value:.0f} {what} pixels, {_times(one)}"
            yield Fault("hot pixels", said, one.poor)
    if its.share.beyond and not (known or its.hot.beyond or its.flickering.beyond):
        share, limit = 100 * its.share.value, 100 * its.share.most
        said = (
            f"{share:.2g} % of pixels differ from the one before by 6 sigma (limit {limit:.2g} %)"
        )
        yield Fault("changed pixels", said, its.share.poor)
    if its.left_out.beyond:
        said = f"{its.left_out.value:.0f} frames are left out, {100 * its.left_out.off.off:.0f} % "
        yield Fault("frames left out", f"{said}(limit {100 * its.left_out.most:.0f} %)",
                    its.left_out.poor)  # fmt: skip


def _level(one: Compared) -> str:
    off, where = one.off, "above" if one.off.off > 0 else "below"
    row = (
        f"the mean level of the last {off.run} lies" if off.run > 1 else f"{one.value:.6g} ADU lie"
    )
    return (
        f"{row} {abs(off.off):.3g} ADU {where} the usual {off.usual:.6g} of {off.former} former "
        f"(limit {off.limit:.3g})"
    )


def _times(one: Compared) -> str:
    """Tell a factor beside the usual, with its limit."""
    off = one.off
    row = f", as the mean of the last {off.run}," if off.run > 1 else ""
    limit = one.most if off.off > 0 else 1 / one.most
    times = f"{math.exp(off.off):.3g} times{row} the usual"
    return f"{times} of {off.former} former (limit {limit:.3g})"


def _spots(pair: PairFigures) -> str:
    parts = [
        f"{count:.0f} {'spots' if count > 1 else 'spot'} {what}"
        for count, what in ((pair.appeared, "appeared"), (pair.vanished, "vanished"))
        if count
    ]
    deep, least = 100 * pair.depth, 100 * DEEP
    return f"{' and '.join(parts)} beside the one before, {deep:.2g} % deep (limit {least:.2g} %)"
