"""What people said of masters while a run went on, in words."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime

from plateworks.errors import PlateworksError
from plateworks.ledger.entry import moment_of
from plateworks.ledger.ledger import Ledger
from plateworks.planning.plan import Plan
from plateworks.planning.words import libraries_of
from plateworks.printable import printable
from plateworks.wording import counted


def lines_on_words(plan: Plan, since_ns: int) -> list[str]:
    """Return for each person and ledger how many masters were certified or withdrawn since a time.

    Parameters
    ----------
    plan : Plan
        The ledgers of its results and libraries are read.  One that is not understood is passed
        over here: the end of a run says so elsewhere.
    since_ns : int
        When the run began, nanoseconds since 1970.
    """
    began = datetime.fromtimestamp(since_ns // 10**9, UTC)  # words tell whole seconds
    own = Ledger.of_results(plan.settings.results)
    lines = []
    for ledger in (*map(Ledger.of_library, libraries_of(plan.given)), own):
        said: Counter[tuple[str, str]] = Counter()
        with suppress(PlateworksError):
            said.update(
                (one.state, one.who)
                for one in ledger.read()
                if not one.is_ours and moment_of(one.when) >= began
            )
        for (state, who), number in said.items():
            are = "is" if number == 1 else "are"
            told = f"{counted(number, 'master')} {are} {state} by {who}: {ledger.path}"
            lines.append(printable(told))
    return ["", *lines] if lines else []
