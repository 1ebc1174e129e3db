"""Of masters that differ in their night alone, those that may come first or second.

An archive has a master of each kind for each night.  All of these are equal to a frame but for
their dates, and whatever a date changes, more days between make it worse or leave it as it is: the
freshness, the age that costs, what the maintenance log says lies between, how far in the future or
past a flat may be.  So on either side of a frame the nearest nights go before all others, which
need not be judged to find the best and the second.  Where that does not hold, as where the newest
serves, all are judged.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

from plateworks.matching.candidates import Candidate, Need
from plateworks.settings.matching import Matching

#: So many nights on either side of a frame: the best, and the one that came second.
NIGHTS = 2


class _Line(NamedTuple):
    """Masters that differ in their night alone, night by night; each night is later than the last.

    Attributes
    ----------
    nights : list of int
    firsts, lasts : list of float
        When the first and the last master of each night was taken, MJD.
    members : list of list of int
        The masters of each night, by their places among all.
    """

    nights: list[int]
    firsts: list[float]
    lasts: list[float]
    members: list[list[int]]

    def around(self, night: int, mjd: float) -> list[int]:
        """Return the masters of the nights that may come first for a frame.

        What lies farther is on one side of the frame by its night and by its time, and so are
        :data:`NIGHTS` nearer nights.
        """
        earlier = min(bisect_left(self.nights, night), bisect_left(self.lasts, mjd))
        later = max(bisect_right(self.nights, night), bisect_right(self.firsts, mjd))
        near = self.members[max(earlier - NIGHTS, 0) : later + NIGHTS]
        return [one for members in near for one in members]


class Nearby:
    """Tells which masters may come first or second for a frame.

    Parameters
    ----------
    masters : sequence of Candidate
        That may serve frames which differ in their time alone.
    alike : iterable of hashable or None
        Of each what else the choice depends on, beside its night, its time and its path; equal of
        masters that are equal in that.  None: nobody knows, and it is always judged.
    own : iterable of str or None
        Of each dark the bias of its own that it comes with.
    """

    def __init__(
        self,
        masters: Sequence[Candidate],
        alike: Iterable[Hashable | None],
        own: Iterable[str | None],
    ):
        self._all = range(len(masters))
        self._always: list[int] = []
        self._lines: list[_Line] = []
        self._with_bias: dict[str, list[_Line]] = {}
        groups: dict[Hashable, list[int]] = {}
        beside: dict[tuple[str, Hashable], list[int]] = {}
        for place, (master, key, bias) in enumerate(zip(masters, alike, own, strict=True)):
            if key is None or master.night is None or master.mjd is None:
                self._always.append(place)
                continue
            groups.setdefault(key, []).append(place)
            if bias is not None:
                beside.setdefault((bias, key), []).append(place)
        for places in groups.values():
            if line := _line(masters, places):
                self._lines.append(line)
            else:
                self._always += places
        for (bias, _), places in beside.items():
            if line := _line(masters, places):
                self._with_bias.setdefault(bias, []).append(line)

    def of(self, need: Need, bias: str | None = None) -> Sequence[int]:
        """Return the places of these masters among all, in their order.

        Of darks that come with a bias of their own, those whose bias is that of the frame have less
        noise than others, so they are looked for among themselves too.
        """
        if need.night is None or need.mjd is None:
            return self._all
        found = set(self._always)
        for line in (*self._lines, *self._with_bias.get(bias or "", ())):
            found.update(line.around(need.night, need.mjd))
        return sorted(found)


def alike(slot: str, master: Candidate, findings: Hashable, options: Matching) -> Hashable | None:
    """Return what the choice depends on of a master that serves as it is, without another beside.

    Parameters
    ----------
    slot : str
        That it is to fill.
    master : Candidate
    findings : hashable
        Of its comparison with the frames.
    options : Matching

    Returns
    -------
    hashable or None
        As :class:`Nearby` takes it.
    """
    if options.by_date == "newest" or master.word is not None or master.modelled is not None:
        return None  # a word may hold for some nights
    known = master.kind, master.setup, master.made, master.constant, master.frames, findings
    if slot == "flat":
        return *known, master.filter
    return *known, master.temperature, master.exposure, master.telescope, master.bias_inside


def _line(masters: Sequence[Candidate], places: Sequence[int]) -> _Line | None:
    """Return masters night by night; None if times do not follow the nights."""
    line = _Line([], [], [], [])
    for place in sorted(places, key=lambda one: (masters[one].night, masters[one].mjd)):
        night, mjd = masters[place].night, masters[place].mjd
        assert night is not None and mjd is not None
        if line.nights and line.lasts[-1] > mjd:
            return None
        if not line.nights or line.nights[-1] != night:
            line.nights.append(night)
            line.firsts.append(mjd)
            line.lasts.append(mjd)
            line.members.append([])
        line.lasts[-1] = mjd
        line.members[-1].append(place)
    return line
