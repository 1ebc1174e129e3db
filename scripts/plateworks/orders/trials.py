"""What a job is told that makes the preview of a session, on which flats are tried."""

from __future__ import annotations

from dataclasses import dataclass

from plateworks.orders.frames import FrameOrder
from plateworks.orders.masters import Neighbours


@dataclass(frozen=True, kw_only=True)
class TrialOrder:
    """The lights of a session, combined without dark and without stars.

    Attributes
    ----------
    frames : tuple of FrameOrder
    repair : str
        What replaces a listed pixel: ``median`` or ``mean`` of its good neighbours.
    """

    frames: tuple[FrameOrder, ...]
    repair: Neighbours
