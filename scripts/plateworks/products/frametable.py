"""The table FRAMES of a master; :mod:`plateworks.metadata.frametable` reads it."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from plateworks.metadata.frametable import NAME, FrameRow
from plateworks.products.tables import Column, Table

#: Type of a field -> the type of numpy.
_TYPES = {"bool": "?", "float": "f8", "int": "i8"}
_UNITS = {"level": "adu"}


def frame_tables(rows: tuple[FrameRow, ...]) -> tuple[Table, ...]:
    """Return what was measured of the frames of a master as its table; none where nothing was."""
    columns = [_column(one.name, str(one.type), rows) for one in fields(FrameRow)]
    return (Table(NAME, columns),) if rows else ()


def _column(name: str, kind: str, rows: tuple[FrameRow, ...]) -> Column:
    values = [getattr(row, name) for row in rows]
    if kind == "str":
        texts = [_printable(value).encode("ascii") for value in values]
        stored = np.array(texts, f"S{max(map(len, texts), default=1) or 1}")
    else:
        stored = np.array(values, _TYPES[kind])
    return Column(name.upper(), stored, _UNITS.get(name, ""))


def _printable(text: str) -> str:
    """Return a text in the letters that FITS allows; others as Python would write them."""
    return "".join(one if " " <= one <= "~" else ascii(one)[1:-1] for one in text)
