"""Where the telescope stands, and one night ends: the section ``site``."""

from __future__ import annotations

from dataclasses import dataclass

from plateworks.settings.section import Section
from plateworks.settings.setting import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class Site(Section):
    """The place of the telescope."""

    timezone: str | None = setting(
        None,
        "IANA name, for instance America/La_Paz; decides where one night ends",
        what="an IANA time zone such as Europe/Madrid",
    )
    longitude: float | None = setting(
        None,
        "degrees, east positive; for airmasses, and nights without a time zone",
        more="Noon is mean solar noon then.",
        unit="degrees east of Greenwich",
        least=-180,
        most=180,
    )
    latitude: float | None = setting(
        None,
        "degrees, north positive; for airmasses and the headers of captured frames",
        more="With the longitude, it stands for the place of frames that do not name theirs.",
        unit="degrees north of the equator",
        least=-90,
        most=90,
    )
    session_from_folder: bool = setting(
        False,
        "true: a folder named by a date says which night its frames belong to",
        more="For instance `2012-06-04`, `2012-06-04-CAMS` or `2024_05_20`; the innermost counts. "
        "Where there is none, the time does.",
    )

    @property
    def place(self) -> tuple[float, float] | None:
        """Latitude and longitude in degrees; None unless both are known."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude
