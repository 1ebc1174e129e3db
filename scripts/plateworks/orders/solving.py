"""What a job is told that solves frames."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

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

    def with_indexes(self, folders: str) -> SolveOrder:
        """Return the order with the folders of ``solve.index_dirs``, joined as in ``PATH``.

        They stand beside the order, since no frame is solved otherwise where they have moved.
        """
        dirs = tuple(folder for folder in folders.split(os.pathsep) if folder)
        return replace(self, options=replace(self.options, index_dirs=dirs))
