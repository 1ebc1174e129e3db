"""The tables of a solved frame: its stars, what was measured place by place, and residuals.

Names and units are those that astropy and TOPCAT read; UCDs are those of the Virtual Observatory
(UCD1+ 1.5).
"""

from __future__ import annotations

import numpy as np

from plateworks.products.image import Cards
from plateworks.products.tables import Column, Table, table_size
from plateworks.sky.cells import GRID
from plateworks.sky.lens import Lens
from plateworks.sky.measures import Cells
from plateworks.sky.sources import FLAGS, SourceList

#: The table of the stars is at most this part of the pixels' bytes.
MOST = 0.05


def source_table(sources: SourceList, lens: Lens | None, unit: str, room: float) -> Table:
    """Return the stars of a frame as a table, the brightest first.

    Parameters
    ----------
    sources : SourceList
    lens : Lens or None
        Of the solution; without one RA and DEC are NaN.
    unit : str
        Of the image's pixels.
    room : float
        Bytes of the image: so many of the brightest are told as fit into the twentieth part.
    """
    whole = _source_table(sources, lens, unit)
    header, row = table_size(whole)
    fitting = int(max(0, MOST * room - header) // row)
    kept = sources.brightest(fitting)
    return _source_table(kept, lens, unit, found=len(sources))


def _source_table(
    sources: SourceList, lens: Lens | None, unit: str, found: int | None = None
) -> Table:
    x, y = sources.fits_xy.T
    ra, dec = (np.full(len(sources), np.nan),) * 2 if lens is None else lens.to_sky(sources.fits_xy)
    small = np.float32
    columns = [
        Column("X", x, "pix", "pos.cartesian.x;instr.det", "from 1, as FITS counts"),
        Column("Y", y, "pix", "pos.cartesian.y;instr.det", "from 1, as FITS counts"),
        Column("RA", ra, "deg", "pos.eq.ra;meta.main", "ICRS"),
        Column("DEC", dec, "deg", "pos.eq.dec;meta.main", "ICRS"),
        Column("FLUX", sources.flux.astype(small), unit, "phot.count", "all light of the star"),
        Column("FLUX_ERR", sources.flux_err.astype(small), unit, "stat.error;phot.count",
               "standard error of FLUX"),
        Column("PEAK", sources.peak.astype(small), unit, "phot.count;stat.max",
               "brightest pixel above the sky"),
        Column("FWHM", sources.fwhm.astype(small), "pix", "phys.angSize",
               "full width at half maximum"),
        Column("ELLIPTICITY", sources.ellipticity.astype(small), "",
               "src.ellipticity", "1 - b/a"),
        Column("THETA", sources.theta.astype(small), "deg", "pos.posAng;instr.det",
               "longer axis, from +x towards +y"),
        Column("FLAGS", sources.flags.astype(np.int16), "", "meta.code", "bits, see FLAGBIT"),
    ]  # fmt: skip
    cards: Cards = (
        ("NFOUND", len(sources) if found is None else found, "sources found, of which these are"),
        *((f"FLAGBIT{i}", bit, text) for i, (bit, text) in enumerate(FLAGS.items())),
    )
    return Table("SOURCES", columns, cards)


def cell_table(cells: Cells, unit: str) -> Table:
    """Return the measures of the cells of a frame as a table, row by row of cells."""
    row, column = np.divmod(np.arange(GRID[0] * GRID[1]), GRID[1])
    small = np.float32

    def of(values: np.ndarray) -> np.ndarray:
        return values.ravel().astype(small)

    columns = [
        Column("CELLX", column.astype(np.int16), "", "", f"0 to {GRID[1] - 1}, along the rows"),
        Column("CELLY", row.astype(np.int16), "", "", f"0 to {GRID[0] - 1}, first row first"),
        Column("SKY", of(cells.sky), unit, "", "mean of the background"),
        Column("NOISE", of(cells.noise), unit, "", "of the background, one pixel"),
        Column("NSOURCES", cells.n_sources.ravel().astype(np.int32), "", "meta.number",
               "sources found"),
        Column("FWHM", of(cells.fwhm), "pix", "phys.angSize", "median of typical stars"),
        Column("ELLIPTICITY", of(cells.ellipticity), "", "src.ellipticity",
               "median of 1 - b/a"),
        Column("THETA", of(cells.theta), "deg", "", "in which stars are long, +x to +y"),
        Column("SATFRAC", of(cells.saturated), "", "", "share of saturated pixels"),
    ]  # fmt: skip
    return Table("CELLS", columns)


def residual_table(pairs: np.ndarray) -> Table:
    """Return the residuals of matched stars as a table.

    Parameters
    ----------
    pairs : (P, 4) float64 array
        As :class:`plateworks.sky.refine.Solution` has them.
    """
    x, y, dx, dy = pairs.astype(np.float32).T
    columns = [
        Column("X", x, "pix", "pos.cartesian.x;instr.det", "from 1, as FITS counts"),
        Column("Y", y, "pix", "pos.cartesian.y;instr.det", "from 1, as FITS counts"),
        Column("DX", dx, "pix", "stat.fit.residual", "where it lies less where its star should"),
        Column("DY", dy, "pix", "stat.fit.residual", "the same along the columns"),
    ]
    return Table("RESIDUALS", columns)
