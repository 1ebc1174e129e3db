"""Times by the clock of a camera, which knows no zone, counted in UTC."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from plateworks.inventory.sessions import utc_of
from plateworks.metadata.frame import Frame
from plateworks.settings.site import Site
from plateworks.settings.zones import zone_of

_NONE, _DAY = timedelta(), timedelta(days=1)
_HOUR_DEG = 15.0


def with_times_in_utc(frames: Iterable[Frame], site: Site) -> tuple[list[Frame], dict[str, float]]:
    """Give frames whose time is that of a clock of the place their time in UTC, with a note.

    The zone is that of a path rule, else of the settings, else of the profile of the site.  Without
    one, clocks are taken to go by the whole hour that is next to mean solar time, of the longitude
    in the settings or else in the header; without any, by UTC.

    Parameters
    ----------
    frames : iterable of Frame
    site : Site

    Returns
    -------
    frames : list of Frame
        In the same order.
    times : dict
        Path of a frame whose time was changed to that in UTC, MJD.
    """
    told: list[Frame] = []
    times: dict[str, float] = {}
    for frame in frames:
        if frame.by_wall_clock and frame.mjd is not None:
            ahead, by = _ahead(frame, frame.mjd, site)
            note = f"its time is that of a clock of the place, without a zone, and is taken {by}"
            times[frame.path] = frame.mjd - ahead / _DAY
            frame = replace(frame, mjd=times[frame.path], notes=(*frame.notes, note))
        told.append(frame)
    return told, times


def _ahead(frame: Frame, mjd: float, site: Site) -> tuple[timedelta, str]:
    """Return how far the clock is ahead of UTC, and by what, as the end of a sentence."""
    for name, by in (
        (frame.clock_zone, "by path_rules"), (site.timezone, "site.timezone"),
        (frame.timezone, "by the profile of the site"),
    ):  # fmt: skip
        if name is not None:
            shown = utc_of(mjd).replace(tzinfo=zone_of(name, "Config key site.timezone"))
            ahead, later = (shown.replace(fold=fold).utcoffset() or _NONE for fold in (0, 1))
            words = f"for that of {name} ({by})"
            if ahead != later:
                words += "; such clocks were changed about then, so that it may be an hour off"
            return ahead, words
    east = site.longitude if site.longitude is not None else frame.site_lon
    if east is None:
        return _NONE, "for UTC; set site.timezone"
    hours = round(east / _HOUR_DEG)
    return timedelta(hours=hours), f"for UTC{hours:+d} h, by the longitude; set site.timezone"
