"""What a job is told that solves frames."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from plateworks.settings.solve import SolveOptions


@dataclass(frozen=True, kw_only=True)
class FrameToSolve:
    """A frame, those that it is refined from if one of them solves, and how long it is searched.

    Attributes
    ----------
    calibrated, solved : str
    neighbours : tuple of str
        Calibrated frames, in the order in which they are asked.
    limit_s : float
        Processor seconds of the engines.
    least_s : float
        The same where none of the neighbours solved.
    """

    calibrated: str
    solved: str
    neighbours: tuple[str, ...] = ()
    limit_s: float
    least_s: float


@dataclass(frozen=True, kw_only=True)
class SolveOrder:
    """How the calibrated frames of a batch are solved.

    Attributes
    ----------
    options : SolveOptions
    frames : tuple of FrameToSolve
        Those of the batch, and all their neighbours; the others have none, and the limit of the
        options.
    xisf_compression : str or None
        How the files are packed; None: they are not.
    """

    options: SolveOptions
    frames: tuple[FrameToSolve, ...] = ()
    xisf_compression: str | None = None

    def with_indexes(self, folders: str) -> SolveOrder:
        """Return the order with the folders of ``solve.index_dirs``, joined as in ``PATH``.

        They stand beside the order, since no frame is solved otherwise where they have moved.
        """
        dirs = tuple(folder for folder in folders.split(os.pathsep) if folder)
        return replace(self, options=replace(self.options, index_dirs=dirs))
