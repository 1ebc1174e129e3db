"""The tables of index files: which columns they have, and some of their cells.

They are read and never mapped into memory: of a map that a disk cannot read, or whose file somebody
makes shorter, the system tells a process by ending it.
"""

from __future__ import annotations

import os
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from plateworks.errors import TroubleError
from plateworks.files import read_at
from plateworks.troubles import may_pass

if TYPE_CHECKING:
    from astropy.io.fits import BinTableHDU

#: Index files whose columns are remembered.
_REMEMBERED = 64
#: Cells that lie farther apart than so many bytes are read by calls of their own.
_APART = 1 << 16


class Cells(NamedTuple):
    """The cells of one column, each of one type.

    Attributes
    ----------
    path : str
    start, stride : int
        The byte at which the first of them lies, and how many lie between two of them.
    kind : str
        Type of the cells, as NumPy has it.
    number : int
        How many there are.
    """

    path: str
    start: int
    stride: int
    kind: str
    number: int

    def some(self, rows: np.ndarray) -> np.ndarray:
        """Read the cells of some rows, rising, each below `number`.

        Raises
        ------
        TroubleError
            If the file has become shorter than it was.
        OSError
            If it cannot be read.
        """
        kind = np.dtype(self.kind)
        pieces = [np.empty(0, kind)]
        with open(self.path, "rb") as stream:
            for run in np.split(rows, np.flatnonzero(np.diff(rows) * self.stride > _APART) + 1):
                if not len(run):
                    continue
                first, last = int(run[0]), int(run[-1])
                length = (last - first) * self.stride + kind.itemsize
                data = read_at(stream.fileno(), length, self.start + first * self.stride)
                if len(data) < length:
                    raise TroubleError(self.path, "became shorter while it was read; copy it again")
                shape, strides = (last - first + 1,), (self.stride,)
                pieces.append(np.ndarray(shape, kind, data, 0, strides)[run - first])
        return np.concatenate(pieces)

    def all(self) -> np.ndarray:
        """Read all cells; raise what :meth:`some` does."""
        return self.some(np.arange(self.number))


class Table(NamedTuple):
    """One table of an index file.

    Attributes
    ----------
    first : str
        Name of its first column, by which Astrometry.net tells its tables apart.
    rows : Cells
        Its rows as bytes: ``V12``.
    beside : dict
        Of a table of what stands beside the stars: the columns of single numbers, by their names.
    """

    first: str
    rows: Cells
    beside: dict[str, Cells]


def tables_of(path: str) -> list[Table]:
    """Return the tables of an index file; those before the first damaged one, if one is damaged.

    Raises
    ------
    OSError
        If it cannot be read for a reason that may pass.
    """
    from astropy.io import fits
    from astropy.utils.exceptions import AstropyWarning

    found: list[Table] = []
    try:
        with warnings.catch_warnings(), fits.open(path, memmap=True) as hdus:
            warnings.simplefilter("ignore", category=AstropyWarning)
            found.extend(_table(path, hdu) for hdu in hdus[1:])
    except Exception as error:  # whatever astropy trips over in a damaged header
        if may_pass(error):
            raise
    return found


@lru_cache(_REMEMBERED)
def read_beside(path: str) -> dict[str, Cells]:
    """Find the numbers that stand beside the stars of an index, by their columns."""
    return {name: cells for one in tables_of(path) for name, cells in one.beside.items()}


def _table(path: str, hdu: BinTableHDU) -> Table:
    width, count = int(hdu.header["NAXIS1"]), int(hdu.header["NAXIS2"])
    rows = Cells(path, int(hdu.fileinfo()["datLoc"]), width, f"V{width}", count)
    if rows.start + width * count > os.path.getsize(path):
        raise ValueError("the file ends before")
    beside = _beside(rows, hdu) if hdu.header.get("AN_FILE") == "TAGALONG" else {}
    return Table(str(hdu.header.get("TTYPE1", "")), rows, beside)


def _beside(rows: Cells, hdu: BinTableHDU) -> dict[str, Cells]:
    kinds, found = hdu.columns.dtype, {}
    for name in kinds.names:
        kind, offset = kinds.fields[name][:2]
        if kind.kind in "fiu" and not kind.shape:
            big = kind.newbyteorder(">").str  # as FITS has it
            found[name] = rows._replace(start=rows.start + offset, kind=big)
    return found
