"""From which level on the pixels of a raw frame are saturated, and how that is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import numpy as np

from plateworks.metadata.frame import Frame
from plateworks.metadata.xisf_pixels import WHITE
from plateworks.pixels.arrays import Reals
from plateworks.pixels.saturation import find_ending
from plateworks.products.reckoning import Reading

#: Nothing goes so many times beyond where it is saturated: a header that says so is mistaken.
_BEYOND = 2.0
_WORDS = {
    "setting": "by calibrate.saturation",
    "header": "by the header",
    "profile": "by the profile of the camera",
    "data": "where the values end",
    "amplifiers": "where each amplifier ends",
    "type": "the highest number there can be",
}


class Saturation(NamedTuple):
    """A level, ADU of the raw frame, and how it is known.

    Attributes
    ----------
    level : float
    by : str
        ``setting``, ``header``, ``profile`` of the camera, ``data``: values of the frame pile up
        there, ``amplifiers``: of each of several by itself, or ``type``: nothing tells it, and no
        number of the file can be higher.
    doubt : str
        What of header or profile is not believed, as a sentence; empty if it is, or says nothing.
    """

    level: float
    by: Literal["setting", "header", "profile", "data", "amplifiers", "type"]
    doubt: str = ""

    @property
    def in_words(self) -> str:
        """How it is known, for the comment of a card."""
        return _WORDS[self.by]


def lowest(levels: Iterable[Saturation | None]) -> Saturation | None:
    """Return the lowest of several levels; None if none is known."""
    known = [one for one in levels if one is not None]
    return min(known, key=lambda one: one.level, default=None)


def saturation_of(
    frame: Frame, reading: Reading, word: float | None, pixels: Reals | None = None
) -> Saturation | None:
    """Return the level from which a pixel counts as saturated; None if nothing tells it.

    What somebody says counts first.  Then the lower of what the header says and where the values of
    the frame pile up: a header may name the end of the converter, and the sensor be full before.

    Parameters
    ----------
    frame : Frame
    reading : Reading
        How the pixels came out of the file.
    word : float or None
        What the user says.
    pixels : array, optional
        All pixels of the frame as they were read, or a sample.
    """
    if reading.saturated is not None:  # of each amplifier by itself, and brought to one level
        return Saturation(reading.saturated, "setting" if word is not None else "amplifiers")
    if word is not None:
        return Saturation(_counted(word, reading), "setting")
    by: Literal["header", "profile"] = "profile" if frame.is_by_profile("saturation") else "header"
    stated = None if frame.saturation is None else _counted(frame.saturation, reading)
    if pixels is None:
        return _without_pixels(stated, by, reading.full)
    integers = np.dtype(reading.native).kind in "iu"
    full = float(np.iinfo(reading.native).max) if integers else None
    found = find_ending(pixels, reading.pedestal, full)
    last = found.last
    if reading.scale != 1.0:
        last = WHITE + reading.pedestal
    told = None if found.pile is None else Saturation(found.pile, "data")
    if told is None and last is not None:
        told = Saturation(last, "type")
    if stated is None:
        return told
    zero, step = reading.pedestal, found.step
    if step > 1 and last is not None and 0 <= stated - zero - (last - zero) / step <= 1:
        stated = last  # it counts the converter's steps
    if found.top is not None and found.top - zero > _BEYOND * (stated - zero):
        doubt = f"the {by} says {stated:g} ADU, the values go up to {found.top:g}"
        return None if told is None else told._replace(doubt=doubt)
    if told is not None and told.level < stated:
        doubt = f"the {by} says {stated:g} ADU, and {told.level:g} is {told.in_words}"
        return told._replace(doubt=doubt)
    return Saturation(stated, by)


def _without_pixels(
    stated: float | None, by: Literal["header", "profile"], full: float | None
) -> Saturation | None:
    if stated is not None:
        return Saturation(stated, by)
    return None if full is None else Saturation(full, "type")


def _counted(level: float, reading: Reading) -> float:
    """Return a level that was told of the numbers in a file in the ADU that come out of it."""
    if reading.scale != 1.0 and level <= 1.0:
        level *= reading.scale
    return level + reading.pedestal
