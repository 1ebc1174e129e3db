"""The plan as one page that stands alone, for a browser: ``plan/plan.html``.

The page holds groups, never single lights, so that it stays small; the tables beside it hold all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from plateworks import __version__
from plateworks.files import atomic
from plateworks.matching.match import LEVEL_NAMES
from plateworks.planning.basis import as_written
from plateworks.planning.plan import Plan
from plateworks.planning.setaside import none_usable
from plateworks.report import masterviews
from plateworks.report import planviews as views
from plateworks.report.leftover import heading_of_left, left_over
from plateworks.report.missing import missing
from plateworks.report.reasons import heading_of_changes, reasons
from plateworks.report.remarks import remarks
from plateworks.report.standing import Standing
from plateworks.report.templating import environment


def write_page(plan: Plan, path: str | os.PathLike[str], notes: Sequence[str] = ()) -> None:
    """Write the page of `plan`, atomically.

    Parameters
    ----------
    plan : Plan
    path : path
    notes : sequence of str
        Further sentences a user should read before the run.
    """
    _write(path, render(plan, notes))


def renew_page(plan: Plan, path: str | os.PathLike[str], notes: Sequence[str] = ()) -> None:
    """Write the page anew, if it is there and has not this to say of what is there by now.

    The job that writes it first knows but the settings that a plan depends on, and these do not
    tell whether a product is as it is wanted.
    """
    page = render(plan, notes, Standing(plan))
    with suppress(FileNotFoundError):
        if Path(path).read_bytes() != page.encode(errors="replace"):
            _write(path, page)


def _write(path: str | os.PathLike[str], page: str) -> None:
    with atomic(path, "w", errors="replace") as stream:
        stream.write(page)


def render(plan: Plan, notes: Sequence[str] = (), standing: Standing | None = None) -> str:
    """Return the page of `plan` as HTML, with what is there of it where that is known.

    Only then is it known too what has changed since products were made, and what is left over.
    """
    gaps = missing(plan)
    refused = [light for light in plan.lights if light.refused]
    left = (left_over(plan) if standing else None) or []
    return (
        environment()
        .get_template("plan.html")
        .render(
            version=__version__,
            folders=plan.folders,
            results=plan.settings.results,
            facts=views.facts(plan, standing),
            levels=[views.State(i, name) for i, name in enumerate((*LEVEL_NAMES, "refused"))],
            grids=views.grids(plan),
            urgent=views.few([gap for gap in gaps if gap.urgent]),
            minor=views.few([gap for gap in gaps if not gap.urgent]),
            refused=views.few(views.refusals(refused)),
            nights=views.nights(plan),
            setups=masterviews.setups(plan, standing),
            found=masterviews.found(plan),
            rejects=views.few(views.rejects(plan)),
            changed=views.few(reasons(standing.outdated) if standing else []),
            heading_of_changes=heading_of_changes(plan),
            left=views.few(views.by_why(left)),
            heading_of_left=heading_of_left(left),
            notes=[*_headline(plan), *notes, *remarks(plan)],
            settings=list(as_written(plan.basis)),
            date=views.date,
            span=views.span,
            name=os.path.basename,
        )
    )


def _headline(plan: Plan) -> Iterator[str]:
    if plan.all_set_aside:
        yield next(none_usable([*plan.rejects, *plan.unread], plan.folders))
