"""The step in which cosmic rays are repaired, and what its products say of it."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np

from plateworks.pixels.cfa import MOSAIC
from plateworks.pixels.cosmicstars import clean_but_stars
from plateworks.pixels.masks import COSMIC
from plateworks.pixels.starwidth import UNTOLD
from plateworks.products.facts import CameraFacts
from plateworks.products.headers import put, warn
from plateworks.products.image import Image
from plateworks.settings.cosmics import Cosmics

_log = logging.getLogger(__name__)

_DEBAYERED = (
    "no cosmic ray was repaired: it was debayered before it was saved, which spreads each over its "
    "neighbours, and L.A.Cosmic knows them by their sharp edges; calibrate.cosmic_rays: false does "
    "without them"
)


def repair_cosmic_rays(
    image: Image, cosmics: Cosmics, facts: CameraFacts, full: float | None, raw: str
) -> Image:
    """Repair and mark the cosmic rays of a calibrated light, or say why that was not done.

    Parameters
    ----------
    image : Image
        In ADU; its header is added to.
    cosmics : Cosmics
    facts : CameraFacts
    full : float or None
        The level of `image`, ADU, from which its stars are saturated.
    raw : str
        The raw frame, for messages.
    """
    if image.colours > 1:
        _log.warning("%s: %s", raw, _DEBAYERED)
        warn(image.header, _DEBAYERED)
        return image
    mask, header, auto = image.bits(), image.header, cosmics.objlim == "auto"
    found = clean_but_stars(
        image.data,
        egain=facts.egain,
        read_noise=facts.read_noise,
        saturation_adu=full,
        mask=np.not_equal(mask, 0),
        bayer=facts.bayer or (UNTOLD if facts.cell == MOSAIC else None),
        sigclip=cosmics.sigclip,
        sigfrac=cosmics.sigfrac,
        objlim=None if cosmics.objlim == "auto" else cosmics.objlim,
        niter=cosmics.niter,
    )
    mask[found.hit] |= COSMIC
    fwhm = found.width.fwhm
    why = "as set" if not auto else "by the FWHM" if fwhm is not None else "too few stars"
    put(header, "NCOSMIC", int(np.count_nonzero(found.hit)), "pixels hit by cosmic rays")
    put(header, "CRGAIN", facts.egain, "[e-/ADU] used by L.A.Cosmic")
    put(header, "CRNOISE", facts.read_noise, "[e-] read noise used by L.A.Cosmic")
    put(header, "CRSTARS", found.width.y.size, "bright stars whose width was measured")
    if fwhm is not None:
        put(header, "CRFWHM", round(fwhm, 3), "[pixel] 3 of 4 of them are at least so wide")
    put(header, "CROBJLIM", round(found.objlim, 3), f"objlim used by L.A.Cosmic, {why}")
    if auto:
        put(header, "NCRSTAR", found.given_back, "hits left alone, since they may be stars")
    if found.stopped:
        caveat = f"no cosmic ray was repaired: {found.stopped}; {_remedy(cosmics)}"
        _log.warning("%s: %s", raw, caveat)
        warn(header, caveat)
    elif auto and fwhm is None:
        _log.info(
            "%s: %d bright stars are too few to measure their width; cosmic rays were sought with "
            "cosmics.objlim: %g, which is safe for sharp ones",
            raw,
            found.width.y.size,
            found.objlim,
        )
    return replace(image, data=found.image, mask=mask)


def _remedy(cosmics: Cosmics) -> str:
    if cosmics.objlim == "auto":
        return "calibrate.cosmic_rays: false does without them"
    return f"cosmics.objlim: {cosmics.objlim:g} is too low for such stars, auto follows their width"
