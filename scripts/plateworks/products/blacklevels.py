"""Masters of another black level than the frames they are subtracted from: what shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from plateworks.orders.frames import FrameOrder, Subtraction
from plateworks.pixels.arrays import Reals
from plateworks.pixels.skylevel import SkyLevel, noise_of, share_below_zero, sky_level, threshold
from plateworks.products.inputs import Inputs

#: Part of the area of a flat that may lie below zero: a few blocks, as by a glow.
MOST_BELOW = 0.02

_LIKELY = (
    "as where its frames have another black level: tell the offset of both by path_rules, or leave "
    "the wrong ones out by exclude"
)


def faults_of_light(sky: SkyLevel, taken: Subtraction, inputs: Inputs) -> Iterator[str]:
    """Yield what is wrong with the levels of a light, as clauses.

    Parameters
    ----------
    sky : SkyLevel
        Of the light, once all is subtracted and divided.
    taken : Subtraction
    inputs : Inputs
        Holds the masters.
    """
    if sky.below_zero:
        yield (
            f"the sky lies {-sky.lowest:.4g} ADU below zero, where the noise of a pixel is "
            f"{sky.noise:.3g} ADU: {what_is_too_high(taken, inputs)}"
        )
    yield from faults_of_dark(taken, inputs, sky.noise)


def faults_of_flat(sample: Reals, taken: Subtraction, inputs: Inputs) -> Iterator[str]:
    """Yield what is wrong with the levels of a flat, as clauses.

    Parameters
    ----------
    sample : (R, W) array
        Of its pixels, once all is subtracted, ADU.
    taken : Subtraction
    inputs : Inputs
    """
    share = share_below_zero(sample)
    if share > MOST_BELOW:
        yield f"{share:.0%} of the area of flats lie below zero: {what_is_too_high(taken, inputs)}"
    yield from faults_of_dark(taken, inputs, noise_of(sample))


def why_dark(pixels: Reals, taken: Subtraction, inputs: Inputs) -> str:
    """Say of a flat without light that it lies below zero, as a clause; empty if it does not."""
    found = sky_level(pixels)
    if found is None or not found.below_zero:
        return ""
    return f"it lies {-found.level:.4g} ADU below zero: {what_is_too_high(taken, inputs)}"


def faults_of_master(level: float, noise: float | None, orders: Sequence[FrameOrder]) -> list[str]:
    """Return what is wrong with the level of a master bias or dark, as clauses.

    Parameters
    ----------
    level : float
        Its median, ADU.
    noise : float or None
        Of a pixel, ADU; None if it is not known.
    orders : sequence of FrameOrder
        Of the frames that it is made of.
    """
    of_frame = (noise or 0.0) * len(orders) ** 0.5
    bias = orders[0].subtraction.bias
    if bias is None or level >= -threshold(of_frame):
        return []
    return [f"it lies {-level:.4g} ADU below {Path(bias).name}, which was subtracted, {_LIKELY}"]


def faults_of_dark(taken: Subtraction, inputs: Inputs, noise: float) -> Iterator[str]:
    """Yield what is wrong with a dark without bias: that it lies below zero, as a clause.

    Parameters
    ----------
    taken : Subtraction
    inputs : Inputs
    noise : float
        Of a pixel of the frame that it is subtracted from, ADU.
    """
    dark = taken.dark
    if dark is None or (dark.bias_inside and taken.bias is None):
        return
    level = inputs.dark_level(taken)
    if abs(dark.k) * level < -threshold(noise):
        bias = "bias" if taken.bias is None else Path(taken.bias).name
        yield (
            f"the dark {Path(dark.path).name} lies {-level:.4g} ADU below the {bias} that was "
            f"taken out of it, {_LIKELY}"
        )


def what_is_too_high(taken: Subtraction, inputs: Inputs) -> str:
    """Name the masters that must be too high, with their levels, as a clause."""
    masters = [(taken.bias, taken.bias_placement)]
    if taken.dark is not None:
        masters.insert(0, (taken.dark.path, taken.dark.placement))
    levels = [
        f"{Path(path).name} has a median of {inputs.master(path, placement).median:.6g} ADU"
        for path, placement in masters
        if path is not None
    ]
    if not levels:
        return "its numbers are so low as they were read"
    return f"too much was subtracted; {' and '.join(levels)}, {_LIKELY}"
