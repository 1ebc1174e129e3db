"""The masters that are in doubt, as a run says at its end."""

from __future__ import annotations

import os
from operator import itemgetter

from plateworks.csvtable import read_rows
from plateworks.errors import PlateworksError
from plateworks.orders.judging import GOOD, POOR
from plateworks.printable import printable

#: Masters that are named.
_MOST = 8


def lines_on_masters(table: str) -> list[str]:
    """Return lines for the end of a run: which masters are in doubt and why; none if none are.

    Parameters
    ----------
    table : str
        The table of masters; it need not be there.
    """
    if not os.path.exists(table):
        return []
    try:
        rows = list(read_rows(table, itemgetter("verdict", "master", "why")))
    except PlateworksError as error:
        return [f"        {error}"]
    told = sorted((row for row in rows if row[0] != GOOD), key=lambda row: row[0] != POOR)
    if not told:
        return []
    lines = [
        f"  {len(told):5d} {'masters are' if len(told) > 1 else 'master is'} in doubt: {table}"
    ]
    lines += [printable(f"    {verdict}: {path}: {why}") for verdict, path, why in told[:_MOST]]
    if len(told) > _MOST:
        lines.append(f"    ... and {len(told) - _MOST} more")
    return lines
