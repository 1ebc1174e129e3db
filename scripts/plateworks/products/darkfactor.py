"""The factor on a dark, fitted to the light it is subtracted from."""

from __future__ import annotations

import logging

from plateworks.pixels.arrays import Reals
from plateworks.pixels.calibrate import subtract
from plateworks.pixels.darkscale import optimise
from plateworks.products.facts import CameraFacts
from plateworks.products.headers import put
from plateworks.products.image import Image
from plateworks.products.subtrahends import Subtrahends

_log = logging.getLogger(__name__)

#: Card of the standard deviation of K.
K_ERROR = "DARKKERR"


def fit_factor(
    raw: Image, taken: Subtrahends, dark: Reals, bounds: tuple[float, float], facts: CameraFacts
) -> float:
    """Return the K that suits this frame best.

    Parameters
    ----------
    raw : Image
        Its header gets K's scatter, the number of tiles, and the reason if K was not measured.
    taken : Subtrahends
        Bias, the noise of the masters, and the K expected from the exposures.
    dark : (H, W) array
        The dark, without bias.
    bounds : (float, float)
        K outside these is not believed.
    facts : CameraFacts
        Tells from which level on pixels are saturated; those do not count.
    """
    pixels, header = raw.data, raw.header
    usable = None if facts.saturation is None else pixels < facts.saturation.level
    scale = optimise(
        subtract(pixels, bias=taken.bias),
        dark,
        usable=usable,
        dark_noise=taken.dark_noise,
        bias_noise=taken.bias_noise or 0.0,
        cell=facts.cell,
        start=taken.k,
        bounds=bounds,
    )
    put(header, "DARKKTIL", scale.tiles, "tiles that K was measured in")
    if scale.tiles:
        put(header, "DARKKSIG", scale.scatter, "scatter of K between tiles")
        put(header, K_ERROR, scale.error, "predicted error of K")
    if scale.reason:
        put(header, "DARKKWHY", scale.reason, "of K")
        _log.warning("K of the dark: %s", scale.reason)
    return scale.k
