"""The figures of a master beside what former masters of its setup show, with their limits."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import NamedTuple

from plateworks.pixels.masterpair import PairFigures
from plateworks.quality.former import Former, Off, Way
from plateworks.quality.masterfigures import MasterFigures

#: Chance at which a good master is called off by its level, alone and with those before it: they
#: are most of all false alarms, as 3 sigma of the history shall be seen.
_LEVEL, _LEVEL_RUN = 4e-3, 1e-3
#: Deviations of a level that are off in any case: 3 sigma of its history are.
_FAR = 2.97
#: By any other figure.
_NOISE, _OTHER = 1e-3, 1e-4
#: Levels of bias frames and darks, in the noise of one frame: how they scatter before that is
#: known, and at least.
_SCATTER, _LEAST = 0.3, 0.01
#: Fewer defects come and go by chance.
_FEW = 20.0

#: Light of flats, ln; noise, ln; that of a difference beside what is stated, ln; defects, ln.
_LIGHT = Way(0.3, _LEVEL, least=0.002, below=True, run_alarm=_LEVEL_RUN, far=_FAR)
_OF_NOISE = Way(0.05, _NOISE, worth=0.03, least=0.003)
_OF_PAIR = Way(0.05, _OTHER, worth=0.1, first=math.log(1.3))
_DEFECTS = Way(0.2, _OTHER, worth=math.log(1.5), least=0.05)
#: Share of pixels that differ.
_SHARE = Way(0.003, _OTHER, worth=0.01, first=0.02)
#: Departure of a block: of flats a share of the light, else in the noise of one frame.
_UNEVEN_LIGHT = Way(0.003, _OTHER, worth=0.007, first=0.02)
_UNEVEN_DARK = Way(0.05, _OTHER, worth=0.1, first=0.3)

#: From here on a master is poor: levels beyond so many limits, and the noise of one frame; noise,
#: that of a difference and defects by ln of a factor; pixels that differ; a block that departs.
_POOR_LEVEL = 2.0
_POOR_NOISE, _POOR_PAIR, _POOR_DEFECTS = math.log(1.3), math.log(1.5), math.log(3.0)
_POOR_SHARE, _POOR_LIGHT, _POOR_DARK = 0.05, 0.05, 1.0
#: Share of its frames that are left out: doubtful, poor.
LEFT_OUT, _POOR_LEFT_OUT = 0.25, 0.5


class Compared(NamedTuple):
    """A figure of a master beside the usual.

    Attributes
    ----------
    value : float
        As it is told, not as it is compared.
    off : Off
        As it is compared: of most figures ln of a factor.
    most : float
        The limit as it is told: how far a level may be off, by what factor other figures of a
        master may exceed the usual, and what value those of a pair may have.
    poor : bool
        Whether it is so far off that the master is poor.
    """

    value: float
    off: Off
    most: float
    poor: bool = False

    @property
    def beyond(self) -> bool:
        return self.off.beyond


NOTHING = Compared(math.nan, Off(), math.nan)


class Comparison(NamedTuple):
    """All figures of a master beside the usual."""

    level: Compared
    noise: Compared
    hot: Compared
    flickering: Compared
    left_out: Compared
    share: Compared = NOTHING
    uneven: Compared = NOTHING
    pair_noise: Compared = NOTHING


class Usual:
    """What former masters of one kind and setup show, figure by figure."""

    def __init__(self) -> None:
        self._former: dict[str, Former] = defaultdict(Former)

    def of_light(self, light: float) -> Off:
        """Compare the light of another flat, ADU a second."""
        return self._former["level"].compare(_ln(light), _LIGHT)

    def next(self, kind: str, its: MasterFigures, pair: PairFigures | None) -> Comparison:
        """Compare a master with those before it; it is one of them from then on."""
        flat = kind == "flat"
        unit = next(x for x in (its.frame_noise, its.noise, 1.0) if x > 0)
        found = Comparison(
            level=self._light(its.light) if flat else self._level(its.level, unit),
            noise=self._ln("noise", its.frame_noise, _OF_NOISE, _POOR_NOISE),
            hot=self._ln("hot", its.hot, _DEFECTS, _POOR_DEFECTS, _FEW),
            flickering=self._ln("flickering", its.flickering, _DEFECTS, _POOR_DEFECTS, _FEW),
            left_out=_left_out(its),
        )
        if pair is None:
            return found
        unit, way, poor = (
            (1.0, _UNEVEN_LIGHT, _POOR_LIGHT) if flat else (unit, _UNEVEN_DARK, _POOR_DARK)
        )
        pair_noise = self._ln("pair noise", pair.noise, _OF_PAIR, _POOR_PAIR)
        return found._replace(
            share=self._plain("share", pair.share, _SHARE, _POOR_SHARE),
            uneven=self._plain("uneven", pair.uneven, way, poor, unit),
            pair_noise=pair_noise._replace(most=pair_noise.most * math.exp(pair_noise.off.usual)),
        )

    def _level(self, level: float, unit: float) -> Compared:
        way = _LIGHT._replace(scatter=_SCATTER * unit, least=_LEAST * unit)
        off = self._former["level"].next(level, way)
        poor = abs(off.off) > max(_POOR_LEVEL * off.limit, unit)
        return Compared(level, off, off.limit, poor)

    def _light(self, light: float) -> Compared:
        off = self._former["level"].next(_ln(light), _LIGHT)
        return Compared(light, off, math.exp(off.limit))

    def _ln(self, name: str, value: float, way: Way, poor: float, more: float = 0.0) -> Compared:
        off = self._former[name].next(_ln(value + more), way)
        return Compared(value, off, math.exp(off.limit), off.beyond and off.off > poor)

    def _plain(self, name: str, value: float, way: Way, poor: float, unit: float = 1.0) -> Compared:
        off = self._former[name].next(value / unit, way)
        most = (off.usual + off.limit) * unit
        return Compared(value, off, most, off.beyond and value > poor * unit)


def _left_out(its: MasterFigures) -> Compared:
    share = its.left_out / (its.left_out + its.frames) if its.left_out else 0.0
    off = Off(share, LEFT_OUT, 0.0, below=False)
    return Compared(its.left_out, off, LEFT_OUT, share > _POOR_LEFT_OUT)


def _ln(value: float) -> float:
    return math.log(value) if value > 0 else math.nan
