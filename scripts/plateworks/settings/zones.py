"""Time zones by their IANA names."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from plateworks.errors import ConfigError


@cache
def zone_of(name: str, where: str) -> ZoneInfo:
    """Return the time zone of a name.

    Parameters
    ----------
    name : str
        Such as ``Europe/Madrid``.
    where : str
        Who names it, to begin a sentence with.

    Raises
    ------
    ConfigError
        If there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f"{where}: {name!r} is not an IANA time zone; write it like Europe/Madrid, or give the "
            "longitude."
        ) from error
