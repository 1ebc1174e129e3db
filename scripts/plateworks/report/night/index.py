"""The list of nights and cameras: one page from which all other pages are reached."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from plateworks import __version__
from plateworks.files import atomic
from plateworks.inventory.sessions import UNDATED
from plateworks.report import planviews
from plateworks.report.templating import environment

_log = logging.getLogger(__name__)


class NightLine(NamedTuple):
    """A night as the list tells it.

    Attributes
    ----------
    session, headline : str
    counts : mapping of str to int
        As :func:`plateworks.report.night.page.numbers_of` has them.
    hours : float
        Of usable lights.
    to_do : sequence of mapping
        The most urgent first, each with ``what`` and ``remedy``.
    filters : sequence of mapping
    """

    session: str
    headline: str
    counts: Mapping[str, int]
    hours: float
    to_do: list[Mapping[str, str]]
    filters: list[Mapping[str, Any]]


class CameraLine(NamedTuple):
    """A setup of a camera as the list tells it.

    Attributes
    ----------
    setup, camera, headline : str
    last : str
        The last night that anything is known of.
    to_do : sequence of mapping
        As those of nights.
    """

    setup: str
    camera: str
    headline: str
    last: str
    to_do: list[Mapping[str, str]]


_Line = TypeVar("_Line", NightLine, CameraLine)


def write_index(
    nights: Iterable[str], cameras: Iterable[str], output: str | os.PathLike[str]
) -> None:
    """Write the list of nights and cameras, the latest first.

    Parameters
    ----------
    nights, cameras : iterable of str
        Files of their numbers; one that is none is passed over, and the log says so.
    output : path
    """
    lines = _lines(nights, NightLine)
    page = (
        environment()
        .get_template("index.html")
        .render(
            version=__version__,
            nights=sorted(lines, key=_latest_first, reverse=True),
            cameras=sorted(_lines(cameras, CameraLine), key=lambda one: one.last, reverse=True),
            hours=sum(night.hours for night in lines),
            usable=sum(night.counts["usable"] for night in lines),
            to_look_at=sum(bool(night.to_do) for night in lines),
            date=planviews.date,
        )
    )
    with atomic(output, "w", errors="replace") as stream:
        stream.write(page)


def _lines(paths: Iterable[str], form: type[_Line]) -> list[_Line]:
    """Return what files tell of nights or cameras, in the order of their paths."""
    found = []
    for path in sorted(set(paths)):
        try:
            told = json.loads(Path(path).read_text("utf-8"))
            found.append(form(*(told[name] for name in form._fields)))
        except (OSError, ValueError, LookupError, TypeError) as error:
            _log.warning("%s is left out: it holds no numbers of such a page (%s)", path, error)
    return found


def _latest_first(night: NightLine) -> tuple[bool, str]:
    return night.session != UNDATED, night.session
