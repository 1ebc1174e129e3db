"""The tables of the lights of a night: what was measured, and the verdicts."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from plateworks.csvtable import not_ours, read_table, write_table
from plateworks.errors import PlateworksError
from plateworks.quality.colours import FOLLOWS, TOLD, pool
from plateworks.quality.judging import CAMERA, judge
from plateworks.report.dataframes import write_dataframe
from plateworks.report.textcolumns import TEXTS

if TYPE_CHECKING:
    from pandas import DataFrame

_log = logging.getLogger(__name__)

#: What a reader looks for first.
_FIRST = (
    "frame",
    "session",
    "object",
    "filter",
    "exposure_s",
    "date_obs",
    "verdict",
    "cause",
    "why",
)


def write_measures(solved: Iterable[str], session: str, output: str | os.PathLike[str]) -> None:
    """Write what the solved frames of a night measure, in the order given.

    Parameters
    ----------
    solved : iterable of str
        Files of :func:`plateworks.sky.solved.solve_files`.
    session : str
    output : path
        The CSV file.
    """
    # What reads frames is loaded for it alone: verdicts are told by tables.
    from plateworks.quality.night import measure_night
    from plateworks.quality.reading import read_measured

    night = measure_night([read_measured(path) for path in solved])
    night.insert(1, "session", session)
    write_dataframe(night, output)


def write_verdicts(measures: str, earlier: Sequence[str], output: str | os.PathLike[str]) -> None:
    """Write the verdicts on the lights of a night.

    Parameters
    ----------
    measures : str
        The table that :func:`write_measures` wrote of it.
    earlier : sequence of str
        Those of earlier nights; one that is no such table is passed over, and the log says so.
    output : path
        The CSV file.
    """
    night = _read(measures, ("frame", "field", *CAMERA))
    judged = judge(night, [*_readable(earlier, night)])
    write_dataframe(judged[[*_FIRST, *(name for name in judged if name not in _FIRST)]], output)


def gather(tables: Sequence[str], output: str | os.PathLike[str]) -> None:
    """Write tables of verdicts one below the other, with the colour terms of all lights together.

    Parameters
    ----------
    tables : sequence of str
        What :func:`write_verdicts` wrote of each night.
    output : path
        The CSV file.

    Raises
    ------
    PlateworksError
        If one cannot be read, or is no such table.
    """
    import pandas as pd

    nights = [_texts(path, (*_FIRST, *TOLD)) for path in tables]
    if not nights:
        return write_table(output, [*_FIRST, *FOLLOWS], [])
    told = [_numbers(night[list(TOLD)], path) for night, path in zip(nights, tables, strict=True)]
    pooled = pool(pd.concat(told, ignore_index=True))
    write_dataframe(pd.concat(nights, ignore_index=True).join(pooled), output)


def _readable(earlier: Sequence[str], night: DataFrame) -> Iterator[DataFrame]:
    """Yield the tables of earlier nights that are tables as that of the night is."""
    for path in earlier:
        try:
            yield _read(path, night)
        except PlateworksError as error:
            _log.warning("This night tells nothing of what is usual: %s", error)


def read_columns(path: str, columns: Sequence[str]) -> DataFrame:
    """Read some columns of a table of lights, with numbers where they hold such.

    Raises
    ------
    PlateworksError
        If it cannot be read, or is no such table.
    """
    return _numbers(_texts(path, columns)[list(columns)], path)


def _read(path: str, columns: Iterable[str]) -> DataFrame:
    """Read a table that has these columns at least."""
    return _numbers(_texts(path, columns), path)


def _texts(path: str, columns: Iterable[str]) -> DataFrame:
    """Read a table that has these columns at least, its cells as they stand there."""
    import pandas as pd

    table = pd.DataFrame(read_table(path))
    if lacking := [name for name in columns if name not in table]:
        raise not_ours(path, f"it has no column {lacking[0]}")
    return table


def _numbers(table: DataFrame, path: str) -> DataFrame:
    """Return a table with numbers for the texts of all columns that hold some."""
    import pandas as pd

    out = table.copy()
    for name in table:
        if name not in TEXTS:
            try:
                out[name] = pd.to_numeric(table[name])
            except ValueError as error:
                raise not_ours(path, f"column {name}: {error}") from error
    return out
