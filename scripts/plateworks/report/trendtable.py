"""The tables of trends: a setup over its nights, and where it changed; written, and read again."""

from __future__ import annotations

import math
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from plateworks.csvtable import read_rows, write_table
from plateworks.quality.expiry import Expiry
from plateworks.quality.quantities import QUANTITIES, Quantity
from plateworks.quality.trends import Course

#: Of the table of nights; after these come each quantity and its error.
_ROW = ("night", "filter")
COLUMNS = (*_ROW, *(name for one in QUANTITIES for name in (one.column, one.error)))
#: Digits of a value, and of its error.
_DIGITS, _OF_ERROR = 7, 2
_BY_COLUMN = {one.column: one for one in QUANTITIES}


class ChangeRow(NamedTuple):
    """A change of level; the fields are columns of its table.

    Attributes
    ----------
    quantity : str
        Its column in the table of nights.
    filter : str
        Empty where it is of the camera.
    night : str
        The first with the new level.
    level_before, level_after : float
    sigmas : float
        How far they lie apart, in scatters of a night.
    words : str
    """

    quantity: str
    filter: str
    night: str
    level_before: float
    level_after: float
    sigmas: float
    words: str


def write_nights(courses: Iterable[Course], path: str | os.PathLike[str]) -> None:
    """Write a row for each night, and one for each filter of it."""
    rows: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    for one in courses:
        quantity = one.quantity
        for night, value, error in zip(one.nights, one.values, one.errors, strict=True):
            cells = rows[night, one.filter]
            cells[quantity.column] = _rounded(value, _DIGITS)
            if math.isfinite(error):
                cells[quantity.error] = _rounded(error, _OF_ERROR)
    values = COLUMNS[len(_ROW) :]
    write_table(path, COLUMNS, ([*key, *map(rows[key].get, values)] for key in sorted(rows)))


def write_changes(courses: Iterable[Course], path: str | os.PathLike[str]) -> None:
    """Write a row for each change of level, by night."""
    found = [row for one in courses for row in _changes(one)]
    found.sort(key=lambda row: row.night)
    write_table(path, ChangeRow._fields, found)


def write_expiries(expiries: Iterable[Expiry], path: str | os.PathLike[str]) -> None:
    """Write a row for each master: until when it serves."""
    write_table(path, Expiry._fields, expiries)


def read_nights(path: str | os.PathLike[str]) -> list[Course]:
    """Read the table of nights as the courses that it was written of.

    Raises
    ------
    PlateworksError
        If it cannot be read, or is no such table.
    """
    nights: dict[tuple[Quantity, str], list[tuple[str, float, float]]] = defaultdict(list)
    for key, cells in read_rows(path, _understood):
        for quantity, value, error in cells:
            nights[quantity, key[1]].append((key[0], value, error))
    courses = [_course(*key, some) for key, some in nights.items()]
    return sorted(courses, key=lambda one: (QUANTITIES.index(one.quantity), one.filter))


def read_changes(path: str | os.PathLike[str]) -> list[ChangeRow]:
    """Read the table of changes.

    Raises
    ------
    PlateworksError
        If it cannot be read, or is no such table.
    """
    return list(read_rows(path, _change))


def read_expiries(path: str | os.PathLike[str]) -> list[Expiry]:
    """Read the table that tells until when masters serve.

    Raises
    ------
    PlateworksError
        If it cannot be read, or is no such table.
    """
    return list(read_rows(path, lambda cells: Expiry(*(cells[name] for name in Expiry._fields))))


def _changes(course: Course) -> Iterator[ChangeRow]:
    quantity = course.quantity
    unit = f" {quantity.unit}" if quantity.unit else ""
    name = f" in {course.filter}" if course.filter else ""
    for one in course.changes:
        before, after = (_rounded(level, 5) for level in (one.before, one.after))
        yield ChangeRow(
            quantity=quantity.column,
            filter=course.filter,
            night=course.nights[one.place],
            level_before=before,
            level_after=after,
            sigmas=_rounded(one.sigmas, 3),
            words=f"{quantity.words}{name}: {before:g}{unit} became {after:g}{unit}",
        )


def _understood(
    cells: Mapping[str, str],
) -> tuple[tuple[str, str], list[tuple[Quantity, float, float]]]:
    told = [(one, cells[one.column], cells[one.error]) for one in QUANTITIES]
    values = [(one, float(value), float(error or "nan")) for one, value, error in told if value]
    return (cells["night"], cells["filter"]), values


def _course(quantity: Quantity, name: str, nights: Sequence[tuple[str, float, float]]) -> Course:
    sessions, values, errors = zip(*nights, strict=True)
    return Course(quantity, name, sessions, np.array(values), np.array(errors))


def _change(cells: Mapping[str, str]) -> ChangeRow:
    return ChangeRow(
        quantity=cells["quantity"],
        filter=cells["filter"],
        night=cells["night"],
        level_before=float(cells["level_before"]),
        level_after=float(cells["level_after"]),
        sigmas=float(cells["sigmas"]),
        words=cells["words"],
    )


def _rounded(value: float, digits: int) -> float:
    """Return a value with so many digits: further ones depend on the processor."""
    return float(f"{value:.{digits}g}")
