"""Masters, needs and options for property tests, each example drawn as one string of bytes.

Hypothesis takes longer to draw the hundreds of fields of an example one by one than the tests take
to use them.  Here each field is picked by the next byte.  Hypothesis still makes a failing example
small: a byte of 0 picks the plainest value, which stands first.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from hypothesis import strategies as st

from plateworks.inventory.sets import Setup
from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.maintenance import Change
from plateworks.settings.matching import FreshDays, Matching

T = TypeVar("T")
KINDS = ("bias", "dark", "dark", "darkflat", "flat", "flat")
FRAMES = (None, None, 5, 20, 50)
DAYS = (0.0, 0.5, 1.0, 2.0, 5.0)

# Few values of each, so that masters meet and tie.
OPTICS = {
    "temperature": (-10.0, -10.0, -9.0, -7.0, -6.9, 5.0, 24.0, None),
    "exposure": (120.0, 120.0, 60.0, 30.0, 130.0, 180.0, 0.0, 10.0, 4.0, None),
    "filter": ("ha", "ha", "l", "oiii", None),
    "telescope": (None, "esprit", "esprit", "rc8"),
    "focal_length": (None, 500.0, 505.0, 520.0),
    "rotator": (None, None, 0.0, 1.0, 359.5, 90.0),
}
SETUP = {
    "camera": ("asi2600mm", "asi2600mm", "asi2600mm-pro", None),
    "width": (100, 100, 100, 40),
    "height": (80, 80, 80, 60),
    "xbin": (1, 1, 1, None, 2),
    "ybin": (1,),
    "gain": (100.0, 100.0, 0.0, None),
    "offset": (50.0, 50.0, None),
    "readout_mode": (None, None, "slow"),
    "serial": (None, None, None, "7", "8"),
    "driver_mode": (None, None, None, "lownoise=1", "lownoise=0", "hcg=1 lownoise=1", "hcg=0"),
    "raw_bits": (16, 16, None, 8),
    "x_origin": (None, 0, 0, 3, 60, 61),
    "y_origin": (None, 0, 0, 10, 20, 21),
    "origin_binned": (False, False, False, True),
    "row_order": (None, "TOP-DOWN", "BOTTOM-UP"),
    "flip": (None, "none", "none", "mirror"),
    "bayer": (None, None, "RGGB", "GBRG", "GRBG"),
    "overscan_off": (None, None, None, True),
    "egain": (None, None, None, 0.25, 1.0),
    "amplifiers": (None, None, None, "0.9 1.1", "as read"),
}
OPTIONS = {
    "temperature_tolerance_degC": (1.0, 0.0),
    "temperature_good_degC": (3.0, 1.0),
    "exposure_tolerance": (0.005, 0.0, 0.1),
    "dark_policy": (
        "scale", "scale", "nearest", "longest_not_longer", "scale_longest_not_longer", "exact",
    ),
    "dark_scale_limit": (2.0, 2.0, None, 5.0),
    "dark_current": (None, None, 0.01),
    "change_margin": (0.1, 0.1, 0.0),
    "dark_scale": ("exposure", "optimise", "none"),
    "substitute_filter": ("L", None),
    "rotator_tolerance_deg": (1.0, 10.0),
    "maintenance_bounds": (("flat",), ("flat", "dark"), ("dark",), ()),
    "prefer": ("new", "library"),
    "by_date": ("nearest", "newest", "own"),
    "flat_future_days": (*DAYS, None),
    "flat_max_age_days": (*[None] * len(DAYS), *DAYS),
}  # fmt: skip

#: What a master needs to serve this need, whatever the date.
NEED_OF_ALL = Need(
    Setup("asi2600mm", 100, 80, 1, 1, 100.0, 50.0, None), -10.0, 120.0, "ha", None, None, None, None
)


class Bytes:
    """What the bytes of `stock` pick, one after the other; zeros when they are used up."""

    def __init__(self, stock: bytes):
        self._stock = iter(stock)

    def number(self, below: int) -> int:
        """Return a number from 0 to `below` - 1, which is 255 at most."""
        return next(self._stock, 0) % below

    def pick(self, values: Sequence[T]) -> T:
        """Return one of `values`."""
        return values[self.number(len(values))]

    def each(self, values: dict[str, Sequence]) -> dict:
        """Return one of the values of each key."""
        return {key: self.pick(some) for key, some in values.items()}

    def several(self, build: Callable[[Bytes], T], most: int, least: int = 0) -> list[T]:
        """Return from `least` to `most` of what `build` makes."""
        return [build(self) for _ in range(least + self.number(most - least + 1))]

    def part(self) -> float:
        """Return a number from 0 to 1 with all the digits that there are."""
        return sum(self.number(256) / 256.0**i for i in range(1, 8))

    def random(self) -> random.Random:
        """Return a source of what need not be made small."""
        return random.Random(self.number(256))


def drawn(build: Callable[[Bytes], T], size: int = 700) -> st.SearchStrategy[T]:
    """Return the strategy of what `build` makes of so many random bytes."""
    return st.binary(min_size=size, max_size=size).map(lambda stock: build(Bytes(stock)))


def date(of: Bytes) -> float | None:
    """Return none, or a date on a grid that limits fall upon."""
    return of.pick([None, 60000.0 + of.number(97) / 8])


def night(of: Bytes) -> int | None:
    return of.pick([None, 60000 + of.number(13)])


def need(of: Bytes) -> Need:
    setup, free = Setup(**of.each(SETUP)), of.pick((False, False, True))
    bright = of.pick((False, False, True))
    optics = of.each(OPTICS)
    return Need(setup, mjd=date(of), night=night(of), bias_off=free, bright=bright, **optics)


def masters(of: Bytes, need: Need) -> list[Candidate]:
    """Return up to ten masters of any kind, most of which nearly fit."""
    return numbered(of.several(lambda of: _master(of, need), 10))


def _master(of: Bytes, need: Need) -> Candidate:
    """Return a master that differs from the need in few fields, or in any."""
    few = of.pick((6, 12, 1))
    fields = {name: _or(of, getattr(need, name), some, few) for name, some in OPTICS.items()}
    setup = {name: _or(of, getattr(need.setup, name), some, few) for name, some in SETUP.items()}
    return Candidate(
        "", of.pick(KINDS), Setup(**setup), mjd=date(of), made=of.pick((True, False)),
        bias_inside=of.pick((True, True, False, None)), night=night(of), frames=of.pick(FRAMES),
        **fields,
    )  # fmt: skip


def _or(of: Bytes, plain: T, values: Sequence[T], few: int) -> T:
    """Return one in `few` times one of `values`, else `plain`."""
    return of.pick(values) if of.number(few) == few - 1 else plain


def master_that_fits(of: Bytes) -> Candidate:
    """Return a master that nothing but the date keeps from the need of all."""
    return Candidate(
        "", of.pick(KINDS), NEED_OF_ALL.setup, of.pick((-10.0, -8.0)), of.pick((120.0, 60.0)),
        of.pick(("ha", "l")), None, None, None, date(of), of.pick((True, False)),
        of.pick((True, False)), night=night(of), frames=of.pick(FRAMES),
    )  # fmt: skip


def archive(of: Bytes) -> list[Candidate]:
    """Return masters of many nights, most of them equal but for that, in any order."""
    kinds = of.several(master_that_fits, 5, 1)
    found = [
        replace(one, night=60000 + night, mjd=60000 + night + of.number(8) / 8, path="")
        for one in kinds
        for night in range(13)
        for _ in range(of.pick((1, 1, 1, 1, 0, 2)))
    ]
    found += of.several(master_that_fits, 3)
    found = [_or(of, one, [replace(one, frames=of.pick(FRAMES))], 12) for one in found]
    of.random().shuffle(found)
    return numbered(found)


def a_little_else(of: Bytes, plain: Need | Candidate) -> Need | Candidate:
    """Return a need or a master with one in five of its fields at random."""
    fields = {name: _or(of, getattr(plain, name), values, 5) for name, values in OPTICS.items()}
    return replace(plain, **fields)


def numbered(some: list[Candidate]) -> list[Candidate]:
    """Give masters paths in their order."""
    return [replace(one, path=f"{i:02d}.fits") for i, one in enumerate(some)]


def options(of: Bytes) -> Matching:
    """Return how matches are made."""
    fresh = of.each({"bias": DAYS, "dark": DAYS, "flat": DAYS})
    return Matching(**of.each(OPTIONS), fresh_days=FreshDays(**fresh))


def changes(of: Bytes) -> list[Change]:
    """Return up to three entries of a maintenance log."""
    cameras = ("asi2600mm", "asi2600", "qhy600")
    return of.several(
        lambda of: Change(60000.0 + of.number(97) / 8, of.pick(cameras), "cleaned", "then"), 3
    )
