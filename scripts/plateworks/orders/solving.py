"""What a job is told that solves frames."""

from __future__ import annotations

from dataclasses import dataclass

from plateworks.settings.solve import SolveOptions


@dataclass(frozen=True, kw_only=True)
class SolveOrder:
    """How the calibrated frames of a batch are solved.

    Attributes
    ----------
    options : SolveOptions
    xisf_compression : str or None
        How the files are packed; None: they are not.
    """

    options: SolveOptions
    xisf_compression: str | None = None
