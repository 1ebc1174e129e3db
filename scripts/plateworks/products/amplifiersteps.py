"""What becomes of a raw frame that amplifiers read, before it is a picture: step after step.

All frames are pictures when they meet, those of masters as well as lights, so that nothing that
follows knows of amplifiers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from plateworks.metadata.amplifiers import Amplifier, Section
from plateworks.metadata.strips import rows_along
from plateworks.orders.frames import Assembly
from plateworks.pixels.arrays import Bools, Floats, Reals
from plateworks.pixels.overscan import subtract_overscan, trim


@dataclass
class Piece:
    """What one amplifier read, on its way.

    Attributes
    ----------
    amplifier : Amplifier
    pixels : (H, W) array
        ADU; with what lies around its data, until it is trimmed.
    step : float
        Between the values, ADU; 0 of floats.
    full : float or None
        ADU, from which on a pixel is saturated.
    data : Section
        Where in the pixels its data lie.
    saturated : (H, W) bool array
        Which of its data are saturated.
    """

    amplifier: Amplifier
    pixels: Reals
    step: float
    full: float | None
    data: Section = (0, 0, 0, 0)
    saturated: Bools = field(default_factory=lambda: np.zeros((0, 0), bool))

    def __post_init__(self) -> None:
        left, right, bottom, top = self.data = self.amplifier.data
        lit = self.pixels[bottom:top, left:right]
        self.saturated = np.zeros(lit.shape, bool) if self.full is None else lit >= self.full


@dataclass
class Pieces:
    """A frame on its way to one picture.

    Attributes
    ----------
    assembly : Assembly
    pieces : list of Piece
        One for each amplifier.
    picture : (H, W) float32 array or None
        Once they are put together; NaN where none has a pixel.
    full : float or None
        The level, ADU, that all saturated pixels of the picture have.
    words : list of str
        What was done, a clause each.
    """

    assembly: Assembly
    pieces: list[Piece]
    picture: Floats | None = None
    full: float | None = None
    words: list[str] = field(default_factory=list)


class AmplifierStep(NamedTuple):
    """A step of a frame that is in pieces.

    Attributes
    ----------
    name : str
        For people.
    formula : str
        What becomes of a pixel, in one line.
    apply : function
        Changes the pieces in place.
    """

    name: str
    formula: str
    apply: Callable[[Pieces], None]


def put_together(recipe: Sequence[AmplifierStep], pieces: Pieces) -> Pieces:
    """Take one frame through a recipe, at whose end it is a picture."""
    for step in recipe:
        step.apply(pieces)
    return pieces


def _overscan(frame: Pieces) -> None:
    for number, piece in enumerate(frame.pieces, 1):
        if not piece.amplifier.bias:
            continue
        [strip, *_] = piece.amplifier.bias
        left, right, bottom, top = piece.data
        upright = rows_along(strip, piece.data)
        if upright:  # rows that it lacks at an end have the level of its last
            rows = np.clip(np.arange(bottom, top), strip[2], strip[3] - 1)
            lit, level = piece.pixels[bottom:top], piece.pixels[rows, strip[0] : strip[1]]
        else:
            columns = np.clip(np.arange(left, right), strip[0], strip[1] - 1)
            lit = piece.pixels[:, left:right].T
            level = piece.pixels[strip[2] : strip[3], columns].T
        found = subtract_overscan(lit, level, frame.assembly.overscan)
        piece.pixels = found.pixels if upright else found.pixels.T
        piece.data = (left, right, 0, top - bottom) if upright else (0, right - left, bottom, top)
        if piece.full is not None:
            piece.full -= found.least
        how = "a curve" if found.fitted else "line by line"
        frame.words.append(
            f"overscan of amplifier {number}: {found.level:.2f} ADU, {how}, over a range of "
            f"{found.spread:.2f} ADU"
        )


def _trim(frame: Pieces) -> None:
    for piece in frame.pieces:
        piece.pixels = trim(piece.pixels, piece.data)


def _crosstalk(frame: Pieces) -> None:
    readout = frame.assembly.readout
    before = [_as_read(piece.amplifier, frame) for piece in frame.pieces]
    seen = [piece.pixels[turn] for piece, turn in zip(frame.pieces, before, strict=True)]
    for one in readout.crosstalk:
        source, onto = seen[one.source], frame.pieces[one.onto]
        if source.shape == onto.pixels.shape:
            onto.pixels = onto.pixels.copy()
            onto.pixels[before[one.onto]] -= np.float32(one.part) * source
    if readout.crosstalk:
        frame.words.append(f"crosstalk subtracted, {len(readout.crosstalk)} coefficients")


def _as_read(amplifier: Amplifier, frame: Pieces) -> tuple[slice, slice]:
    """Return the slices by which its pixels come in the order in which they are read.

    Images that are stored otherwise than they lie on the sensor are stored as they are read.  Else
    each amplifier sits at its outer corner.
    """
    readout = frame.assembly.readout
    if any(one.flip_x or one.flip_y for one in readout.amplifiers):
        return slice(None), slice(None)
    backwards = slice(None, None, -1)
    right = 2 * amplifier.corner[0] + amplifier.width > readout.width
    above = 2 * amplifier.corner[1] + amplifier.height > readout.height
    return backwards if above else slice(None), backwards if right else slice(None)


def _gain(frame: Pieces) -> None:
    common = frame.assembly.readout.gain
    if common is None or len(frame.pieces) < 2:
        return
    for piece in frame.pieces:
        factor = np.float32((piece.amplifier.gain or common) / common)
        piece.pixels *= factor  # its own since it was trimmed
        piece.step *= float(factor)
        piece.full = None if piece.full is None else piece.full * float(factor)
    frame.words.append(f"{len(frame.pieces)} amplifiers brought to {common:.5g} electrons per ADU")


def _saturated(frame: Pieces) -> None:
    levels = [piece.full for piece in frame.pieces if piece.full is not None]
    frame.full = float(np.float32(max(levels))) if levels else None
    for piece in frame.pieces:
        if frame.full is not None and piece.saturated.any():
            piece.pixels[piece.saturated] = frame.full


def _mosaic(frame: Pieces) -> None:
    readout = frame.assembly.readout
    picture = np.full((readout.height, readout.width), np.nan, np.float32)
    for piece in frame.pieces:
        one = piece.amplifier
        turned = piece.pixels[:: -1 if one.flip_y else 1, :: -1 if one.flip_x else 1]
        picture[one.place] = turned
    frame.picture = picture


OVERSCAN = AmplifierStep(
    "overscan",
    "− the level of the overscan of its row, of each amplifier: the median, or a curve",
    _overscan,
)
TRIM = AmplifierStep("trim", "what saw no light is cut off", _trim)
CROSSTALK = AmplifierStep(
    "crosstalk",
    "− the part of the pixel that each other amplifier read at the same time (CRSTLKij)",
    _crosstalk,
)
GAIN = AmplifierStep(
    "gain", "· EGAIN of its amplifier / the mean of all, where all are known", _gain
)
ONE_END = AmplifierStep(
    "one end", "saturated pixels of all amplifiers have one level, the highest", _saturated
)
MOSAIC = AmplifierStep(
    "mosaic", "each amplifier at its place on the sensor, turned as it lies there", _mosaic
)

#: A raw frame that amplifiers read, until it is a picture.
AMPLIFIERS: tuple[AmplifierStep, ...] = (OVERSCAN, TRIM, CROSSTALK, GAIN, ONE_END, MOSAIC)
