"""Calibrated frames: a batch of lights, each by itself, with masters read once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from astropy.io import fits

from plateworks.errors import FrameError
from plateworks.metadata.frame import Frame
from plateworks.pixels.calibrate import calibrate, to_electrons, to_integer
from plateworks.pixels.cosmics import clean, unexplained_variance
from plateworks.pixels.masks import COSMIC
from plateworks.pixels.statistics import median
from plateworks.products.fitsio import write_fits
from plateworks.products.headers import FAILED, ascii_text, original_header, put
from plateworks.products.inputs import Inputs, frame_of
from plateworks.products.lineage import add_lineage
from plateworks.products.reading import FrameReader

_log = logging.getLogger(__name__)

#: Electrons per ADU and read noise in electrons where nothing tells them (values of ASTEP).
_EGAIN, _READ_NOISE = 2.0, 9.0


def calibrate_frames(
    entries: Iterable[Mapping[str, Any]],
    *,
    options: Mapping[str, Any],
    cosmics: Mapping[str, Any],
    repair: str,
) -> None:
    """Calibrate a batch of lights.

    A light that cannot be read is set aside: a file without pixels takes its place, whose header
    gives the reason, and the others go on.

    Parameters
    ----------
    entries : iterable of mapping
        As :meth:`plateworks.planning.jobs.Jobs.calibration` describes each light.
    options, cosmics : mapping
        The sections ``calibrate`` and ``cosmics`` of the configuration.
    repair : str
        How listed pixels are replaced: median or mean.
    """
    inputs = Inputs()
    for entry in entries:
        try:
            frame = frame_of(entry)
            with FrameReader(entry["raw"]) as reader:
                raw = reader.read()
            header = original_header(entry["raw"])
        except FrameError as error:
            _log.warning("set aside: %s", error)
            write_set_aside(entry["output"], error.reason)
            continue
        data, mask = _calibrated(raw, frame, entry, inputs, options, cosmics, repair, header)
        settings = (dict(options), dict(cosmics) if options["cosmic_rays"] else None, repair)
        add_lineage(header, frame, entry, inputs, settings, mask)
        write_fits(entry["output"], data, header, mask)
        _log.info("calibrated %s", entry["raw"])


def write_set_aside(path: str, reason: str) -> None:
    """Write the file that stands for a frame which could not be processed."""
    header = fits.Header()
    header[FAILED] = ascii_text(reason)  # whole, in CONTINUE cards where it is long
    write_fits(path, None, header)


def _calibrated(
    raw: np.ndarray,
    frame: Frame,
    entry: Mapping[str, Any],
    inputs: Inputs,
    options: Mapping[str, Any],
    cosmics: Mapping[str, Any],
    repair: str,
    header: fits.Header,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the calibrated pixels and their mask, and say in `header` what was done."""
    bias, dark, k = inputs.subtraction(entry)
    flat = inputs.master(entry["flat"]) if "flat" in entry else None
    saturation = _saturation(frame, raw.dtype, options)
    cfa = frame.bayer is not None
    image, mask = calibrate(
        raw,
        bias=bias,
        dark=dark,
        k=k,
        flat=None if flat is None else flat.pixels,
        mult=None if flat is None else flat.median,
        bad=_bad(entry, raw.shape, inputs),
        cfa=cfa,
        saturation=saturation,
        flat_floor=options["flat_floor"],
        cosmetic_method=repair,
    )
    egain = _egain(frame, options)
    if options["cosmic_rays"]:
        taken = next((median(one) for one in (dark, bias) if one is not None), 0.0)
        noise = frame.read_noise or options["read_noise"] or _READ_NOISE
        camera = {"egain": egain or _EGAIN, "read_noise": noise, "cfa": cfa}
        image, struck = clean(
            image,
            saturation_adu=None if saturation is None else saturation - taken,
            mask=mask != 0,
            extra=unexplained_variance(image, **camera),
            **camera,
            **cosmics,
        )
        mask[struck] |= COSMIC
        put(header, "NCOSMIC", int(np.count_nonzero(struck)), "pixels hit by cosmic rays")
        put(header, "CRGAIN", egain or _EGAIN, "[e-/ADU] used by L.A.Cosmic")
        put(header, "CRNOISE", noise, "[e-] read noise used by L.A.Cosmic")
    unit = "adu"
    if options["units"] == "electron":
        image = to_electrons(image, egain or _EGAIN)
        unit = "electron"
        put(header, "EGAIN", 1.0, "[e-/ADU] the data are electrons")
        put(header, "RAWEGAIN", egain or _EGAIN, "[e-/ADU] the raw data were multiplied by this")
        saturation = None if saturation is None else saturation * (egain or _EGAIN)
    if egain is None and (options["units"] == "electron" or options["cosmic_rays"]):
        _log.warning(
            "%s: no EGAIN in the header and no calibrate.egain in the configuration; %g electrons "
            "per ADU is a guess",
            frame.path,
            _EGAIN,
        )
    put(header, "BUNIT", unit, "unit of the pixels")
    put(header, "SATURATE", saturation, "raw level from which a pixel counts as saturated")
    if options["output_type"] == "raw" and raw.dtype.kind in "iu":
        image = to_integer(image, raw.dtype, options["pedestal"])
        put(header, "PEDESTAL", -float(options["pedestal"]), "add this for zero-based data")
    return image, mask


def _bad(entry: Mapping[str, Any], shape: tuple[int, int], inputs: Inputs) -> np.ndarray | None:
    """Return the pixels to repair: the cosmetic list and the bad-pixel mask together."""
    parts = []
    if "cosmetic" in entry:
        parts.append(inputs.listed(entry["cosmetic"], shape))
    if "badpix" in entry:
        parts.append(inputs.flagged(entry["badpix"]))
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else parts[0] | parts[1]


def _egain(frame: Frame, options: Mapping[str, Any]) -> float | None:
    """Electrons per ADU: EGAIN, the configuration, or GAIN where the configuration says so."""
    if frame.egain is not None:
        return frame.egain
    if options["egain"] is not None:
        return options["egain"]
    return frame.gain if options["gain_is_egain"] else None


def _saturation(frame: Frame, dtype: np.dtype, options: Mapping[str, Any]) -> float | None:
    """ADU from which a raw pixel counts as saturated: configuration, header, or the type's end."""
    if options["saturation"] is not None:
        return options["saturation"]
    if frame.saturation is not None:
        return frame.saturation
    return float(np.iinfo(dtype).max) if dtype.kind in "iu" else None
