"""Where the magnitudes of stars come from: the user's catalogue, or what the engine searches."""

from __future__ import annotations

import math
from typing import NamedTuple

from plateworks.metadata.frame import Frame
from plateworks.products.image import Image
from plateworks.settings.solve import SolveOptions
from plateworks.sky import engines
from plateworks.sky.depth import Depth, measure_depth
from plateworks.sky.knownstars import KnownStars
from plateworks.sky.magnitudecolumns import Wanted
from plateworks.sky.refine import MOST, REACH, Solution
from plateworks.sky.sources import SourceList
from plateworks.sky.usercatalogue import UserCatalogue

#: So many stars are asked for however few sources there are.
AT_LEAST = 100


class Told(NamedTuple):
    """How deep a frame is, or why that is not known, and by which stars."""

    depth: Depth | str
    stars: KnownStars | None
    stamp: str


def find_depth(
    image: Image, frame: Frame, solution: Solution, sources: SourceList, options: SolveOptions
) -> Told:
    """Find how deep a solved frame is, by the user's catalogue or by what engines search.

    Parameters
    ----------
    image : Image
    frame : Frame
    solution : Solution
    sources : SourceList
    options : SolveOptions

    Returns
    -------
    Told

    Raises
    ------
    ConfigError
        If the catalogue cannot be used.
    """
    shape = image.data.shape
    radius = min(REACH * solution.lens.scale / 3600 * math.hypot(*shape) / 2, 90.0)
    circle = solution.ra, solution.dec, radius, MOST * len(sources) + AT_LEAST
    stars, stamp = _known_stars(circle, frame.filter, options)
    if stars is None:
        band = f" {options.catalogue_band}" if options.catalogue_band else ""
        return Told(f"no catalogue tells magnitudes{band}", None, "")
    residual = solution.held_out_px or solution.rms_arcsec / solution.lens.scale
    depth = measure_depth(sources, image.mask, solution.lens, residual, stars)
    return Told(depth, stars, stamp)


def _known_stars(
    circle: tuple[float, float, float, int], filter_name: str | None, options: SolveOptions
) -> tuple[KnownStars | None, str]:
    """The stars of a circle, and a digest of the files of an engine that they come from."""
    if options.catalogue is not None:
        return UserCatalogue(options).within(*circle, filter_name), ""
    wanted = Wanted(options.catalogue_band, options.catalogue_colour, filter_name)
    for engine in engines.choose(options):
        if (stars := engine.magnitudes(*circle, wanted)) is not None:
            return stars, engine.stamp(stars.catalogue)
    return None, ""
