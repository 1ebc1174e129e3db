"""Tables as CSV that people open in a spreadsheet, and that we read again.

Texts in them come from headers, names of files and devices.  A spreadsheet takes a cell that begins
with ``=``, ``+``, ``-`` or ``@`` for a formula and runs it; an apostrophe before it says that it is
text.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TextIO, TypeVar

from plateworks.errors import PlateworksError
from plateworks.files import atomic
from plateworks.printable import printable
from plateworks.troubles import not_read

_T = TypeVar("_T")

#: Beginnings of what a spreadsheet runs, the wide letters of the East among them.
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def write_table(
    path: str | os.PathLike[str], columns: Iterable[str], rows: Iterable[Iterable[object]]
) -> None:
    """Write a table, whole or not at all.

    Parameters
    ----------
    path : path
    columns : iterable of str
    rows : iterable of iterables
        Texts, numbers, and None for an empty cell.
    """
    with atomic(path, "w", newline="") as stream:
        put_table(stream, columns, rows)


def put_table(stream: TextIO, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a table into a stream of text that translates no line ends."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(
        [_cell(value) if isinstance(value, str) else value for value in row] for row in rows
    )


def read_table(path: str | os.PathLike[str]) -> Iterator[dict[str, str]]:
    """Yield the rows of such a table by their columns, texts as they were before.

    Raises
    ------
    PlateworksError
        If it cannot be read, or is no such table.
    """
    return read_rows(path, lambda cells: cells)


def read_rows(
    path: str | os.PathLike[str], understood: Callable[[dict[str, str]], _T]
) -> Iterator[_T]:
    """Yield what `understood` makes of the rows of such a table.

    Raises
    ------
    PlateworksError
        As :func:`read_table`, and where `understood` lacks a column, or a number.
    """
    line = 0
    try:
        with open(path, newline="", encoding="utf-8", errors="surrogateescape") as stream:
            rows = csv.DictReader(stream)
            for row in rows:
                line = rows.line_num
                cells = {name: text_of(cell) for name, cell in row.items() if isinstance(cell, str)}
                yield understood(cells)
    except OSError as error:
        raise not_read(path, error, "the table cannot be read") from error
    except (csv.Error, LookupError, ValueError) as error:
        raise not_ours(path, f"line {line}: {error!r}") from error


def not_ours(path: str | os.PathLike[str], why: str) -> PlateworksError:
    """Return what to raise where a table is not as we write it; `why` follows its path."""
    return PlateworksError(
        f"{path} is not the table that Plateworks wrote ({why}).  Remove it, and run again."
    )


@lru_cache(maxsize=4096)  # most cells of a column say one of a few things
def _cell(value: str) -> str:
    text = printable(value)
    runs = _FORMULA.match(text) and not _NUMBER.fullmatch(text)
    return f"'{text}" if runs else text


def text_of(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
