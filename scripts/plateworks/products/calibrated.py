"""Calibrated frames: a batch of lights, each by itself, with masters read once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
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
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_cards, write_image
from plateworks.products.inputs import Inputs, MasterImage, Subtraction, frame_of
from plateworks.products.lineage import add_lineage
from plateworks.products.pipeline import pipeline
from plateworks.products.reading import FrameReader

_log = logging.getLogger(__name__)

#: Settings of the section ``calibrate`` that the pixels of a light depend on.
_OF_PIXELS = (
    "units", "output_type", "pedestal", "flat_floor", "egain", "gain_is_egain", "read_noise",
    "saturation",
)  # fmt: skip


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

    @property
    def settings(self) -> dict[str, Any]:
        """They by their names, without those that change no pixel."""
        known = {name: self.options[name] for name in _OF_PIXELS}
        return {**known, "cosmics": self.cosmics, "repair": self.repair}


class _Raw(NamedTuple):
    """A light as it was read."""

    entry: Mapping[str, Any]
    frame: Frame
    image: Image


class _Product(NamedTuple):
    """What is written; ``lent`` is to be given back."""

    entry: Mapping[str, Any]
    image: Image
    lent: tuple[np.ndarray, ...]


class _Failure(NamedTuple):
    """A light that could not be read, and why."""

    entry: Mapping[str, Any]
    reason: str


def _read(entry: Mapping[str, Any], buffers: Buffers) -> _Raw | _Failure:
    try:
        with FrameReader(entry["raw"]) as reader:
            pixels = reader.read(buffers.take(reader.shape, reader.dtype))
        return _Raw(entry, frame_of(entry), Image(pixels, original_header(entry["raw"])))
    except FrameError as error:
        _log.warning("set aside: %s", error)
        return _Failure(entry, error.reason)


def _work(
    read: _Raw | _Failure, recipe: Recipe, inputs: Inputs, buffers: Buffers
) -> _Product | _Failure:
    if isinstance(read, _Failure):
        return read
    entry, frame, raw = read
    facts = camera_facts(frame, raw.data.dtype, recipe.options)
    lent = buffers.take(raw.data.shape, np.float32), buffers.take(raw.data.shape, np.uint8)
    image = _calibrated(raw, facts, entry, inputs, recipe, lent)
    buffers.give(raw.data)
    if recipe.cosmics is not None:
        image = _without_cosmics(image, facts, inputs.pedestal(entry), recipe.cosmics)
    image = _in_units(image, raw.data.dtype, facts, recipe.options)
    add_lineage(image, frame, entry, inputs, recipe.settings)
    return _Product(entry, image, lent)


def _write(made: _Product | _Failure, buffers: Buffers) -> None:
    if isinstance(made, _Failure):
        write_set_aside(made.entry["output"], made.reason)
        return
    write_image(made.entry["output"], made.image, made.entry.get("xisf_compression"))
    for array in made.lent:
        buffers.give(array)
    _log.info("calibrated %s", made.entry["raw"])


def write_set_aside(path: str, reason: str) -> None:
    """Write the file that stands for a frame which could not be processed."""
    header = fits.Header()
    put_text(header, FAILED, reason)
    write_cards(path, header)


def _calibrated(
    raw: Image,
    facts: CameraFacts,
    entry: Mapping[str, Any],
    inputs: Inputs,
    recipe: Recipe,
    out: tuple[np.ndarray, np.ndarray],
) -> Image:
    """Subtract, replace, divide, and say the factor K in the header."""
    taken, flat = _masters(entry, inputs, recipe)
    header = raw.header
    if "optimise" in entry:
        taken = fit_dark(raw, taken, entry["optimise"], facts)
    if taken.dark is not None:
        put(header, "DARKK", float(taken.k), "factor on the dark")
    pixels, mask = calibrate(
        raw.data,
        bias=taken.bias,
        dark=taken.dark,
        k=taken.k,
        factors=None if flat is None else flat.pixels,
        bad=inputs.to_repair(entry, raw.data.shape),
        cfa=facts.cfa,
        saturation=facts.saturation,
        cosmetic_method=recipe.repair,
        out=out,
    )
    if flat is not None and "mult" in entry:
        put(header, "FLATMULT", entry["mult"], "[ADU] in place of the flat's median")
        pixels *= np.float32(entry["mult"] / flat.median)
    return replace(raw, data=pixels, mask=mask)


def _masters(
    entry: Mapping[str, Any], inputs: Inputs, recipe: Recipe
) -> tuple[Subtraction, MasterImage | None]:
    """Return what is subtracted from a light, and the flat it is divided by."""
    floor = recipe.options["flat_floor"]
    flat = inputs.flat(entry["flat"], floor) if "flat" in entry else None
    return inputs.subtraction(entry), flat


def _without_cosmics(
    image: Image, facts: CameraFacts, pedestal: float, cosmics: Mapping[str, Any]
) -> Image:
    """Repair what cosmic rays hit, and mark it in the mask."""
    header, mask = image.header, image.mask
    camera = {"egain": facts.egain, "read_noise": facts.read_noise, "cfa": facts.cfa}
    pixels, struck = clean(
        image.data,
        saturation_adu=None if facts.saturation is None else facts.saturation - pedestal,
        mask=mask != 0,
        extra=unexplained_variance(image.data, **camera),
        **camera,
        **cosmics,
    )
    mask[struck] |= COSMIC
    put(header, "NCOSMIC", int(np.count_nonzero(struck)), "pixels hit by cosmic rays")
    put(header, "CRGAIN", facts.egain, "[e-/ADU] used by L.A.Cosmic")
    put(header, "CRNOISE", facts.read_noise, "[e-] read noise used by L.A.Cosmic")
    return replace(image, data=pixels)


def _in_units(
    image: Image, dtype: np.dtype, facts: CameraFacts, options: Mapping[str, Any]
) -> Image:
    """Bring the pixels to the unit and the type that the configuration asks for."""
    pixels, header = image.data, image.header
    saturation, electrons = facts.saturation, options["units"] == "electron"
    if electrons:
        pixels = to_electrons(pixels, facts.egain)
        put(header, "EGAIN", 1.0, "[e-/ADU] the data are electrons")
        put(header, "RAWEGAIN", facts.egain, "[e-/ADU] the raw data were multiplied by this")
        saturation = None if saturation is None else saturation * facts.egain
    put(header, "BUNIT", options["units"], "unit of the pixels")
    put(header, "SATURATE", saturation, "raw level from which a pixel counts as saturated")
    if options["output_type"] == "raw" and dtype.kind in "iu":
        pixels = to_integer(pixels, dtype, options["pedestal"])
        put(header, "PEDESTAL", -float(options["pedestal"]), "add this for zero-based data")
    return replace(image, data=pixels)
