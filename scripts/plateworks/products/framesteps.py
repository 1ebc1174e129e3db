"""Steps that every raw frame with an exposure may take: lights, flats, lights of a trial."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from plateworks.orders.frames import FrameOrder
from plateworks.orders.lights import FlatChoice
from plateworks.orders.masters import Neighbours
from plateworks.pixels.blocks import Change, Changed, Pixels
from plateworks.pixels.calibrate import saturation_mark, subtraction
from plateworks.pixels.repair import Repair
from plateworks.products.darkfactor import fit_factor
from plateworks.products.facts import CameraFacts
from plateworks.products.headers import put
from plateworks.products.image import Image
from plateworks.products.inputs import Inputs
from plateworks.products.steps import PixelStep
from plateworks.products.subtrahends import Subtrahends


@dataclass
class FrameContext:
    """What the steps of one raw frame have at hand.

    Attributes
    ----------
    order : FrameOrder
        Where the factor on the dark is fitted, it is put in here.
    inputs : Inputs
        Masters and lists.
    facts : CameraFacts
    neighbours : str
        How a listed pixel is replaced.
    row_order : str or None
        ROWORDER of the frame.
    divisor : FlatChoice or None
        The flat that will divide it: its mask names pixels to repair besides the cosmetic list.
    repair : Repair or None
        The repair, once it is prepared.
    """

    order: FrameOrder
    inputs: Inputs
    facts: CameraFacts
    neighbours: Neighbours
    row_order: str | None = None
    divisor: FlatChoice | None = None
    repair: Repair | None = None

    def taken(self) -> Subtrahends:
        """Return what is subtracted."""
        return self.inputs.subtrahends(self.order.subtraction)

    def subtract(self, shape: tuple[int, ...], pixels: Pixels) -> None:
        """Subtract it from some pixels of a frame of this shape."""
        # Asked anew each time, so that what many frames wait with keeps no master in memory.
        taken = self.taken()
        subtraction(shape, taken.bias, taken.dark, taken.k)(pixels)


def _factor(raw: Image, before: Changed, context: FrameContext) -> None:
    dark = context.order.subtraction.dark
    if dark is None:
        return
    if dark.fit_bounds is not None:
        taken = context.inputs.subtrahends(context.order.subtraction)
        if taken.dark is not None:
            k = fit_factor(raw, taken, taken.dark, dark.fit_bounds, context.facts)
            dark = replace(dark, k=k)
        fitted = replace(context.order.subtraction, dark=dark)
        context.order = replace(context.order, subtraction=fitted)
    put(raw.header, "DARKK", dark.k, "factor on the dark")


def _bias_and_dark(raw: Image, before: Changed, context: FrameContext) -> Change:
    return partial(context.subtract, raw.data.shape)


def _saturation(raw: Image, before: Changed, context: FrameContext) -> Change | None:
    known = context.facts.saturation
    return None if known is None else saturation_mark(known.level, raw.data.dtype)


def _cosmetic(raw: Image, before: Changed, context: FrameContext) -> Change | None:
    shape, cell = raw.data.shape, context.facts.cell
    pixels = context.inputs.to_repair(
        context.order, context.divisor, shape, context.row_order, cell
    )
    if pixels is None:
        return None
    there = None
    if raw.data.dtype.kind == "f":  # a pixel without a value stays one
        there = ~np.isnan(raw.data[pixels.spots.y, pixels.spots.x])
    context.repair = Repair(before, pixels, context.neighbours, context.facts.cell, there)
    return context.repair


FACTOR = PixelStep(
    "factor of the dark",
    "K: the ratio of the exposures, or fitted to the frame",
    _factor,
)
BIAS_AND_DARK = PixelStep(
    "bias and dark",
    "RAW − BIAS − K · (DARK − BIAS of the dark); no BIAS where K is 1 and the dark holds it",
    _bias_and_dark,
    ("bias", "dark"),
)
SATURATION = PixelStep(
    "saturation",
    "marked 4 where RAW reaches the level of saturation, as set, found in RAW, or by the header",
    _saturation,
)
COSMETIC = PixelStep(
    "cosmetic",
    "listed pixel = median (or mean) of its good neighbours, marked 1 or 2",
    _cosmetic,
    ("cosmetic", "badpix"),
)
