"""What a run proved of its products, in words."""

from __future__ import annotations

import os
from contextlib import suppress

from plateworks.csvtable import read_table
from plateworks.errors import PlateworksError


def lines_on_proofs(results: str, since_ns: int) -> list[str]:
    """Return how many products were proved, and how many made again, since a time.

    Parameters
    ----------
    results : str
        The folder of results.
    since_ns : int
        When the run began, nanoseconds since 1970.
    """
    proved = _rows(f"{results}/report/verify.csv", since_ns)
    whole = sum(not row["fault"] for row in proved)
    if not proved or whole < len(proved):
        return []  # nothing was proved, or the failed job says what is amiss
    products = "The 1 product that is there is"
    if whole > 1:
        products = f"All {whole} products that are there are"
    lines = [f"{products} proved: {results}/report/verify.csv"]
    again = _rows(f"{results}/report/remade.csv", since_ns)
    if again and not any(row["difference"] for row in again):
        were = "product was" if len(again) == 1 else "products were"
        lines.append(
            f"{len(again)} {were} made again, to the same bytes: {results}/report/remade.csv"
        )
    return ["", *lines]


def _rows(table: str, since_ns: int) -> list[dict[str, str]]:
    with suppress(OSError, PlateworksError):
        if os.stat(table).st_mtime_ns >= since_ns:
            return list(read_table(table))
    return []
