"""The table PIXELS of a master dark: its defects, one a row, with the harm that they do."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from plateworks.metadata.frame import Frame
from plateworks.pixels.arrays import Doubles, Integers
from plateworks.pixels.combine import Combined
from plateworks.pixels.defects import KEPT, KINDS, Defects, find_defects
from plateworks.products.cells import cell_of
from plateworks.products.noise import SetNoise
from plateworks.products.saturation import Saturation
from plateworks.products.tables import Column, Table, read_table, read_table_cards

NAME = "PIXELS"
#: Card of the table of three planes.
_ROWS = "PLANROWS"


class PixelRows(NamedTuple):
    """What the table tells of N pixels.

    Attributes
    ----------
    x, y : (N,) int64 arrays
        Column and row, counted from 0; of planes they count on from one to the next.
    harm : (N,) float64 array
        By which part each raises the noise of a single frame; NaN where that is not known.
    kinds : (N,) int64 array
        Bits of :data:`plateworks.pixels.defects.KINDS`.
    """

    x: Integers
    y: Integers
    harm: Doubles
    kinds: Integers


def defects_of(
    combined: Combined,
    frames: Sequence[Frame],
    spread: SetNoise,
    full: Saturation | None,
    middle: float,
) -> Defects | None:
    """Find the defects that darks show which were combined.

    Parameters
    ----------
    combined : Combined
    frames : sequence of Frame
    spread : SetNoise
        How they scatter.
    full : Saturation or None
        The level from which on pixels are saturated, ADU of the master.
    middle : float
        Median of the master, ADU.

    Returns
    -------
    Defects or None
        None of a frame alone, which does not scatter, and of what is no dark.
    """
    noise = spread.of_frame
    if combined.unsteady is None or noise is None:
        return None
    return find_defects(
        combined.value,
        noise,
        step=spread.step,
        count=len(frames),
        unsteady=combined.unsteady,
        egain=frames[0].egain,
        full=None if full is None else full.level,
        middle=middle,
        cell=cell_of(frames[0]),
    )


def pixel_table(defects: Defects, width: int, rows: int | None = None) -> Table:
    """Return defects as a table.

    Parameters
    ----------
    defects : Defects
    width : int
        Of the master.
    rows : int, optional
        Of a plane, where it has several below each other.
    """
    y, x = np.divmod(defects.pixels, width)
    plane, y = (np.zeros_like(y), y) if rows is None else np.divmod(y, rows)
    columns = [
        Column("X", (x + 1).astype(np.int32), "pixel", "pos.cartesian.x;instr.det",
               "column, the first is 1"),
        Column("Y", (y + 1).astype(np.int32), "pixel", "pos.cartesian.y;instr.det",
               "row, the first that is stored is 1"),
        Column("EXCESS", defects.excess, "adu", "", "above what surrounds it"),
        Column("SCATTER", defects.scatter, "adu", "stat.stdev", "of a single frame"),
        Column("HARM", defects.harm, "", "", "by what part a frame's noise is raised"),
        Column("KINDS", defects.kinds, "", "meta.code", "sum of the bits below"),
    ]  # fmt: skip
    cards = [
        ("SIGMA1", float(f"{defects.noise:.4g}"), "[ADU] scatter of an ordinary pixel in a frame"),
        ("HARMMIN", KEPT, "pixels of less harm are not listed here"),
    ]
    if defects.shot is not None:
        shot = float(f"{defects.shot:.4g}")
        cards.append(("SHOTVAR", shot, "[ADU] variance of the dark current per ADU"))
    cards += [(f"KIND{n}", bit, text) for n, (bit, text) in enumerate(KINDS.items())]
    if rows is not None:
        columns.append(
            Column("PLANE", (plane + 1).astype(np.int16), "", "", "1 red, 2 green, 3 blue")
        )
        cards.append((_ROWS, rows, "rows of a plane"))
    return Table(NAME, columns, cards)


def read_pixels(path: str | os.PathLike[str], *, places: bool = False) -> PixelRows | None:
    """Read the table of a master dark; None where it has none, such as another program's.

    With `places`, each place of three planes is told once, by the worst of its colours.

    Raises
    ------
    FrameError
        If the file cannot be read.
    """
    table = read_table(path, NAME)
    if not {"X", "Y", "HARM", "KINDS"} <= set(table):
        return None
    x, y, kinds = (table[name].astype(np.int64) for name in ("X", "Y", "KINDS"))
    rows = PixelRows(x - 1, y - 1, table["HARM"].astype(np.float64), kinds)
    if "PLANE" not in table:
        return rows
    if places:
        worst = np.lexsort((-np.nan_to_num(rows.harm, nan=np.inf), rows.x, rows.y))
        _, first = np.unique(np.stack([rows.y, rows.x])[:, worst], axis=1, return_index=True)
        some = worst[first]
        return PixelRows(rows.x[some], rows.y[some], rows.harm[some], rows.kinds[some])
    below = (table["PLANE"].astype(np.int64) - 1) * int(read_table_cards(path, NAME)[_ROWS])
    return rows._replace(y=rows.y + below)


def read_scatter(path: str | os.PathLike[str]) -> tuple[float | None, float | None]:
    """Read what the table of a master dark says of all its pixels.

    Returns
    -------
    float or None
        Noise of an ordinary pixel in a single frame, ADU.
    float or None
        Variance of the dark current for each ADU of it.
    """
    cards = read_table_cards(path, NAME)
    return cards.get("SIGMA1"), cards.get("SHOTVAR")
