"""The lights that are made ready for other programs, as a run says at its end."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter

from plateworks.csvtable import read_rows
from plateworks.errors import PlateworksError

_STACKED = itemgetter("stacked")
_LIGHT_AND_FILE = itemgetter("light", "file")


def lines_on_handed(tables: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a line for each program: how many lights it is to stack, and where they lie.

    Parameters
    ----------
    tables : mapping
        Program -> its tables; they need not be there.
    """
    lines = []
    for program, folder, stacked in _read(tables):
        count = f"  {sum(stacked):5d} of {len(stacked):5d}"
        lines.append(f"{count} {f'lights for {program}':<26}{folder}/")
    return lines


def lines_on_left(tables: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a line for each program that is not to stack all, with where the reasons stand."""
    lines = []
    for program, folder, stacked in _read(tables):
        if count := len(stacked) - sum(stacked):
            some = "lights" if count > 1 else "light"
            lines.append(f"  {count:5d} {some} left out for {program}; why: {folder}/*.csv")
    return lines


def lines_on_debayered(tables: Sequence[str]) -> list[str]:
    """Return a line on the lights in three colours, and where they lie; none before they are made.

    Parameters
    ----------
    tables : sequence of str
        One for each night; they need not be there.
    """
    there = [path for path in tables if os.path.exists(path)]
    try:
        files = dict(row for path in there for row in read_rows(path, _LIGHT_AND_FILE))
    except PlateworksError:
        return []  # the next run makes it again
    count = f"  {sum(map(bool, files.values())):5d} of {len(files):5d}"
    return [f"{count} {'lights in three colours':<26}{os.path.dirname(there[0])}/"] if files else []


def _read(tables: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str, list[bool]]]:
    """Yield program, folder, and of each light whether it is stacked."""
    for program, paths in tables.items():
        there = [path for path in paths if os.path.exists(path)]
        try:
            stacked = [cell == "true" for path in there for cell in read_rows(path, _STACKED)]
        except PlateworksError:
            continue  # the next run makes it again
        if stacked:
            yield program, os.path.dirname(there[0]), stacked
