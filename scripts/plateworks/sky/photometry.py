"""How bright stars are: all their light, and how well it is known.

Light is summed in a circle about each star, parted from that of its neighbours and of the sky, and
made whole by how light grows beyond the circle about the brighter stars that are alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.sky.moffat import Moffat, Spread
from plateworks.sky.parting import Surroundings, part
from plateworks.sky.rings import Ring, Stars
from plateworks.sky.spreading import find_spread

#: The circle's radius: so much of the distance at which stars would lie from each other in a
#: square grid; at least and at most so many widths of a star, and at least so many pixels.
_OF_SPACING, _WIDTHS, _LEAST = 0.125, (0.7, 1.5), 2.0
#: So much of what neighbours are found to add is not certain.
_UNSURE = 0.1


class Fluxes(NamedTuple):
    """Light of stars and its standard error, (N,) float64, and which apertures were not whole.

    ``holes`` are those with pixels that are ignored, ``cut`` those across the frame's edge;
    ``spread`` is the profile that stars have in common, as pixels show it.
    """

    flux: np.ndarray
    error: np.ndarray
    holes: np.ndarray
    cut: np.ndarray
    spread: Spread


def total_flux(stars: Stars, typical: np.ndarray, profile: Moffat, egain: float | None) -> Fluxes:
    """Measure all the light of stars.

    The error knows the noise of the sky in the circle and in the ring that its level is read from,
    how uneven the sky is beyond it, a part of what neighbours add, the doubt of what the circle
    misses, and the noise of the star's own light.

    Parameters
    ----------
    stars : Stars
    typical : (M,) int64 array
        Those, the brightest first, that show what stars look like.
    profile : Moffat
        Of the stars as pixels show it, as far as it is known.
    egain : float or None
        Electrons in a unit of the data; where it is not known, that last noise is left out.
    """
    spacing = float(np.sqrt(stars.data.size / len(stars.xy)))
    least, most = (widths * profile.width for widths in _WIDTHS)
    circle = Ring(0.0, max(min(max(_OF_SPACING * spacing, least), most), _LEAST))
    around = Surroundings(stars, profile.width)
    spread = find_spread(stars, typical, part(stars, circle, around, profile), circle, profile)
    light, added, sky = part(stars, circle, around, spread.profile)
    summed, holes, cut = stars.light(circle, stars.every)
    pixels = stars.noisy_area(circle) + circle.area**2 / sky.area
    variance = pixels * (stars.pixel_noise**2 + sky.unrest**2) + (_UNSURE * added) ** 2
    if egain:
        variance = variance + np.maximum(summed, 0) / egain
    error = np.hypot(np.sqrt(variance) * spread.whole, light * spread.error)
    return Fluxes(light * spread.whole, error, holes, cut, spread)
