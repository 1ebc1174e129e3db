"""What the plan's tables and page tell of products is known only once these are made."""

from __future__ import annotations

from collections.abc import Sequence

from plateworks.planning.plan import Plan
from plateworks.report.planpage import renew_page
from plateworks.report.plantables import renew_tables


def renew(plan: Plan, notes: Sequence[str] = ()) -> None:
    """Bring the tables and the page of a plan up to date at the end of a run, if they are there.

    Parameters
    ----------
    plan : Plan
    notes : sequence of str
        As the page had them.
    """
    folder = f"{plan.settings.results}/plan"
    renew_tables(plan, folder)
    renew_page(plan, f"{folder}/plan.html", notes)
