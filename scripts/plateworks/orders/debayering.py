"""What the job is told that writes the lights of a night in three colours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DebayerOrder:
    """How lights are debayered.

    Attributes
    ----------
    method : str
        ``superpixel`` or ``bilinear``.
    """

    method: str
