"""How far a candidate is from being let in: in how many points it fails, and how hard they are."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.comparison import SETUP_FIELDS, TOLD_BY_BOTH, compare
from plateworks.matching.match import Refusal
from plateworks.matching.placement import place
from plateworks.settings.matching import Matching

#: Field -> how hard it is to let a candidate in that fails in it: by a setting of matching (1), by
#: frames that are to be taken (2), or though it is of other optics (3)
#: or another camera (6).
_BY_SETTING = 1
_HARDNESS = {
    **dict.fromkeys(("date", "level", "rotator", "EXPTIME", "frames"), _BY_SETTING),
    "BIASSUB": 2, "calibration": 2,
    "FILTER": 3, "TELESCOP": 3, "FOCALLEN": 3, "INSTRUME": 6,
}  # fmt: skip
#: What the camera was told otherwise can be forced by a rule of paths; for the rest nothing helps.
_BY_FORCE, _BY_NOTHING = 4, 5

#: Field of a refusal -> the field of a candidate.
_OPTICS = {
    "FILTER": "filter",
    "TELESCOP": "telescope",
    "FOCALLEN": "focal_length",
    "rotator": "rotator",
}


#: The same, of fields of its setup.
_TOLD = {keyword: name for name, keyword in (*SETUP_FIELDS, *TOLD_BY_BOTH)}
#: Fields of a setup that say which pixels of the sensor there are, and in which order.
_PIXELS = ("width", "height", "x_origin", "y_origin", "origin_binned", "row_order", "flip", "bayer")


class Miss(NamedTuple):
    """A refusal, and how near the candidate comes; the least is the nearest."""

    points: int
    hardness: int  # of all points together
    refusal: Refusal

    @property
    def order(self) -> tuple[int, int, str]:
        return self.points, self.hardness, self.refusal.path

    @property
    def by_setting(self) -> bool:
        """Whether one setting would let the candidate in, whatever the frames are."""
        return self.points == 1 and self.hardness == _BY_SETTING


def miss_of(refusal: Refusal, other: Miss | None = None) -> Miss:
    """Return the miss of a candidate that fails in this point, and in those of `other` before."""
    if other is None:
        return Miss(1, _hardness(refusal), refusal)
    return Miss(other.points + 1, other.hardness + _hardness(refusal), other.refusal)


def miss_by_comparison(need: Need, master: Candidate, options: Matching) -> Miss | None:
    """Return the miss of a candidate in everything but time; None if it fails in nothing.

    What it fails in is made equal, point by point, until nothing or something unequal is left.
    """
    first = refusal = compare(need, master, options)
    if not isinstance(first, Refusal):
        return None
    points = hardness = 0
    while isinstance(refusal, Refusal):
        points, hardness = points + 1, hardness + _hardness(refusal)
        alike = _made_alike(need, master, refusal.field)
        if alike == master:
            break
        master, refusal = alike, compare(need, alike, options)
    return Miss(points, hardness, first)


def _made_alike(need: Need, master: Candidate, field: str) -> Candidate:
    """Return a candidate that is as a frame needs it in one field of refusals."""
    names: tuple[str, ...]
    if field in _OPTICS:
        return replace(master, **{_OPTICS[field]: getattr(need, _OPTICS[field])})
    if field in _TOLD:
        names = (_TOLD[field],)
    elif isinstance(place(need.setup, master.setup, master.path), Refusal):
        names = _PIXELS
    else:
        return replace(master, setup=need.setup)
    alike = {name: getattr(need.setup, name) for name in names}
    return replace(master, setup=replace(master.setup, **alike))


def _hardness(refusal: Refusal) -> int:
    other = _BY_NOTHING if refusal.setting.startswith("none") else _BY_FORCE
    return _HARDNESS.get(refusal.field, other)
