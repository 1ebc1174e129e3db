"""What a master tells of itself: its level, its noise, its defects and what was left out of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from plateworks.metadata.caveats import texts_of
from plateworks.metadata.datadigest import DATA, digest_of_data
from plateworks.metadata.frametable import read_frames
from plateworks.metadata.values import number
from plateworks.orders.judging import JudgedMaster
from plateworks.pixels.framemeasure import own_noise
from plateworks.pixels.masks import BITS_OF_MASTERS, FLICKERS, HOT
from plateworks.pixels.statistics import MEDIAN_ERROR, median
from plateworks.products.imagefiles import read_image
from plateworks.products.measured import CAMERA, LEVELS

_HOT, _FLICKERING = (f"N{BITS_OF_MASTERS[bit][0]}" for bit in (HOT, FLICKERS))
_FRAME_NOISE, _GAIN = CAMERA[0].value, CAMERA[1].value
_CARDS = (
    DATA, "NCOMBINE", "COMBMETH", "EXPTIME", "PWMEDIAN", "PWNOISE", _FRAME_NOISE, _GAIN, "EGAIN",
    "RDNOISE", _HOT, _FLICKERING, *LEVELS,
)  # fmt: skip


class MasterFigures(NamedTuple):
    """What a master tells of itself; NaN where it does not know.

    Attributes
    ----------
    digest : str
        Of its data: all of them, of another program's master the first.
    stated : str
        What it states of that; empty of another program's.
    frames, left_out : float
        How many are combined, and how many are not.
    level, noise : float
        Median, and noise of an ordinary pixel, ADU.
    frame_noise : float
        Noise of an ordinary pixel of one frame, ADU; of flats, of one at a level of 1 ADU.
    predicted : float
        What that lets the noise of the master be, ADU.
    read_noise : float
        As the header says, ADU.
    light : float
        Of flats, ADU a second: what its frames gathered.
    hot, flickering : float
        How many pixels.
    """

    digest: str
    stated: str = ""
    frames: float = math.nan
    left_out: float = math.nan
    level: float = math.nan
    noise: float = math.nan
    frame_noise: float = math.nan
    predicted: float = math.nan
    read_noise: float = math.nan
    light: float = math.nan
    hot: float = math.nan
    flickering: float = math.nan


def noise_left(frames: float, method: str | None) -> float:
    """Return what part of the noise of one frame combining so many leaves; NaN of none.

    A median of two is their mean.
    """
    lost = MEDIAN_ERROR if method == "median" and frames > 2 else 1.0
    return lost / math.sqrt(frames) if frames > 0 else math.nan


def read_figures(master: JudgedMaster, known: Mapping[str, tuple[float, float]]) -> MasterFigures:
    """Read what the header of a master tells; of another program's the pixels tell some of it.

    Parameters
    ----------
    master : JudgedMaster
    known : mapping
        Level and noise of other programs' masters that are measured already, by their digests.

    Raises
    ------
    FrameError, TroubleError
        If pixels are needed and cannot be read.
    """
    texts = dict(zip(_CARDS, texts_of(master.path, *_CARDS), strict=True))
    cards = {keyword: _number(text) for keyword, text in texts.items()}
    digest = texts[DATA] or digest_of_data(master.path, whole=False).sample
    level, noise = cards["PWMEDIAN"], cards["PWNOISE"]
    if not texts["PWMEDIAN"]:
        level, noise = known.get(digest) or _by_pixels(master.path)
    frames, lit = cards["NCOMBINE"], (cards[LEVELS[0]] + cards[LEVELS[1]]) / 2
    rows = read_frames(master.path)
    less = noise_left(frames, texts["COMBMETH"])
    of_frame = cards[_FRAME_NOISE]
    predicted = of_frame * less
    if master.kind == "flat":
        # Light alone makes it: the root of what is gathered, at the gain that the frames show.
        gain = cards[_GAIN] if cards[_GAIN] > 0 else cards["EGAIN"]
        unit = less / math.sqrt(lit) * level if lit > 0 else math.nan
        predicted = unit / math.sqrt(gain) if gain > 0 else math.nan
        of_frame = noise / unit if unit > 0 else math.nan
    return MasterFigures(
        digest=digest,
        stated=texts[DATA],
        frames=frames,
        left_out=float(sum(not row.used for row in rows)) if rows else math.nan,
        level=level,
        noise=noise,
        frame_noise=of_frame,
        predicted=predicted,
        read_noise=cards["RDNOISE"] / cards["EGAIN"] if cards["EGAIN"] > 0 else math.nan,
        light=lit / cards["EXPTIME"] if cards["EXPTIME"] > 0 else math.nan,
        hot=cards[_HOT],
        flickering=cards[_FLICKERING],
    )


def _number(text: str) -> float:
    value = number(text)
    return math.nan if value is None else float(value)


def _by_pixels(path: str) -> tuple[float, float]:
    pixels = read_image(path).data
    return median(pixels), own_noise(pixels)
