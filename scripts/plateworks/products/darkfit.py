"""The factor on a dark, fitted to the light it is subtracted from."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from astropy.io import fits

from plateworks.pixels.calibrate import subtract
from plateworks.pixels.darkscale import optimise
from plateworks.products.facts import CameraFacts
from plateworks.products.headers import put
from plateworks.products.inputs import Subtraction

_log = logging.getLogger(__name__)


def fit_dark(
    raw: np.ndarray,
    taken: Subtraction,
    bounds: Sequence[float],
    facts: CameraFacts,
    header: fits.Header,
) -> Subtraction:
    """Return what is subtracted with the K that suits this light best.

    Parameters
    ----------
    raw : (H, W) array
    taken : Subtraction
        Bias, a dark without bias, and the K expected from the exposures.
    bounds : (float, float)
        K outside these is not believed.
    facts : CameraFacts
        Tells from which level on pixels are saturated; those do not count.
    header : astropy.io.fits.Header
        Gets K's scatter, the number of tiles, and the reason if K was not measured.
    """
    usable = None if facts.saturation is None else raw < facts.saturation
    scale = optimise(
        subtract(raw, bias=taken.bias),
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
