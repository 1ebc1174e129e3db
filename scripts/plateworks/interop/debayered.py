"""The lights of a night in three colours, for who wants no mosaic."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from astropy.io import fits

from plateworks.csvtable import write_table
from plateworks.metadata.caveats import FAILED, texts_of
from plateworks.metadata.dialects import BAYER_PATTERNS
from plateworks.orders.debayering import DebayerOrder
from plateworks.pixels.debayer import debayered
from plateworks.products.fitsio import write_fits
from plateworks.products.headers import lineage, put
from plateworks.products.image import Image
from plateworks.products.imagefiles import read_image
from plateworks.sky.halved import halved

#: Card that tells how the colours of a product came about.
METHOD = "DEBAYER"
_COLUMNS = ("light", "file", "why")
#: How a mosaic is stored, which its colours have left behind.
_OF_MOSAIC = ("BAYERPAT", "XBAYROFF", "YBAYROFF", "COLORTYP", "CFAIMAGE")

_log = logging.getLogger(__name__)


def debayer_night(order: DebayerOrder, solved: Sequence[str], table: str) -> None:
    """Write the lights of a night in three colours, into the folder of the night beside a table.

    Parameters
    ----------
    order : DebayerOrder
    solved : sequence of str
        The solved frames of the night.
    table : str
        The CSV file to write: a line for each light, with its file, or why it has none.

    Raises
    ------
    FrameError
        If a light cannot be read.
    """
    folder = Path(table).with_suffix("")
    rows = []
    for light, name in zip(solved, _names(solved), strict=True):
        why = _debayer(order.method, light, folder / name)
        rows.append((light, "" if why else f"{folder.name}/{name}", why))
        _log.info("%s: %s", light, why or "in three colours")
    # What was made of lights that are left out by now would be taken for theirs.
    there = {os.path.basename(file) for _, file, _ in rows}
    for old in folder.glob("*.fits"):
        if old.name not in there and texts_of(old, METHOD) != [""]:
            old.unlink()
    write_table(table, _COLUMNS, rows)


def _names(solved: Iterable[str]) -> list[str]:
    """Return a name for the file of each light, all different."""
    names: list[str] = []
    for path in solved:
        stem, number = Path(path).stem, 1
        name = f"{stem}.fits"
        while name in names:
            number += 1
            name = f"{stem}_{number}.fits"
        names.append(name)
    return names


def _debayer(method: str, light: str, output: Path) -> str:
    """Write one light in three colours; return why that cannot be, empty if it was done."""
    if texts_of(light, FAILED) != [""]:
        return "it was set aside"
    image = read_image(light)
    if image.colours > 1:
        return "it was debayered before it was saved, and has its three planes already"
    pattern = str(image.header.get("BAYERPAT", "")).strip().upper()
    if pattern not in BAYER_PATTERNS:
        return "its header tells no pattern of colours (BAYERPAT)"
    data = image.data.astype("float32")
    planes = debayered(data, pattern, method)
    below = planes.reshape(-1, planes.shape[2])
    write_fits(output, Image(below, _header(image.header, method), colours=len(planes)))
    return ""


def _header(header: fits.Header, method: str) -> fits.Header:
    out = halved(header) if method == "superpixel" else header.copy()
    for keyword in _OF_MOSAIC:
        out.remove(keyword, ignore_missing=True, remove_all=True)
    put(out, METHOD, method, "planes: red, green, blue")
    lineage(out, [f"Plateworks: debayered ({method})"])
    return out
