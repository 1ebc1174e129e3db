"""Calibrated frames: a batch of lights, each by itself, with masters read once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import NamedTuple

import numpy as np
from astropy.io import fits

from plateworks.errors import FrameError
from plateworks.metadata.frame import Frame
from plateworks.orders.lights import CalibrationOrder, CosmicsOrder, LightOrder, LightSettings
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
from plateworks.products.inputs import Inputs, MasterImage, Subtrahends, frame_of
from plateworks.products.lineage import add_lineage
from plateworks.products.pipeline import pipeline
from plateworks.products.reading import FrameReader

_log = logging.getLogger(__name__)


def calibrate_frames(order: CalibrationOrder, threads: int = 1) -> None:
    """Calibrate a batch of lights.

    A light that cannot be read is set aside: a file without pixels takes its place, whose header
    gives the reason, and the others go on.

    Parameters
    ----------
    order : CalibrationOrder
    threads : int
        How many processes share the lights; each reads ahead and writes behind.
    """
    inputs, lights = Inputs(), [choose_flat(light) for light in order.lights]
    if threads > 1 and lights:
        _masters(lights[0], inputs, order.settings)  # read before the processes part, for all
    parts = [lights[first::threads] for first in range(threads)]
    in_processes(partial(_calibrate, settings=order.settings, inputs=inputs), parts, threads)


def _calibrate(lights: Sequence[LightOrder], settings: LightSettings, inputs: Inputs) -> None:
    """Calibrate lights one after the other."""
    buffers = Buffers()
    pipeline(
        lights,
        partial(_read, buffers=buffers),
        partial(_work, settings=settings, inputs=inputs, buffers=buffers),
        partial(_write, buffers=buffers),
    )


class _Raw(NamedTuple):
    """A light as it was read."""

    order: LightOrder
    frame: Frame
    image: Image


class _Product(NamedTuple):
    """What is written; ``lent`` is to be given back."""

    order: LightOrder
    image: Image
    lent: tuple[np.ndarray, ...]


class _Failure(NamedTuple):
    """A light that could not be read, and why."""

    order: LightOrder
    reason: str


def _read(order: LightOrder, buffers: Buffers) -> _Raw | _Failure:
    try:
        with FrameReader(order.frame.raw) as reader:
            pixels = reader.read(buffers.take(reader.shape, reader.dtype))
        return _Raw(order, frame_of(order.frame), Image(pixels, original_header(order.frame.raw)))
    except FrameError as error:
        _log.warning("set aside: %s", error)
        return _Failure(order, error.reason)


def _work(
    read: _Raw | _Failure, settings: LightSettings, inputs: Inputs, buffers: Buffers
) -> _Product | _Failure:
    if isinstance(read, _Failure):
        return read
    order, frame, raw = read
    facts = camera_facts(frame, raw.data.dtype, settings)
    lent = buffers.take(raw.data.shape, np.float32), buffers.take(raw.data.shape, np.uint8)
    image = _calibrated(raw, facts, order, inputs, settings, lent)
    buffers.give(raw.data)
    if settings.cosmics is not None:
        pedestal = inputs.pedestal(order.frame.subtraction)
        image = _without_cosmics(image, facts, pedestal, settings.cosmics)
    image = _in_units(image, raw.data.dtype, facts, settings)
    add_lineage(image, frame, order, inputs, settings)
    return _Product(order, image, lent)


def _write(made: _Product | _Failure, buffers: Buffers) -> None:
    if isinstance(made, _Failure):
        write_set_aside(made.order.output, made.reason)
        return
    write_image(made.order.output, made.image, made.order.xisf_compression)
    for array in made.lent:
        buffers.give(array)
    _log.info("calibrated %s", made.order.frame.raw)


def write_set_aside(path: str, reason: str) -> None:
    """Write the file that stands for a frame which could not be processed."""
    header = fits.Header()
    put_text(header, FAILED, reason)
    write_cards(path, header)


def _calibrated(
    raw: Image,
    facts: CameraFacts,
    order: LightOrder,
    inputs: Inputs,
    settings: LightSettings,
    out: tuple[np.ndarray, np.ndarray],
) -> Image:
    """Subtract, replace, divide, and say the factor K in the header."""
    taken, flat = _masters(order, inputs, settings)
    header, dark = raw.header, order.frame.subtraction.dark
    if dark is not None and dark.fit_bounds is not None:
        taken = fit_dark(raw, taken, dark.fit_bounds, facts)
    if dark is not None:
        put(header, "DARKK", taken.k, "factor on the dark")
    badpix = None if order.flat is None else order.flat.badpix
    pixels, mask = calibrate(
        raw.data,
        bias=taken.bias,
        dark=taken.dark,
        k=taken.k,
        factors=None if flat is None else flat.pixels,
        bad=inputs.to_repair(order.frame.cosmetic, badpix, raw.data.shape),
        cfa=facts.cfa,
        saturation=facts.saturation,
        cosmetic_method=settings.repair,
        out=out,
    )
    if flat is not None and order.mult is not None:
        put(header, "FLATMULT", order.mult, "[ADU] in place of the flat's median")
        pixels *= np.float32(order.mult / flat.median)
    return replace(raw, data=pixels, mask=mask)


def _masters(
    order: LightOrder, inputs: Inputs, settings: LightSettings
) -> tuple[Subtrahends, MasterImage | None]:
    """Return what is subtracted from a light, and the flat it is divided by."""
    flat = None if order.flat is None else inputs.flat(order.flat.path, settings.flat_floor)
    return inputs.subtrahends(order.frame.subtraction), flat


def _without_cosmics(
    image: Image, facts: CameraFacts, pedestal: float, cosmics: CosmicsOrder
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
        **asdict(cosmics),
    )
    mask[struck] |= COSMIC
    put(header, "NCOSMIC", int(np.count_nonzero(struck)), "pixels hit by cosmic rays")
    put(header, "CRGAIN", facts.egain, "[e-/ADU] used by L.A.Cosmic")
    put(header, "CRNOISE", facts.read_noise, "[e-] read noise used by L.A.Cosmic")
    return replace(image, data=pixels)


def _in_units(image: Image, dtype: np.dtype, facts: CameraFacts, settings: LightSettings) -> Image:
    """Bring the pixels to the unit and the type that the configuration asks for."""
    pixels, header = image.data, image.header
    saturation, electrons = facts.saturation, settings.units == "electron"
    if electrons:
        pixels = to_electrons(pixels, facts.egain)
        put(header, "EGAIN", 1.0, "[e-/ADU] the data are electrons")
        put(header, "RAWEGAIN", facts.egain, "[e-/ADU] the raw data were multiplied by this")
        saturation = None if saturation is None else saturation * facts.egain
    put(header, "BUNIT", settings.units, "unit of the pixels")
    put(header, "SATURATE", saturation, "raw level from which a pixel counts as saturated")
    if settings.output_type == "raw" and dtype.kind in "iu":
        pixels = to_integer(pixels, dtype, settings.pedestal)
        put(header, "PEDESTAL", -float(settings.pedestal), "add this for zero-based data")
    return replace(image, data=pixels)
