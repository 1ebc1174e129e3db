"""Sun and Moon over a night: when it was dark, and when the Moon was up."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import groupby
from typing import Literal, NamedTuple

import numpy as np
from astropy.time import Time

#: Heights of the Sun in degrees: what is above is told as day, as dusk or dawn, and as night.
_DAY, _NIGHT = -0.833, -18.0
_STEP = 1 / 288  # days: five minutes
_ANY_NIGHT = (0.0, 1e6)  # MJD
_MOST = 2880  # steps: ten days; frames of more are no night

Sky = Literal["day", "twilight", "moon"]


class Span(NamedTuple):
    """A time in which the sky is bright.

    Attributes
    ----------
    sky : str
        ``day``, ``twilight`` or, in the night, ``moon`` where the Moon is up.
    begin, end : float
        MJD, UTC.
    """

    sky: Sky
    begin: float
    end: float


def bright_spans(begin: float, end: float, place: tuple[float, float]) -> list[Span]:
    """Return when the sky was bright between two times; dark is what is left.

    Parameters
    ----------
    begin, end : float
        MJD, UTC.
    place : tuple of float
        Latitude and longitude, degrees.

    Returns
    -------
    list of Span
        To five minutes; empty where `begin` and `end` are ten days apart.
    """
    steps = int((end - begin) / _STEP) + 2
    if steps > _MOST:
        return []
    times = begin + _STEP * np.arange(steps)
    sun, moon = (_heights(body, times, place) for body in ("sun", "moon"))
    skies = np.where(sun > _DAY, "day", np.where(sun > _NIGHT, "twilight", ""))
    skies = np.where((skies == "") & (moon > 0), "moon", skies)
    return list(_spans(skies, times, end))


def _heights(body: str, times: np.ndarray, place: tuple[float, float]) -> np.ndarray:
    """Return the heights of a body in degrees, by astropy's built-in ephemeris."""
    from astropy import units
    from astropy.coordinates import AltAz, EarthLocation, get_body
    from astropy.utils.iers import IERS, earth_orientation_table

    # Polar motion and UT1 - UTC move a height by less than a hundredth of a degree, and to read
    # astropy's tables of them takes longer than all else.
    nothing = {
        name: (0.0, 0.0) * unit
        for name, unit in (
            ("UT1_UTC", units.s), ("PM_x", units.arcsec), ("PM_y", units.arcsec),
            ("dX_2000A", units.arcsec), ("dY_2000A", units.arcsec),
        )
    }  # fmt: skip
    still = IERS({"MJD": _ANY_NIGHT * units.d, **nothing})
    with warnings.catch_warnings(), earth_orientation_table.set(still):
        warnings.simplefilter("ignore")  # astropy's and erfa's, that a date lies beyond tables
        where = EarthLocation.from_geodetic(place[1], place[0])
        when = Time(times, format="mjd")
        seen = get_body(body, when, where, ephemeris="builtin")
        return np.asarray(seen.transform_to(AltAz(obstime=when, location=where)).alt.deg)


def _spans(skies: np.ndarray, times: np.ndarray, end: float) -> Iterator[Span]:
    for sky, some in groupby(range(len(skies)), key=lambda index: str(skies[index])):
        steps = list(some)
        if sky:
            upto = min(float(times[steps[-1]] + _STEP), end)
            yield Span(sky, float(times[steps[0]]), upto)  # type: ignore[arg-type]
