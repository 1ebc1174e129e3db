"""What fills the fields of templates: safe in a path, whatever a header holds."""

from __future__ import annotations

from datetime import date
from typing import Any

from plateworks.inventory.filters import filter_identity, filter_token
from plateworks.inventory.sets import FrameSet, Setup
from plateworks.inventory.tokens import (
    UNKNOWN,
    exposure_token,
    number_token,
    safe_name,
    slug,
    temperature_token,
)
from plateworks.matching.candidates import Candidate

#: Filters with a code of one letter in names, as PULSAR gives it.
_CODES = {"ha": "h", "oiii": "o", "sii": "s"}


def fields_of_set(one: FrameSet) -> dict[str, Any]:
    """Return the fields of what is made of a set."""
    key, first = one.key, one.frames[0]
    return _fields(
        key.setup,
        kind=key.kind,
        name=one.name,
        camera=first.camera,
        temperature=key.temperature,
        exposure=first.exposure if key.exposure is None else key.exposure,
        filter_name=key.filter,
        telescope=key.telescope,
        session=key.session,
    )


def fields_of_master(master: Candidate) -> dict[str, Any]:
    """Return the fields of what is made of a master."""
    return _fields(
        master.setup,
        kind=master.kind,
        name="",
        camera=master.setup.camera,
        temperature=master.temperature,
        exposure=master.exposure,
        filter_name=master.filter,
        telescope=master.telescope,
        session=None,
    )


def _fields(
    setup: Setup,
    *,
    kind: str,
    name: str,
    camera: str | None,
    temperature: float | None,
    exposure: float | None,
    filter_name: str | None,
    telescope: str | None,
    session: str | None,
) -> dict[str, Any]:
    """Return what fills the fields; numbers stay numbers where they can be written in any way."""
    code = filter_token(filter_name)
    return {
        "setup": setup.name,
        "name": name,
        "kind": kind,
        "camera": UNKNOWN if camera is None else safe_name(camera),
        "size": f"{setup.width}x{setup.height}",
        "binning": _known(setup.xbin),
        "gain": _known(setup.gain),
        "offset": _known(setup.offset),
        "readout": slug(setup.readout_mode),
        "temperature": temperature_token(temperature),
        "temperature_c": _known(temperature),
        "exposure": exposure_token(exposure),
        "exposure_s": _known(exposure),
        "seconds": number_token(exposure).replace(".", "p"),
        "filter": code if filter_name is None else _display(filter_name),
        "filter_code": _CODES.get(filter_identity(filter_name) or "", code),
        "telescope": slug(telescope),
        "session": session or UNKNOWN,
        "date": _date(session),
    }


def _display(filter_name: str) -> str:
    """Return a filter as it is usually written: ``L``, ``Ha``, ``OIII``."""
    known = {"ha": "Ha", "hb": "Hb"}
    token = filter_token(filter_name)
    return known.get(token, token.upper() if len(token) <= 4 else token)


def _date(session: str | None) -> date | str:
    if session is None or not session.isdigit():
        return session or UNKNOWN
    return date.fromisoformat(session)


def _known(value: float | None) -> Any:
    return UNKNOWN if value is None else value
