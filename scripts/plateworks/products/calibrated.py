"""Calibrated frames: a batch of lights, each by itself, with masters read once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from astropy.io import fits

from plateworks.errors import FrameError
from plateworks.metadata.frame import Frame
from plateworks.pixels.calibrate import calibrate, to_electrons, to_integer
from plateworks.pixels.cosmics import clean, unexplained_variance
from plateworks.pixels.masks import COSMIC
from plateworks.pixels.processes import in_processes
from plateworks.products.buffers import Buffers
from plateworks.products.darkfit import fit_dark
from plateworks.products.facts import CameraFacts, camera_facts
from plateworks.products.flattrial import choose_flat
from plateworks.products.headers import FAILED, original_header, put, put_text
from plateworks.products.images import write_image
from plateworks.products.inputs import Inputs, MasterImage, Subtraction, frame_of
from plateworks.products.lineage import add_lineage
from plateworks.products.pipeline import pipeline
from plateworks.products.reading import FrameReader

_log = logging.getLogger(__name__)


def calibrate_frames(
    entries: Iterable[Mapping[str, Any]],
    *,
    options: Mapping[str, Any],
    cosmics: Mapping[str, Any],
    repair: str,
    threads: int = 1,
) -> None:
    """Calibrate a batch of lights.

    A light that cannot be read is set aside: a file without pixels takes its place, whose header
    gives the reason, and the others go on.

    Parameters
    ----------
    entries : iterable of mapping
        As :meth:`plateworks.jobs.jobs.Jobs.calibration` describes each light.
    options, cosmics : mapping
        The sections ``calibrate`` and ``cosmics`` of the configuration.
    repair : str
        How listed pixels are replaced: median or mean.
    threads : int
        How many processes share the lights; each reads ahead and writes behind.
    """
    recipe = Recipe(options, cosmics if options["cosmic_rays"] else None, repair)
    inputs, entries = Inputs(), [choose_flat(entry) for entry in entries]
    if threads > 1 and entries:
        _masters(entries[0], inputs, recipe)  # read before the processes part, they serve all
    parts = [entries[first::threads] for first in range(threads)]
    in_processes(partial(_calibrate, recipe=recipe, inputs=inputs), parts, threads)


def _calibrate(entries: Sequence[Mapping[str, Any]], recipe: Recipe, inputs: Inputs) -> None:
    """Calibrate lights one after the other."""
    buffers = Buffers()
    pipeline(
        entries,
        partial(_read, buffers=buffers),
        partial(_work, recipe=recipe, inputs=inputs, buffers=buffers),
        partial(_write, buffers=buffers),
    )


class Recipe(NamedTuple):
    """All settings that the pixels of a light depend on."""

    options: Mapping[str, Any]
    cosmics: Mapping[str, Any] | None
    repair: str


class _Raw(NamedTuple):
    """A light as it was read; ``reason`` says why it was not."""

    entry: Mapping[str, Any]
    frame: Frame | None = None
    pixels: np.ndarray | None = None
    header: fits.Header | None = None
    reason: str | None = None


class _Product(NamedTuple):
    """What is written: pixels and mask, or why there are none; ``lent`` is to be given back."""

    entry: Mapping[str, Any]
    image: np.ndarray | None = None
    header: fits.Header | None = None
    mask: np.ndarray | None = None
    reason: str | None = None
    lent: tuple[np.ndarray, ...] = ()


def _read(entry: Mapping[str, Any], buffers: Buffers) -> _Raw:
    try:
        with FrameReader(entry["raw"]) as reader:
            pixels = reader.read(buffers.take(reader.shape, reader.dtype))
        return _Raw(entry, frame_of(entry), pixels, original_header(entry["raw"]))
    except FrameError as error:
        _log.warning("set aside: %s", error)
        return _Raw(entry, reason=error.reason)


def _work(raw: _Raw, recipe: Recipe, inputs: Inputs, buffers: Buffers) -> _Product:
    entry, frame, pixels, header, reason = raw
    if reason is not None:
        return _Product(entry, reason=reason)
    facts = camera_facts(frame, pixels.dtype, recipe.options)
    out = buffers.take(pixels.shape, np.float32), buffers.take(pixels.shape, np.uint8)
    image, mask = _calibrated(pixels, facts, entry, inputs, recipe, header, out)
    buffers.give(pixels)
    if recipe.cosmics is not None:
        pedestal = inputs.pedestal(entry)
        image = _without_cosmics(image, mask, facts, pedestal, recipe.cosmics, header)
    image = _in_units(image, pixels.dtype, facts, recipe.options, header)
    add_lineage(header, frame, entry, inputs, recipe, mask)
    return _Product(entry, image, header, mask, lent=out)


def _write(product: _Product, buffers: Buffers) -> None:
    entry, image, header, mask, reason, lent = product
    if reason is not None:
        write_set_aside(entry["output"], reason)
        return
    packing = entry.get("xisf_compression")
    write_image(entry["output"], image, header, mask, compression=packing)
    for array in lent:
        buffers.give(array)
    _log.info("calibrated %s", entry["raw"])


def write_set_aside(path: str, reason: str) -> None:
    """Write the file that stands for a frame which could not be processed."""
    header = fits.Header()
    put_text(header, FAILED, reason)
    write_image(path, None, header)


def _calibrated(
    raw: np.ndarray,
    facts: CameraFacts,
    entry: Mapping[str, Any],
    inputs: Inputs,
    recipe: Recipe,
    header: fits.Header,
    out: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Subtract, replace, divide; return pixels and mask, and say the factor K in `header`."""
    taken, flat = _masters(entry, inputs, recipe)
    if "optimise" in entry:
        taken = fit_dark(raw, taken, entry["optimise"], facts, header)
    if taken.dark is not None:
        put(header, "DARKK", float(taken.k), "factor on the dark")
    image, mask = calibrate(
        raw,
        bias=taken.bias,
        dark=taken.dark,
        k=taken.k,
        factors=None if flat is None else flat.pixels,
        bad=inputs.to_repair(entry, raw.shape),
        cfa=facts.cfa,
        saturation=facts.saturation,
        cosmetic_method=recipe.repair,
        out=out,
    )
    if flat is not None and "mult" in entry:
        put(header, "FLATMULT", entry["mult"], "[ADU] in place of the flat's median")
        image *= np.float32(entry["mult"] / flat.median)
    return image, mask


def _masters(
    entry: Mapping[str, Any], inputs: Inputs, recipe: Recipe
) -> tuple[Subtraction, MasterImage | None]:
    """Return what is subtracted from a light, and the flat it is divided by."""
    floor = recipe.options["flat_floor"]
    flat = inputs.flat(entry["flat"], floor) if "flat" in entry else None
    return inputs.subtraction(entry), flat


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
