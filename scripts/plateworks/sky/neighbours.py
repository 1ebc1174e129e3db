"""Frames of a field that one frame solved: its lens, laid where the others point.

A camera's lens and how it is turned stay through a night, but for the half turn of a mount that
changes sides.  So a frame beside one that solved needs no search: where its brighter sources lie by
that lens, and where the stars are, tells by how much it points elsewhere.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from astropy.io import fits

from plateworks.metadata.frame import Frame
from plateworks.settings.solve import SolveOptions
from plateworks.sky.lens import Lens
from plateworks.sky.pairing import candidates
from plateworks.sky.projection import deproject, project
from plateworks.sky.refine import Catalogue, Solution, refine_known
from plateworks.sky.wcscards import lens_of

#: What a solution says that was found so in place of the name of an engine.
NAME = "neighbour"
#: A frame may point elsewhere than its header makes likely by this part of the diagonal.
REACH = 0.2
#: Sources and stars that are laid over each other, the brightest.
SOURCES, STARS = 60, 200
#: Offsets within so many pixels of each other agree, and so many at the least are believed.
AGREEING, LEAST = 4.0, 4


class Neighbour(NamedTuple):
    """A frame that solved.

    Attributes
    ----------
    name : str
        Of its file.
    lens : Lens
    origin : str
        Name of the index or the catalogue that it was solved with.
    ra, dec : float or None
        Where its header has it point, in degrees.
    """

    name: str
    lens: Lens
    origin: str
    ra: float | None
    dec: float | None


def neighbour_of(path: str, frame: Frame, solved: fits.Header) -> Neighbour | None:
    """Return what a frame says to others, by the header of its solution; None if it has none."""
    if not solved.get("PLTSOLVD"):
        return None
    origin = str(solved.get("ASTINDEX", ""))
    return Neighbour(Path(path).name, lens_of(solved), origin, frame.ra, frame.dec)


def refine_from(
    neighbour: Neighbour,
    frame: Frame,
    xy: np.ndarray,
    shape: tuple[int, int],
    options: SolveOptions,
    catalogue: Catalogue,
) -> Solution | str:
    """Solve a frame from one beside it.

    Parameters
    ----------
    neighbour : Neighbour
    frame : Frame
        What the header promises.
    xy : (N, 2) float64 array
        Sources in FITS pixels counted from 1, the brightest first.
    shape : (int, int)
        Height and width.
    options : SolveOptions
    catalogue : function
        As for :func:`plateworks.sky.refine.refine`.

    Returns
    -------
    Solution or str
        A clause that says why there is none.
    """
    lens = neighbour.lens
    if lens.crpix != ((shape[1] + 1) / 2, (shape[0] + 1) / 2):
        return "it is of another size"
    lens = replace(lens, crval=_expected(neighbour, frame))
    diagonal = math.hypot(*shape)
    radius = (0.5 + REACH) * diagonal * lens.scale / 3600
    stars = catalogue(*lens.crval, min(radius, 90.0), STARS)
    if stars is None:
        return "the engine gives no stars"
    reach = REACH * diagonal
    reason = "its stars lie elsewhere"
    for turned in (lens, replace(lens, cd=-lens.cd)):
        laid = _lay(turned, xy[:SOURCES], stars, reach)
        if laid is None:
            continue
        outcome = refine_known(
            laid,
            xy,
            shape,
            sip_order=options.sip_order,
            min_matches=options.min_matches,
            engine=NAME,
            origin=neighbour.origin,
            catalogue=catalogue,
            trials=2 * math.pi * reach**2,
        )
        if isinstance(outcome, Solution):
            return replace(outcome, neighbour=neighbour.name)
        reason = outcome
    return reason


def _expected(neighbour: Neighbour, frame: Frame) -> tuple[float, float]:
    """Where a frame points if its header is as far off as that of its neighbour."""
    if neighbour.ra is None or neighbour.dec is None or frame.ra is None or frame.dec is None:
        return neighbour.lens.crval
    apart = project(np.array([frame.ra]), np.array([frame.dec]), (neighbour.ra, neighbour.dec))
    if not np.all(np.isfinite(apart)):
        return neighbour.lens.crval
    ra, dec = deproject(apart, neighbour.lens.crval)
    return float(ra[0]), float(dec[0])


def _lay(lens: Lens, xy: np.ndarray, stars: np.ndarray, reach: float) -> Lens | None:
    """Move a lens to where most sources and stars agree; None where none do."""
    from scipy.spatial import KDTree

    _, _, offsets = candidates(lens, xy, stars, reach)
    if len(offsets) < LEAST:
        return None
    tree = KDTree(offsets)
    agreeing = tree.query_ball_point(offsets, AGREEING, return_length=True)
    if agreeing.max() < LEAST:
        return None
    chosen = tree.query_ball_point(offsets[int(np.argmax(agreeing))], AGREEING)
    moved = -np.median(offsets[chosen], axis=0, keepdims=True) * lens.scale / 3600
    ra, dec = deproject(moved, lens.crval)
    return replace(lens, crval=(float(ra[0]), float(dec[0])))
