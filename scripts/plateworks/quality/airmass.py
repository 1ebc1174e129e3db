"""Through how much air a light looked, beside the zenith."""

from __future__ import annotations

import math

from plateworks.metadata.frame import Frame

#: Below this the formula of the air is not believed.
LOWEST = 5.0


def airmass(frame: Frame) -> float | None:
    """Return the airmass at the start of an exposure; None where place or time are not known.

    By the formula of Pickering (2002), from the mean sidereal time of the place.
    """
    known = (frame.ra, frame.dec, frame.site_lat, frame.site_lon, frame.mjd)
    if None in known:
        return None
    ra, dec, latitude, longitude, mjd = (float(value) for value in known if value is not None)
    sidereal = 280.46062 + 360.98564737 * (mjd - 51544.5) + longitude
    hour, dec, latitude = (math.radians(value) for value in (sidereal - ra, dec, latitude))
    sine = math.sin(latitude) * math.sin(dec) + math.cos(latitude) * math.cos(dec) * math.cos(hour)
    height = math.degrees(math.asin(max(-1.0, min(1.0, sine))))
    if height < LOWEST:
        return None
    return 1 / math.sin(math.radians(height + 244 / (165 + 47 * height**1.1)))
