"""Where the telescope points, from its mount over Alpaca; nothing here moves it."""

from __future__ import annotations

import logging
from dataclasses import replace

from plateworks.camera.abilities import finite, positive
from plateworks.camera.connection import Link
from plateworks.camera.faults import CameraFailed
from plateworks.camera.guard import shield
from plateworks.camera.rawframe import Surroundings

_log = logging.getLogger(__name__)

#: ASCOM's EquatorialSystem of coordinates of date.
_TOPOCENTRIC = 1


class Mount:
    """An open mount; use it in a ``with`` statement."""

    def __init__(self, link: Link):
        self._link = link

    @classmethod
    def open(cls, address: str, number: int) -> Mount:
        """Connect a mount.

        Raises
        ------
        CameraFailed
            If it cannot be connected.
        """
        link = Link("telescope", address, number)
        link.connect()
        return cls(link)

    def __enter__(self) -> Mount:
        return self

    def __exit__(self, *_) -> None:
        with shield():
            try:
                self._link.disconnect()
            except CameraFailed as error:
                _log.error("%s", error)

    def fill(self, around: Surroundings) -> Surroundings:
        """Return `around` with what the mount says where the configuration says nothing."""
        ask = self._link.optional
        hours, dec = finite(ask("RightAscension")), finite(ask("Declination"))
        ra = None if hours is None else hours * 15
        if ra is not None and dec is not None and ask("EquatorialSystem") == _TOPOCENTRIC:
            ra, dec = _to_icrs(ra, dec)
        metres = positive(ask("FocalLength"))
        said = {
            "telescope": ask("Name"),
            "focal_length": None if metres is None else round(metres * 1000, 3),
            "latitude": finite(ask("SiteLatitude")),
            "longitude": finite(ask("SiteLongitude")),
            "ra": ra,
            "dec": dec,
        }
        return replace(around, **{k: v for k, v in said.items() if getattr(around, k) is None})


def _to_icrs(ra: float, dec: float) -> tuple[float, float]:
    """Return coordinates of date, in degrees, as ICRS; nutation and aberration are left aside."""
    from astropy.coordinates import FK5, SkyCoord
    from astropy.time import Time

    here = SkyCoord(ra, dec, unit="deg", frame=FK5(equinox=Time.now())).icrs
    return float(here.ra.deg), float(here.dec.deg)
