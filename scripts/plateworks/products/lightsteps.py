"""Steps that lights alone take: what follows the subtraction and the repair."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from plateworks.orders.lights import LightOrder, LightSettings
from plateworks.pixels.arrays import Integers
from plateworks.pixels.blocks import Change, Changed
from plateworks.pixels.calibrate import clean_up, division, to_electrons, to_integer
from plateworks.pixels.cfa import MONO, Cell
from plateworks.pixels.lightnoise import counting
from plateworks.pixels.marks import mark
from plateworks.pixels.masks import CLAMPED, marked
from plateworks.pixels.pedestal import pedestal_for
from plateworks.pixels.scaled import STORED, Scaled
from plateworks.pixels.skylevel import sky_level
from plateworks.pixels.variance import ROUNDED, Camera
from plateworks.pixels.variancerepaired import put_repaired
from plateworks.products.balancecards import put_balance
from plateworks.products.blacklevels import faults_of_light
from plateworks.products.buffers import Loan
from plateworks.products.cameracards import put_camera
from plateworks.products.cosmicrays import repair_cosmic_rays
from plateworks.products.darkfactor import K_ERROR
from plateworks.products.darkflags import Flags
from plateworks.products.framesteps import FrameContext
from plateworks.products.headers import put, warn
from plateworks.products.image import Image
from plateworks.products.steps import FrameStep, PixelStep
from plateworks.products.subtrahends import MasterImage
from plateworks.products.uncertainty import Asked, Digitised, Errors, FlatAsked

_log = logging.getLogger(__name__)

#: Part of the good pixels that may be clamped from below without a word, such as cold ones.
_MOST_CLAMPED = 0.001


class PixelErrors(NamedTuple):
    """What the error of each pixel of one light is told by.

    Attributes
    ----------
    of_all : Errors
        Of all lights of a job.
    raw : Digitised
    loan : Loan
        Where arrays come from.
    """

    of_all: Errors
    raw: Digitised
    loan: Loan


@dataclass(kw_only=True)
class LightContext(FrameContext):
    """What the steps of one light have at hand.

    Attributes
    ----------
    light : LightOrder
    settings : LightSettings
    dtype : numpy.dtype
        Type of the pixels in the raw file.
    own : Cell
        How the colours lie as the light itself says; the facts know what its flat shows too.
    errors : PixelErrors or None
        What tells the error of each pixel; None: nobody asks.
    asked : Asked or None
        What they depend on, once they are prepared.
    sigma : Scaled or None
        The errors, once they are prepared; they are there when the pixels are.
    found : (K,) int64 array or None
        The pixels that are marked before the last bits are set, where somebody looked for them.
    """

    light: LightOrder
    settings: LightSettings
    dtype: np.dtype
    own: Cell = MONO
    errors: PixelErrors | None = None
    asked: Asked | None = None
    sigma: Scaled | None = None
    found: Integers | None = None

    def flat_asked(self) -> FlatAsked | None:
        """Return by what the inputs are asked for the flat, if the light has one."""
        flat = self.light.flat
        if flat is None:
            return None
        return flat.path, self.settings.flat_floor, flat.placement, self.own

    def flat(self) -> MasterImage | None:
        """Return MULT / FLAT, if the light has a flat."""
        asked = self.flat_asked()
        return None if asked is None else self.inputs.flat(*asked)

    def full(self) -> float | None:
        """Return the level, ADU, below which no pixel is saturated once it is divided.

        It is that of the brightest place of the flat: elsewhere pixels are multiplied by more.
        """
        if self.facts.saturation is None:
            return None
        level = self.facts.saturation.level - self.inputs.pedestal(self.order.subtraction)
        asked, mult = self.flat_asked(), self.light.mult
        if asked is None:
            return level
        scale = 1.0 if mult is None else mult / self.inputs.flat(*asked).median
        return level * scale * self.inputs.least_factor(*asked)


def _flat(raw: Image, before: Changed, context: LightContext) -> Change | None:
    flat, mult = context.flat(), context.light.mult
    if flat is None:
        return None
    put(raw.header, "FLATMULT", mult, "[ADU] in place of the flat's median")
    if flat.evened:
        put(raw.header, "FLATEVEN", True, "the flat's colours were brought to one level")
    put_balance(raw.header, flat.balance if context.own.colours else None)
    scale = None if mult is None else mult / flat.median
    return division(raw.data.shape, flat.pixels, context.repair, scale)


def _clean_up(raw: Image, before: Changed, context: LightContext) -> Change:
    flat = context.flat()
    return clean_up(None if flat is None else flat.pixels)


def _cosmic_rays(image: Image, context: LightContext) -> Image:
    cosmics, facts = context.settings.cosmics, context.facts
    if cosmics is None:
        return image
    return repair_cosmic_rays(image, cosmics, facts, context.full(), context.order.raw)


def _marks(image: Image, context: LightContext) -> Image:
    dark, flat, inputs = context.order.subtraction.dark, context.divisor, context.inputs
    told = [Flags(np.zeros(0, np.int64), np.zeros(0, np.uint16))]
    if dark is not None:
        told.append(inputs.flags(dark.path, dark.placement, image.data.shape))
    if flat is not None and flat.badpix is not None:
        told.append(inputs.nonlinear(flat.badpix, flat.placement))
    pixels, bits = map(np.concatenate, zip(*told, strict=True))
    return replace(image, mask=mark(image.bits(), image.data, pixels, bits, context.found))


def _sky(image: Image, context: LightContext) -> Image:
    sky = sky_level(image.data, image.mask, context.facts.cell)
    if sky is None:
        return image
    put(image.header, "PWSKY", float(f"{sky.level:.6g}"), "[ADU] level of the sky")
    put(image.header, "PWSKYSIG", float(f"{sky.noise:.4g}"), "[ADU] noise of a pixel of the sky")
    for fault in faults_of_light(sky, context.order.subtraction, context.inputs):
        _log.warning("%s: %s", context.order.raw, fault)
        warn(image.header, fault)
    return image


def _uncertainty(raw: Image, before: Changed, context: LightContext) -> Change | None:
    errors, facts, settings = context.errors, context.facts, context.settings
    if errors is None:
        return None
    rounding = ROUNDED if settings.output_type == "raw" and context.dtype.kind in "iu" else 0.0
    if settings.units == "electron":
        rounding /= facts.egain**2
    context.asked = Asked(
        shape=raw.data.shape,
        camera=Camera(facts.egain, facts.read_noise, errors.raw.step, facts.regions),
        full=errors.raw.full,
        subtraction=context.order.subtraction,
        k_error=float(raw.header.get(K_ERROR, 0.0)),
        flat=context.flat_asked(),
        mult=context.light.mult,
        rounding=rounding,
        cell=facts.cell,
    )
    noise = errors.of_all.noise(context.asked).pixels
    counts = errors.loan.take(raw.data.shape, STORED)
    context.sigma = Scaled(counts, noise.step)
    return counting(noise, counts)


def _errors_of_repaired(image: Image, context: LightContext) -> Image:
    errors, asked, sigma = context.errors, context.asked, context.sigma
    if errors is None or asked is None or sigma is None:
        return image
    mask, context.found = image.bits(), marked(image.bits())
    put_repaired(sigma, image.data, mask, context.found, context.neighbours, cell=asked.cell)
    errors.of_all.describe(image, sigma, asked)
    return replace(image, sigma=sigma)


def _units(image: Image, context: LightContext) -> Image:
    settings, facts, level = context.settings, context.facts, context.full()
    if settings.units == "electron":
        image = replace(image, data=to_electrons(image.data, facts.egain))
        if isinstance(image.sigma, Scaled):
            image = replace(image, sigma=image.sigma.times(facts.egain))
        level = None if level is None else level * facts.egain
    put(image.header, "BUNIT", settings.units, "unit of the pixels")
    put_camera(image.header, facts, settings, level)
    return image


def _output_type(image: Image, context: LightContext) -> Image:
    settings, dtype = context.settings, context.dtype
    if settings.output_type != "raw" or dtype.kind not in "iu":
        return image
    mask, pedestal = image.bits(), settings.pedestal
    if pedestal == "auto":
        pedestal = pedestal_for(image.data, dtype, mask, context.facts.cell)
    put(image.header, "PEDESTAL", -float(pedestal), "add this for zero-based data")
    if "SATURATE" in image.header:
        full = image.header["SATURATE"] + pedestal
        image.header["SATURATE"] = min(full, float(np.iinfo(dtype).max))
    pixels = to_integer(image.data, dtype, pedestal, mask)
    least, clamped = np.iinfo(dtype).min, mask == CLAMPED  # good but for that
    lost = np.count_nonzero(pixels[clamped] == least)
    good = np.count_nonzero(clamped) + np.count_nonzero(mask == 0)
    if lost > _MOST_CLAMPED * good:
        caveat = (
            f"{lost / good:.1%} of the good pixels lie below {least}, to which they are clamped; "
            "calibrate.pedestal: auto keeps them"
        )
        _log.warning("%s: %s", context.order.raw, caveat)
        warn(image.header, caveat)
    return replace(image, data=pixels, mask=mask)


FLAT = PixelStep(
    "flat",
    "· MULT / FLAT, MULT being the median of FLAT; nothing where the flat is too low",
    _flat,
    ("flat",),
)
CLEAN_UP = PixelStep(
    "clean-up",
    "NaN where nothing finite is left, marked 8 (low flat) or 1",
    _clean_up,
)
COSMIC_RAYS = FrameStep(
    "cosmic rays",
    "what L.A.Cosmic finds, but no star = mean of its good neighbours, marked 16; on request",
    _cosmic_rays,
)
MARKS = FrameStep(
    "marks",
    "as it is; marked 64 where the darks flicker, 128 beside saturated pixels, 256 and 1024 near "
    "saturation and at it in the dark, 512 where it has no value",
    _marks,
)
SKY = FrameStep(
    "sky",
    "as it is; its level is measured, and one below zero is warned of in the header",
    _sky,
)
UNCERTAINTY = PixelStep(
    "uncertainty",
    "as it is; UNCERT is the standard deviation of each pixel; on request",
    _uncertainty,
)
UNCERTAINTY_OF_REPAIRED = FrameStep(
    "uncertainty of repaired pixels",
    "as it is; UNCERT is what the good neighbours that replaced a pixel tell; on request",
    _errors_of_repaired,
)
UNITS = FrameStep("units", "· EGAIN, electrons in place of ADU; on request", _units)
OUTPUT_TYPE = FrameStep(
    "output type",
    "+ pedestal, rounded and clamped to the type of RAW, marked 32 where clamped; on request",
    _output_type,
)
