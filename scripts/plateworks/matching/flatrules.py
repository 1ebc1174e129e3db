"""The rules for flats: dates, the maintenance log, and the order of the fall-backs."""

from __future__ import annotations

import math
from typing import NamedTuple

from plateworks.matching.candidates import Need
from plateworks.matching.maintenance import MaintenanceLog
from plateworks.matching.match import ACCEPTABLE, GOOD, Match, Refusal
from plateworks.settings.matching import Matching

#: Steps of the fall-backs with the light's own filter.
_OWN_FILTER_TIERS = 3


class Window(NamedTuple):
    """A stretch of dates (MJD), both ends included."""

    begin: float
    end: float

    def holds(self, mjd: float) -> bool:
        """Return whether a date lies in it."""
        return self.begin <= mjd <= self.end

    @property
    def edges(self) -> tuple[float, float]:
        """The first date inside, and the first one after."""
        return self.begin, math.nextafter(self.end, math.inf)


def allowed_dates(mjd: float, options: Matching) -> Window:
    """Return the dates of lights that a flat of the date `mjd` may serve, log or no log."""
    oldest, ahead = options.flat_max_age_days, options.flat_future_days
    end = math.inf if oldest is None else mjd + oldest
    return Window(-math.inf if ahead is None else mjd - ahead, end)


def judge_flat(need: Need, match: Match, log: MaintenanceLog, options: Matching) -> Match | Refusal:
    """Place a flat in the order of the fall-backs, or refuse its date.

    First come flats of the light's own filter: of its maintenance interval, and not too far in the
    future; of the interval, at any later date; of other intervals.  Then, in the same order, those
    of the substitute filter.  Without a log there is one interval and no fall-back for late flats.

    Parameters
    ----------
    need : Need
    match : Match
        With what was found before.
    log : MaintenanceLog
    options : Matching
    """
    master, camera = match.master, need.setup.camera
    if need.mjd is not None and master.mjd is not None:
        match = bounded(need, match, log, options, "flat")
        logged = "flat" in options.maintenance_bounds and bool(log.changes_of(camera))
        allowed, ahead = allowed_dates(master.mjd, options), master.mjd - need.mjd
        if need.mjd < allowed.begin and not (logged and match.tier == 0):
            limit = options.flat_future_days
            wanted, found = f"at most {limit or 0:g} days later", f"{ahead:.1f} days later"
            return Refusal(master.path, "date", wanted, found, "matching.flat_future_days")
        if need.mjd < allowed.begin:
            text = f"{ahead:.0f} days later, but of the same maintenance interval"
            match = match.noting(GOOD, text, tier=1, dated=True)
        if need.mjd > allowed.end:
            oldest = options.flat_max_age_days
            wanted, found = f"at most {oldest:g} days older", f"{-ahead:.1f} days older"
            return Refusal(master.path, "date", wanted, found, "matching.flat_max_age_days")
    own_filter = master.filter == need.filter
    return match if own_filter else match._replace(tier=match.tier + _OWN_FILTER_TIERS)


def bounded(need: Need, match: Match, log: MaintenanceLog, options: Matching, kind: str) -> Match:
    """Lower the level of a master from before or after a change of the camera."""
    master, camera = match.master, need.setup.camera
    if kind not in options.maintenance_bounds or need.mjd is None or master.mjd is None:
        return match
    change = log.between(camera, need.mjd, master.mjd)
    if change is None:
        return match
    why = f" ({change.comment})" if change.comment else ""
    return match.noting(ACCEPTABLE, f"maintenance of {change.when}{why} lies between", tier=2)
