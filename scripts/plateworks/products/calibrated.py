"""Calibrated frames: a batch of lights, each by itself, with masters read once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from astropy.io import fits

from plateworks.errors import FrameError
from plateworks.pixels.calibrate import calibrate, to_electrons, to_integer
from plateworks.pixels.cosmics import clean, unexplained_variance
from plateworks.pixels.masks import COSMIC
from plateworks.products.darkfit import fit_dark
from plateworks.products.facts import CameraFacts, camera_facts
from plateworks.products.fitsio import write_fits
from plateworks.products.flattrial import choose_flat
from plateworks.products.headers import FAILED, original_header, put, put_text
from plateworks.products.inputs import Inputs, frame_of
from plateworks.products.lineage import add_lineage
from plateworks.products.reading import FrameReader

_log = logging.getLogger(__name__)


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
    settings = (dict(options), dict(cosmics) if options["cosmic_rays"] else None, repair)
    for entry in map(choose_flat, entries):
        try:
            frame = frame_of(entry)
            with FrameReader(entry["raw"]) as reader:
                raw = reader.read()
            header = original_header(entry["raw"])
        except FrameError as error:
            _log.warning("set aside: %s", error)
            write_set_aside(entry["output"], error.reason)
            continue
        facts = camera_facts(frame, raw.dtype, options)
        image, mask = _calibrated(raw, facts, entry, inputs, options, repair, header)
        if options["cosmic_rays"]:
            pedestal = inputs.pedestal(entry)
            image = _without_cosmics(image, mask, facts, pedestal, cosmics, header)
        image = _in_units(image, raw.dtype, facts, options, header)
        add_lineage(header, frame, entry, inputs, settings, mask)
        write_fits(entry["output"], image, header, mask)
        _log.info("calibrated %s", entry["raw"])


def write_set_aside(path: str, reason: str) -> None:
    """Write the file that stands for a frame which could not be processed."""
    header = fits.Header()
    put_text(header, FAILED, reason)
    write_fits(path, None, header)


def _calibrated(
    raw: np.ndarray,
    facts: CameraFacts,
    entry: Mapping[str, Any],
    inputs: Inputs,
    options: Mapping[str, Any],
    repair: str,
    header: fits.Header,
) -> tuple[np.ndarray, np.ndarray]:
    """Subtract, replace, divide; return pixels and mask, and say the factor K in `header`."""
    taken = inputs.subtraction(entry)
    if "optimise" in entry:
        taken = fit_dark(raw, taken, entry["optimise"], facts, header)
    if taken.dark is not None:
        put(header, "DARKK", float(taken.k), "factor on the dark")
    flat = inputs.master(entry["flat"]) if "flat" in entry else None
    return calibrate(
        raw,
        bias=taken.bias,
        dark=taken.dark,
        k=taken.k,
        flat=None if flat is None else flat.pixels,
        mult=None if flat is None else flat.median,
        bad=inputs.to_repair(entry, raw.shape),
        cfa=facts.cfa,
        saturation=facts.saturation,
        flat_floor=options["flat_floor"],
        cosmetic_method=repair,
    )


def _without_cosmics(
    image: np.ndarray,
    mask: np.ndarray,
    facts: CameraFacts,
    pedestal: float,
    cosmics: Mapping[str, Any],
    header: fits.Header,
) -> np.ndarray:
    """Repair what cosmic rays hit, and mark it in `mask`."""
    camera = {"egain": facts.egain, "read_noise": facts.read_noise, "cfa": facts.cfa}
    image, struck = clean(
        image,
        saturation_adu=None if facts.saturation is None else facts.saturation - pedestal,
        mask=mask != 0,
        extra=unexplained_variance(image, **camera),
        **camera,
        **cosmics,
    )
    mask[struck] |= COSMIC
    put(header, "NCOSMIC", int(np.count_nonzero(struck)), "pixels hit by cosmic rays")
    put(header, "CRGAIN", facts.egain, "[e-/ADU] used by L.A.Cosmic")
    put(header, "CRNOISE", facts.read_noise, "[e-] read noise used by L.A.Cosmic")
    return image


def _in_units(
    image: np.ndarray,
    dtype: np.dtype,
    facts: CameraFacts,
    options: Mapping[str, Any],
    header: fits.Header,
) -> np.ndarray:
    """Bring the pixels to the unit and the type that the configuration asks for."""
    saturation, electrons = facts.saturation, options["units"] == "electron"
    if electrons:
        image = to_electrons(image, facts.egain)
        put(header, "EGAIN", 1.0, "[e-/ADU] the data are electrons")
        put(header, "RAWEGAIN", facts.egain, "[e-/ADU] the raw data were multiplied by this")
        saturation = None if saturation is None else saturation * facts.egain
    put(header, "BUNIT", options["units"], "unit of the pixels")
    put(header, "SATURATE", saturation, "raw level from which a pixel counts as saturated")
    if options["output_type"] == "raw" and dtype.kind in "iu":
        image = to_integer(image, dtype, options["pedestal"])
        put(header, "PEDESTAL", -float(options["pedestal"]), "add this for zero-based data")
    return image
