"""The factor on a dark, fitted to the light it is subtracted from."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from plateworks.pixels.calibrate import subtract
from plateworks.pixels.darkscale import optimise
from plateworks.products.facts import CameraFacts
from plateworks.products.headers import put
from plateworks.products.image import Image
from plateworks.products.inputs import Subtrahends

_log = logging.getLogger(__name__)


def fit_dark(
    raw: Image, taken: Subtrahends, bounds: Sequence[float], facts: CameraFacts
) -> Subtrahends:
    """Return what is subtracted with the K that suits this light best.

    Parameters
    ----------
    raw : Image
        Its header gets K's scatter, the number of tiles, and the reason if K was not measured.
    taken : Subtrahends
        Bias, a dark without bias, and the K expected from the exposures.
    bounds : (float, float)
        K outside these is not believed.
    facts : CameraFacts
        Tells from which level on pixels are saturated; those do not count.
    """
    pixels, header = raw.data, raw.header
    usable = None if facts.saturation is None else pixels < facts.saturation
    scale = optimise(
        subtract(pixels, bias=taken.bias),
        taken.dark,
        usable=usable,
        dark_noise=taken.dark_noise,
        bias_noise=taken.bias_noise or 0.0,
        cfa=facts.cfa,
        start=taken.k,
        bounds=tuple(bounds),
    )
    put(header, "DARKKTIL", scale.tiles, "tiles that K was measured in")
    if scale.tiles:
        put(header, "DARKKSIG", scale.scatter, "scatter of K between tiles")
        put(header, "DARKKERR", scale.error, "predicted error of K")
    if scale.reason:
        put(header, "DARKKWHY", scale.reason, "of K")
        _log.warning("K of the dark: %s", scale.reason)
    return taken._replace(k=scale.k)
