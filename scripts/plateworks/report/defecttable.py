"""The table of defects with dates of a setup, and the list of those that last."""

from __future__ import annotations

import logging
import os

import numpy as np

from plateworks.csvtable import write_table
from plateworks.orders.defects import DARK, FLAT, DefectsOrder
from plateworks.printable import printable
from plateworks.products.lists import write_list
from plateworks.products.sightings import read_sighting
from plateworks.quality.defects import COLUMNS, LAST_NIGHTS, LASTS, defect_rows, history_of

_log = logging.getLogger(__name__)


def write_defects(
    order: DefectsOrder, table: str | os.PathLike[str], lasting: str | os.PathLike[str]
) -> None:
    """Write the defects of one setup: all of them with dates, and a list of those that last.

    Parameters
    ----------
    order : DefectsOrder
    table : path
        The CSV file.
    lasting : path
        The cosmetic list; what lasts by flats alone is cold in it.
    """
    for one in order.apart:
        _log.warning("%s.  Its defects are left out.", one)
    shape = order.height, order.width
    read = (read_sighting(one, shape) for one in order.sources)
    history = history_of([one for one in read if one is not None])
    write_table(table, COLUMNS, defect_rows(history, order.width))
    pixels = history.pixels
    by_dark, by_flat = (pixels[witness].to_numpy(bool) for witness in (DARK, FLAT))
    y, x = np.divmod(pixels["pixel"].to_numpy(np.int64), order.width)
    places = np.stack([x, y], axis=1)
    hot, cold = places[by_dark], places[by_flat & ~by_dark]
    notes = [f"{history.undated} masters without a date have no say"] if history.undated else []
    write_list(
        lasting,
        hot,
        cold,
        rows=order.height,
        form=order.form,
        about=f"{len(hot) + len(cold)} pixels that last: named in {LASTS} of the last "
        f"{LAST_NIGHTS} nights that could show them",
        row_order=order.row_order,
        notes=notes + [printable(f"left out: {one}") for one in order.apart],
    )
