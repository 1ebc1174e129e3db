"""What a header leaves out, though those of the same camera tell it: a doubt that can be lifted.

A card such as GAIN may be missing from one frame by accident.  What is captured next will have it,
so that no master to come is the equal of such a frame; only the user can say what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from plateworks.inventory.sets import FrameSet, Setup, setup_of
from plateworks.matching.comparison import SETUP_FIELDS
from plateworks.metadata.frame import Frame


class Reading(NamedTuple):
    """Something that headers tell: fields of a frame, any of which is enough."""

    names: tuple[str, ...]
    keyword: str

    @property
    def setting(self) -> str:
        """The field by which a path rule tells it."""
        return self.names[-1]

    def missing(self, frame: Frame) -> bool:
        """Whether a frame does not tell it."""
        return all(getattr(frame, name) is None for name in self.names)


#: Without these a match is doubtful.
READINGS = (
    *(Reading((name,), keyword) for name, keyword in SETUP_FIELDS),
    Reading(("set_temp", "temp"), "CCD-TEMP"),
)


class Neighbours:
    """The sets of a plan, as neighbours of each other.

    Parameters
    ----------
    sets : iterable of FrameSet
        The frames of each are alike in all that is looked at here.
    """

    def __init__(self, sets: Iterable[FrameSet]):
        # Of those that are alike the largest set comes first: what it tells is the rule.
        largest = sorted(sets, key=lambda one: -len(one.frames))
        self._sets = largest
        self._tellers: dict[Reading, dict[Setup, Frame]] = {reading: {} for reading in READINGS}
        for one in largest:
            for reading, tellers in self._tellers.items():
                if not reading.missing(one.frames[0]):
                    tellers.setdefault(one.key.setup, one.frames[0])

    def completed(self, frame: Frame) -> Frame:
        """Return a frame as the camera would write it: with what only its own header leaves out."""
        for reading in READINGS:
            teller = self._teller(reading, frame)
            if teller is not None:
                frame = replace(frame, **{name: getattr(teller, name) for name in reading.names})
        return frame

    def silent(self) -> Iterator[tuple[Reading, list[Frame]]]:
        """Yield what some headers leave out that their neighbours tell, with these frames."""
        for reading in READINGS:
            frames = [
                frame
                for one in self._sets
                if self._teller(reading, one.frames[0]) is not None
                for frame in one.frames
            ]
            if frames:
                yield reading, sorted(frames, key=lambda frame: frame.path)

    def _teller(self, reading: Reading, frame: Frame) -> Frame | None:
        """Return a neighbour that tells what a frame does not."""
        if not reading.missing(frame):
            return None
        ours = setup_of(frame)
        tellers = self._tellers[reading].items()
        return next((one for setup, one in tellers if _beside(ours, setup)), None)


def _beside(one: Setup, other: Setup) -> bool:
    """Whether two setups may be one and the same, as far as both tell."""
    if (one.width, one.height, one.planes) != (other.width, other.height, other.planes):
        return False
    pairs = ((getattr(one, name), getattr(other, name)) for name, _ in SETUP_FIELDS)
    return all(None in pair or pair[0] == pair[1] for pair in pairs)
