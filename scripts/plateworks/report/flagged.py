"""The lights that need a look, as a run says at its end."""

from __future__ import annotations

import os
from collections import Counter
from operator import itemgetter

from plateworks.csvtable import read_rows
from plateworks.errors import PlateworksError


def lines_on_verdicts(table: str) -> list[str]:
    """Return a line for the end of a run: how many lights need a look, by cause; none if none do.

    Parameters
    ----------
    table : str
        The gathered table; it need not be there.
    """
    if not os.path.exists(table):
        return []
    try:
        causes = Counter(cause for cause in read_rows(table, itemgetter("cause")) if cause)
    except PlateworksError as error:
        return [f"        {error}"]
    if not causes:
        return []
    count = sum(causes.values())
    parts = ", ".join(f"{some} {cause}" for cause, some in causes.most_common())
    needs = "lights need" if count > 1 else "light needs"
    return [f"  {count:5d} {needs} a look: {parts}; why: {table}"]
