"""Through how much air a frame looks."""

from __future__ import annotations

import math
from dataclasses import replace

from plateworks.metadata.frame import Frame

#: Below this altitude, in degrees, no airmass is told.
LOWEST = 3.0
#: Julian date of MJD 0, and of the epoch J2000.0; days of a century.
_MJD, _J2000, _CENTURY = 2400000.5, 2451545.0, 36525.0


def airmass_of(
    ra: float, dec: float, latitude: float, longitude: float, mjd: float
) -> float | None:
    """Return the airmass of a direction by the formula of Pickering (2002).

    The direction is precessed to the date (Meeus, *Astronomical Algorithms*, chapter 21, in its low
    accuracy) and the sidereal time is the mean one: together some hundredths of a degree.

    Parameters
    ----------
    ra, dec : float
        Degrees, ICRS.
    latitude, longitude : float
        Degrees, north and east positive.
    mjd : float
        Of the middle of the exposure, UTC.

    Returns
    -------
    float or None
        None below three degrees, where nothing could be seen.
    """
    days = mjd + _MJD - _J2000
    centuries = days / _CENTURY
    # Annual precession, in degrees: m in right ascension and n in declination.
    m, n = 1.2812323 * centuries, 0.5567530 * centuries
    turn, tilt = math.radians(ra), math.radians(dec)
    if abs(dec) < 89.0:
        ra += m + n * math.sin(turn) * math.tan(tilt)
    dec += n * math.cos(turn)
    sidereal = 280.46061837 + 360.98564736629 * days
    hour_angle = math.radians(sidereal + longitude - ra)
    here, there = math.radians(latitude), math.radians(max(-90.0, min(90.0, dec)))
    height = math.sin(here) * math.sin(there)
    height += math.cos(here) * math.cos(there) * math.cos(hour_angle)
    altitude = math.degrees(math.asin(max(-1.0, min(1.0, height))))
    if altitude < LOWEST:
        return None
    return 1 / math.sin(math.radians(altitude + 244 / (165 + 47 * altitude**1.1)))


def placed(frame: Frame, place: tuple[float, float] | None) -> Frame:
    """Return a frame that stands in a place, latitude and longitude, if it names none itself."""
    if place is None or None not in (frame.site_lat, frame.site_lon):
        return frame
    return replace(frame, site_lat=place[0], site_lon=place[1])


def airmass_in_middle(frame: Frame, ra: float | None, dec: float | None) -> float | None:
    """Return the airmass of a direction in the middle of an exposure; None if it cannot be known.

    Parameters
    ----------
    frame : Frame
        Which tells place and time.
    ra, dec : float or None
        Degrees, ICRS.
    """
    known = (ra, dec, frame.site_lat, frame.site_lon, frame.mjd)
    if None in known:
        return None
    ra, dec, latitude, longitude, mjd = (float(value) for value in known if value is not None)
    middle = mjd + (frame.exposure or 0.0) / 2 / 86400
    return airmass_of(ra, dec, latitude, longitude, middle)
