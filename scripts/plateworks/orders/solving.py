"""What a job is told that solves frames."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from typing import Any

from plateworks.digests import digest_of
from plateworks.settings.solve import SolveOptions

#: Options that do not change a frame: where the indexes lie, what a failure leads to, and what the
#: limits of each frame are reckoned from.
_IDLE = ("index_dirs", "strict", "time_limit_s", "night_budget_s")


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
    neighbours: tuple[str, ...]
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
    catalogue : str or None
        A digest of what is in the catalogue that ``solve.catalogue`` names; None: there is none.
    place : (float, float) or None
        Latitude and longitude of frames that do not name theirs, degrees; None: not known.
    """

    options: SolveOptions
    frames: tuple[FrameToSolve, ...]
    xisf_compression: str | None = None
    catalogue: str | None = None
    place: tuple[float, float] | None = None

    def telling(self) -> dict[str, Any]:
        """Return those options that change a frame, what its catalogue holds, and its place."""
        options = asdict(self.options) | {"catalogue": self.catalogue, "place": self.place}
        return {name: value for name, value in options.items() if name not in _IDLE}

    @property
    def told(self) -> str:
        """A digest of them, for the header."""
        return digest_of(settings=self.telling())

    def located(self, folders: str, catalogue: str) -> SolveOrder:
        """Return the order with where the indexes and the catalogue lie.

        They stand beside the order, since no frame is solved otherwise where they have moved.

        Parameters
        ----------
        folders : str
            Those of ``solve.index_dirs``, joined as in ``PATH``.
        catalogue : str
            That of ``solve.catalogue``, "" for none.
        """
        dirs = tuple(folder for folder in folders.split(os.pathsep) if folder)
        options = replace(self.options, index_dirs=dirs, catalogue=catalogue or None)
        return replace(self, options=options)
