"""A night as one page that stands alone, and the same numbers as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import date
from typing import Any

from plateworks.files import atomic
from plateworks.matching.match import LEVEL_NAMES
from plateworks.metadata.kinds import KINDS
from plateworks.orders.nights import NightOrder, Slot
from plateworks.records import plain
from plateworks.report import planviews
from plateworks.report.night.course import FAULT_HEIGHT, HEIGHT, LEFT, RIGHT, WIDTH, course
from plateworks.report.night.facts import LightFacts, NightFacts
from plateworks.report.night.gather import gather_night
from plateworks.report.night.headline import MOST_TO_DO, filters, headline, hours, middle, tasks
from plateworks.report.night.looks import PROFILE_HEIGHT, PROFILE_WIDTH, look_at
from plateworks.report.night.residuals import WIDTH as RESIDUAL_WIDTH
from plateworks.report.night.residuals import residual_maps
from plateworks.report.night.thumbnails import thumbnails, whites_in_words
from plateworks.report.templating import environment
from plateworks.wording import with_error

#: Signs of verdicts, so that colour is never the only one.
_SIGNS = {"good": "●", "flagged": "▲", "not judged": "○"}
_FILLINGS = {"own": "●", "other": "◐", "missing": "✕", "spare": "–"}


def write_night(
    order: NightOrder,
    *,
    verdicts: str,
    missing: str,
    solved: Iterable[str],
    page: str | os.PathLike[str],
    numbers: str | os.PathLike[str],
    renew_s: float = 0.0,
) -> None:
    """Write the page of a night and its numbers, each whole or not at all.

    Parameters
    ----------
    order : NightOrder
    verdicts : str
        Its table of verdicts.
    missing : str
        ``plan/missing.csv``.
    solved : iterable of str
        Its solved frames.
    page, numbers : path
        HTML and JSON.
    renew_s : float
        After so many seconds the open page renews itself; 0: it stands still.
    """
    night = gather_night(order, verdicts, missing, solved)
    with atomic(numbers, "w") as stream:
        stream.write(json.dumps(numbers_of(night), indent=1, ensure_ascii=True) + "\n")
    with atomic(page, "w", errors="replace") as stream:
        stream.write(render(night, renew_s))


def numbers_of(night: NightFacts) -> dict[str, Any]:
    """Return all that the page tells, as plain values."""
    return {
        "headline": headline(night),
        "to_do": [task._asdict() for task in tasks(night)],
        "counts": {
            "lights": len(night.lights),
            "usable": len(night.usable),
            "flagged": sum(night.causes.values()),
            "refused": night.refused_count,
            "solved": sum(light.solved for light in night.lights),
        },
        "hours": hours(night.usable),
        "filters": [one._asdict() for one in filters(night)],
        **plain(night),
    }


def render(night: NightFacts, renew_s: float = 0.0) -> str:
    """Return the page of a night as HTML; see :func:`write_night`."""
    to_do = tasks(night)
    pictures = thumbnails(night.lights)
    # By path: masters of two setups may share a name.
    looks = {one.path: look_at(one.path) for one in night.masters if os.path.exists(one.path)}
    return (
        environment()
        .get_template("night.html")
        .render(
            night=night,
            renew_s=renew_s,
            title=planviews.date(night.session),
            headline=headline(night),
            to_do=to_do[:MOST_TO_DO],
            more_to_do=len(to_do) - MOST_TO_DO,
            filters=filters(night),
            solved=sum(light.solved for light in night.lights),
            width=middle(night.lights, "fwhm_arcsec"),
            limit=middle(night.lights, "limit_mag"),
            course=course(night),
            drawing=(WIDTH, LEFT, RIGHT, HEIGHT, FAULT_HEIGHT),
            profile=(PROFILE_WIDTH, PROFILE_HEIGHT),
            lights=sorted(night.lights, key=_worst_first),
            thumbnails=pictures,
            whites=whites_in_words(night.lights, pictures),
            looks=looks,
            residuals=residual_maps(night.lights),
            residual_width=RESIDUAL_WIDTH,
            kinds={kind: KINDS[kind].title for kind in ("bias", "dark", "darkflat", "flat")},
            levels=LEVEL_NAMES,
            signs=_SIGNS,
            fillings=_FILLINGS,
            age=lambda slot: _age(night.session, slot),
            date=planviews.date,
            name=os.path.basename,
            few=planviews.few,
            with_error=with_error,
            digits=lambda value: f"{float(f'{value:.3g}'):.15g}",  # three, and no exponent
        )
    )


def _worst_first(light: LightFacts) -> tuple[bool, bool, float, str]:
    through = light.numbers.get("transparency")
    return (
        light.verdict != "flagged",
        light.measured,
        1.0 if through is None else through,
        light.frame,
    )


def _age(session: str, slot: Slot) -> str:
    """Return how old a master is beside a night, in words."""
    if slot.night is None:
        return "night not known"
    if not (session.isdigit() and slot.night.isdigit()):
        return slot.night
    days = (_day(session) - _day(slot.night)).days
    if days == 0:
        return "of this night"
    return f"{abs(days)} day{'' if abs(days) == 1 else 's'} {'older' if days > 0 else 'younger'}"


def _day(session: str) -> date:
    return date(int(session[:4]), int(session[4:6]), int(session[6:8]))
