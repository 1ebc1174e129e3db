"""The list of nights: one page from which those of all nights are reached."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

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


def write_index(numbers: Iterable[str], output: str | os.PathLike[str]) -> None:
    """Write the list of nights, the latest first.

    Parameters
    ----------
    numbers : iterable of str
        Files of the numbers of nights; one that is none is passed over, and the log says so.
    output : path
    """
    nights = [line for path in sorted(set(numbers)) if (line := _line(path)) is not None]
    page = (
        environment()
        .get_template("index.html")
        .render(
            version=__version__,
            nights=sorted(nights, key=_latest_first, reverse=True),
            hours=sum(night.hours for night in nights),
            usable=sum(night.counts["usable"] for night in nights),
            to_look_at=sum(bool(night.to_do) for night in nights),
            date=planviews.date,
        )
    )
    with atomic(output, "w", errors="replace") as stream:
        stream.write(page)


def _line(path: str) -> NightLine | None:
    try:
        told = json.loads(Path(path).read_text("utf-8"))
        return NightLine(*(told[name] for name in NightLine._fields))
    except (OSError, ValueError, LookupError, TypeError) as error:
        _log.warning("%s is left out: it does not hold the numbers of a night (%s)", path, error)
        return None


def _latest_first(night: NightLine) -> tuple[bool, str]:
    return night.session != UNDATED, night.session
