"""What the job is told that follows the defects of a setup over its nights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plateworks.orders.repairs import ListForm

#: What tells of defects: a master dark with its list, or the mask of bad pixels of flats.
Witness = Literal["dark", "flat"]
DARK: Witness = "dark"
FLAT: Witness = "flat"


@dataclass(frozen=True, kw_only=True)
class DefectSource:
    """A product that tells of defects.

    Attributes
    ----------
    witness : str
        ``dark`` or ``flat``.
    path : str
        The master dark, or the mask.
    listed : str or None
        The cosmetic list of the dark.
    night : str or None
        Session of its frames, such as 20250815, the last of several; None where it is not known.
    exposure : float or None
        Seconds, of darks.
    temperature : float or None
        Degrees C, of darks.
    turned : bool
        Whether its rows are stored the other way round than those of the table.
    """

    witness: Witness
    path: str
    listed: str | None = None
    night: str | None = None
    exposure: float | None = None
    temperature: float | None = None
    turned: bool


@dataclass(frozen=True, kw_only=True)
class DefectsOrder:
    """The table of defects of a setup, and the list of those that last.

    Attributes
    ----------
    sources : tuple of DefectSource
    apart : tuple of str
        What cannot be laid upon the latest of the setup and is left out, with the reason, as
        clauses.
    height, width : int
        Of all images.
    form : str
        How the list is written: ``iris`` or ``siril``.
    row_order : str or None
        ROWORDER of the images that are not turned.
    """

    sources: tuple[DefectSource, ...]
    apart: tuple[str, ...]
    height: int
    width: int
    form: ListForm
    row_order: str | None = None
