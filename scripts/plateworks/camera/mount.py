"""Where the telescope points, from its mount over Alpaca; nothing here moves it."""

from __future__ import annotations

from dataclasses import replace

from plateworks.camera.abilities import finite, positive
from plateworks.camera.device import Device
from plateworks.camera.rawframe import Surroundings

#: ASCOM's EquatorialSystem of coordinates of date.
_TOPOCENTRIC = 1


class Mount(Device):
    """An open mount; use it in a ``with`` statement."""

    kind = "telescope"

    def fill(self, around: Surroundings) -> Surroundings:
        """Return `around` with what the mount says where the configuration says nothing."""
        ask = self.link.optional
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
