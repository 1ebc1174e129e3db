"""How far a candidate is from being let in: in how many points it fails, and how hard they are.

Masters that are not there, though their frames are, are misses too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.comparison import SETUP_FIELDS, TOLD_BY_BOTH, compare
from plateworks.matching.darkrules import same_exposure
from plateworks.matching.match import Match, Refusal
from plateworks.matching.placement import place
from plateworks.matching.vouching import CERTIFIED, LEDGER
from plateworks.settings.matching import Matching

#: Field of a refusal: frames that are there, but take no part.
SET_ASIDE = "set aside"

#: Field -> how hard it is to let a candidate in that fails in it: by a setting of matching (1), by
#: frames that are to be taken or let in (2), or though it is of other optics (3)
#: or another camera (6).
_BY_SETTING, _BY_FRAMES = 1, 2
_HARDNESS = {
    **dict.fromkeys(("date", "level", "rotator", "EXPTIME", "frames", CERTIFIED), _BY_SETTING),
    **dict.fromkeys(("BIASSUB", "calibration", SET_ASIDE, LEDGER), _BY_FRAMES),
    "FILTER": 3, "TELESCOP": 3, "FOCALLEN": 3, "INSTRUME": 6,
}  # fmt: skip
#: What the camera was told otherwise can be forced by a rule of paths; for the rest nothing helps.
_BY_FORCE, _BY_NOTHING = 4, 5

#: Seconds that a bias is exposed at the most, where nothing else says that it is one.
_BRIEF = 0.1

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
    def is_near(self) -> bool:
        """Whether one setting would let the candidate in, or the frames that are there already."""
        by_setting = self.points == 1 and self.hardness == _BY_SETTING
        return by_setting or self.refusal.field == SET_ASIDE


class Absent(NamedTuple):
    """A master that would be there if something did not stand in the way.

    Attributes
    ----------
    kind : str
        What its frames are of.
    refusal : Refusal
        What stands in the way.
    master : Candidate or None
        None: nothing else is known of its frames.
    guessed : bool
        Whether the kind is one of several that they may be of: nothing says which.
    """

    kind: str
    refusal: Refusal
    master: Candidate | None = None
    guessed: bool = False


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


def miss_of_absent(need: Need, one: Absent, slot: str, options: Matching) -> Miss:
    """Return the miss of a master that is not there; what is not known of it is a point too."""
    if one.master is None:
        return Miss(2, 2 * _hardness(one.refusal), one.refusal)
    other = miss_by_comparison(need, one.master, options)
    if other is None:
        found = compare(need, one.master, options)
        poor = None if isinstance(found, Refusal) else Match(one.master, found)
        too_poor = None if poor is None else poor.refused_by_level(options.accept_level.of(slot))
        other = None if too_poor is None else miss_of(too_poor)
    return miss_of(one.refusal, other)


def is_likely(need: Need, one: Absent, slot: str, options: Matching) -> bool:
    """Whether frames of a guessed kind may be what a slot lacks, by all else that they say.

    They are of the exposure of that kind, and a flat names its filter; nothing else is amiss.
    """
    master = one.master
    if not one.guessed or master is None:
        return not one.guessed
    if one.kind != slot or isinstance(compare(need, master, options), Refusal):
        return False
    if slot == "flat":
        return master.filter is not None
    if slot == "bias":
        return not master.exposure or master.exposure <= _BRIEF
    return same_exposure(need.exposure, master.exposure, options.exposure_tolerance)


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
