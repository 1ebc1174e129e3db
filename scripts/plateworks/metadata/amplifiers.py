"""Amplifiers: which part of which image each of them reads, and where that belongs on the picture.

The record is made of the cards of a header (:mod:`plateworks.metadata.readoutcards`) or of what is
known of a camera, and by it a frame is put together
(:mod:`plateworks.products.amplifiersteps`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

#: First column and the one behind the last, first row and the one behind the last, from 0.
Section = tuple[int, int, int, int]

#: The card by which a master tells the shares of its amplifiers; what stands for none, and how it
#: begins where they were measured.
SHARES_KEY, AS_READ, MEASURED = "PWSHARES", "as read", "measured"
#: Part of the rectangle around all amplifiers that they fill: between the chips of a camera that
#: has several are gaps.
_FILLED = 0.9


@dataclass(frozen=True, kw_only=True, slots=True)
class Amplifier:
    """What one amplifier reads.

    Attributes
    ----------
    data : Section
        Pixels that see light, in the image as it is stored.
    bias : tuple of Section
        Pixels that see none, by which its level is told; none where that is not to be subtracted.
    hdu : int
        Index of the HDU that holds it.
    corner : (int, int)
        Column and row of the picture at which its pixels begin, once they are turned.
    flip_x, flip_y : bool
        Whether columns, or rows, are stored in the opposite order to that of the picture.
    gain : float or None
        Electrons per ADU.
    read_noise : float or None
        Electrons.
    saturation : float or None
        ADU as they are stored.
    """

    data: Section
    bias: tuple[Section, ...] = ()
    hdu: int = 0
    corner: tuple[int, int] = (0, 0)
    flip_x: bool = False
    flip_y: bool = False
    gain: float | None = None
    read_noise: float | None = None
    saturation: float | None = None

    @property
    def width(self) -> int:
        """Columns of its part of the picture."""
        return self.data[1] - self.data[0]

    @property
    def height(self) -> int:
        """Rows of its part of the picture."""
        return self.data[3] - self.data[2]

    @property
    def place(self) -> tuple[slice, slice]:
        """Rows and columns of the picture that are its own."""
        x, y = self.corner
        return slice(y, y + self.height), slice(x, x + self.width)


@dataclass(frozen=True, kw_only=True, slots=True)
class Crosstalk:
    """What part of the signal of one amplifier is seen in another, both counted from 0."""

    source: int
    onto: int
    part: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Readout:
    """How a frame is put together of what its amplifiers read.

    Attributes
    ----------
    amplifiers : tuple of Amplifier
        They do not overlap on the picture.
    crosstalk : tuple of Crosstalk
    origin : (int, int) or None
        Column and row of the sensor at which the picture begins, binned as it is; None where
        nothing but other cards may tell.
    measured : bool or None
        Whether its gains are those that pairs of frames showed; None: nobody measured them.
    """

    amplifiers: tuple[Amplifier, ...]
    crosstalk: tuple[Crosstalk, ...] = ()
    origin: tuple[int, int] | None = None
    measured: bool | None = None

    @property
    def width(self) -> int:
        """Columns of the picture."""
        return max(one.corner[0] + one.width for one in self.amplifiers)

    @property
    def height(self) -> int:
        """Rows of the picture."""
        return max(one.corner[1] + one.height for one in self.amplifiers)

    @property
    def subtracts(self) -> bool:
        """Whether the level of an overscan is subtracted."""
        return any(one.bias for one in self.amplifiers)

    @property
    def gain(self) -> float | None:
        """Electrons per ADU of the picture: the mean of all; None where one is not known."""
        gains = [one.gain for one in self.amplifiers if one.gain is not None]
        return sum(gains) / len(gains) if len(gains) == len(self.amplifiers) else None

    @property
    def shares(self) -> str | None:
        """By what its amplifiers are brought to one gain: the gain of each over the mean of all.

        None of one amplifier; of several whose gains are not known, that they stay as they are.
        Frames that differ in it leave seams in each other.
        """
        return shares_of([one.gain for one in self.amplifiers], measured=bool(self.measured))

    @property
    def read_noise(self) -> float | None:
        """Electrons, right on the average for variances; None where one is not known."""
        known = [one.read_noise for one in self.amplifiers if one.read_noise is not None]
        if len(known) < len(self.amplifiers):
            return None
        return float((sum(one**2 for one in known) / len(known)) ** 0.5)

    @property
    def images(self) -> tuple[int, ...]:
        """The HDUs that hold it, each once."""
        return tuple(dict.fromkeys(one.hdu for one in self.amplifiers))

    def with_gains(self, gains: Sequence[float], noises: Sequence[float | None] = ()) -> Readout:
        """Return the same with gains that were measured, and read noises where it tells none."""
        known = (*noises, *[None] * len(self.amplifiers))
        amplifiers = (
            replace(one, gain=gain, read_noise=one.read_noise or noise)
            for one, gain, noise in zip(self.amplifiers, gains, known, strict=False)
        )
        return replace(self, amplifiers=tuple(amplifiers), measured=True)

    def without_gains(self) -> Readout:
        """Return the same of which nobody knows a gain."""
        amplifiers = tuple(replace(one, gain=None) for one in self.amplifiers)
        return replace(self, amplifiers=amplifiers, measured=None)

    def without_bias(self) -> Readout:
        """Return the same of a frame whose overscan was subtracted already."""
        amplifiers = tuple(replace(one, bias=()) for one in self.amplifiers)
        return replace(self, amplifiers=amplifiers)

    def in_words(self) -> list[str]:
        """Say what is done to a frame, as clauses, in the order in which it is done."""
        many = len(self.amplifiers) > 1
        words = []
        if self.subtracts:
            words.append("the level of its overscan is subtracted")
        words.append(f"trimmed to {self.width}x{self.height}")
        if self.crosstalk:
            words.append("crosstalk is subtracted")
        if many:
            first = "" if self.gain is None else "brought to one gain and "
            words.append(f"{len(self.amplifiers)} amplifiers are {first}put together")
        return words


def shares_of(gains: Sequence[float | None], *, measured: bool = False) -> str | None:
    """Return the gain of each amplifier over the mean of all, as :attr:`Readout.shares`.

    What was measured has five digits, so that whoever reads it leaves no seam of its own.
    """
    if len(gains) == 1:
        return None
    known = [one for one in gains if one is not None]
    if len(known) < len(gains):
        return AS_READ
    mean, digits = sum(known) / len(known), 5 if measured else 3
    told = " ".join(f"{one / mean:.{digits}g}" for one in known)
    return f"{MEASURED} {told}" if measured else told


def side_by_side(amplifiers: Sequence[Amplifier]) -> tuple[Amplifier, ...] | None:
    """Place amplifiers of one image as they lie in it, without the overscan between them.

    Returns
    -------
    tuple of Amplifier or None
        None if their sections are no grid of rows and columns.
    """
    columns = sorted({one.data[:2] for one in amplifiers})
    rows = sorted({one.data[2:] for one in amplifiers})
    lefts, bottoms = _starts(columns), _starts(rows)
    placed = tuple(
        replace(one, corner=(lefts[one.data[:2]], bottoms[one.data[2:]])) for one in amplifiers
    )
    return placed if are_one_picture(placed) else None


def are_one_picture(amplifiers: Sequence[Amplifier]) -> bool:
    """Whether amplifiers fill a rectangle, but for a little, and none lies upon another."""
    for one, other in combinations(amplifiers, 2):
        apart = (
            one.corner[0] + one.width <= other.corner[0]
            or other.corner[0] + other.width <= one.corner[0]
            or one.corner[1] + one.height <= other.corner[1]
            or other.corner[1] + other.height <= one.corner[1]
        )
        if not apart:
            return False
    whole = Readout(amplifiers=tuple(amplifiers))
    filled = sum(one.width * one.height for one in amplifiers)
    return filled >= _FILLED * whole.width * whole.height


def _starts(spans: Sequence[tuple[int, ...]]) -> dict[tuple[int, ...], int]:
    """Return where each span begins once they are moved together."""
    starts, begin = {}, 0
    for span in spans:
        starts[span] = begin
        begin += span[1] - span[0]
    return starts
