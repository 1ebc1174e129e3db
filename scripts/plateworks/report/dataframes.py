"""Tables of pandas as CSV: few digits, and empty cells of what is not known."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from plateworks.csvtable import write_table

if TYPE_CHECKING:
    from pandas import DataFrame

#: Decimals of what needs more digits than other numbers: seconds, a tenth of a second of arc.
_DECIMALS = {"mjd": 6, "ra_deg": 5, "dec_deg": 5}
_DIGITS = 5


def write_dataframe(table: DataFrame, output: str | os.PathLike[str]) -> None:
    """Write a table, whole or not at all."""
    names = [str(name) for name in table]
    rows = (
        [_cell(name, value) for name, value in zip(names, row, strict=True)]
        for row in table.itertuples(index=False)
    )
    write_table(output, names, rows)


def _cell(name: str, value: Any) -> object:
    """Return a value as a table holds it: with few digits, and nothing of what is not known."""
    if value is None or value != value or value in (float("inf"), float("-inf")):
        return None
    if isinstance(value, bool | str | int):
        return value
    number = float(value)
    if name in _DECIMALS:
        return round(number, _DECIMALS[name])
    number = float(f"{number:.{_DIGITS}g}")
    return int(number) if number.is_integer() else number
