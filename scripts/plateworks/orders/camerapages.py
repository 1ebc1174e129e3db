"""What the job is told that writes the page of a setup."""

from __future__ import annotations

from dataclasses import dataclass

from plateworks.orders.trends import TrendMaster


@dataclass(frozen=True, kw_only=True)
class CameraOrder:
    """The page of a setup of a camera.

    Attributes
    ----------
    setup : str
        Its name, that of its folder of masters.
    camera : str
        As headers name it; empty where they do not.
    width, height : int
        Pixels of an image.
    masters : tuple of TrendMaster
        All that its trends are told by.
    nights : tuple of str
        The sessions that have a page.
    days_ahead : float
        So long before a master expires it is told.
    """

    setup: str
    camera: str
    width: int
    height: int
    masters: tuple[TrendMaster, ...]
    nights: tuple[str, ...]
    days_ahead: float
