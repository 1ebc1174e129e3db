"""Gain and read noise of the camera, by the frames of a master flat and what is taken from them."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence

from plateworks.metadata.frame import Frame
from plateworks.orders.frames import FrameOrder, Subtraction
from plateworks.pixels.evenness import even_share
from plateworks.pixels.photontransfer import LevelFlat, Measured, gain_of
from plateworks.products.inputs import Inputs
from plateworks.products.measured import MeasuredCamera, are_apart
from plateworks.products.rawframes import frame_of
from plateworks.products.sampledflats import SampledFlat
from plateworks.products.severalreadouts import (
    apart_in_words,
    doubt_by_evenness,
    several_readouts,
)

_log = logging.getLogger(__name__)

#: Seconds in which no dark current gathers that counts beside the read noise.
_SHORT = 3.0


def camera_of_flats(
    flats: Sequence[LevelFlat], orders: Sequence[FrameOrder], inputs: Inputs, step: float
) -> tuple[MeasuredCamera, list[str]]:
    """Measure gain and read noise; where they are not known, the log tells why.

    Parameters
    ----------
    flats : sequence of N LevelFlat
    orders : sequence of N FrameOrder
        What is subtracted from each.
    inputs : Inputs
    step : float
        Of the converter, ADU; 0 where values are no whole numbers.

    Returns
    -------
    MeasuredCamera
    list of str
        Where the header of the frames says otherwise, as clauses.
    """
    first = frame_of(orders[0])
    found = _measure(flats, orders, inputs, step, first)
    if isinstance(found, str):
        _log.info("these %d flats do not tell the gain of the camera: %s", len(flats), found)
        return MeasuredCamera(), []
    return found, _contradictions(found, first)


def _measure(
    flats: Sequence[LevelFlat],
    orders: Sequence[FrameOrder],
    inputs: Inputs,
    step: float,
    first: Frame,
) -> MeasuredCamera | str:
    if set(first.done or "") - {"O"}:  # a level that is taken off changes no noise of light
        return "what they were before was changed by another program (CALSTAT, or the like)"
    if several := several_readouts(map(frame_of, orders)):
        return several
    if first.is_master or not step:
        return "their values are no whole numbers as a converter gives them"
    every = dict.fromkeys(order.subtraction for order in orders)
    noises = [_noise_in_dark(one, inputs) for one in every]
    known = [one for one in noises if one is not None]
    if len(known) < len(noises):
        return "no master that is subtracted from them tells the noise of a frame without light"
    dark = _mean(known)
    gain = gain_of(flats, dark, step)
    if isinstance(gain, str):
        return gain
    reads = [one for one in (_read_noise(one, inputs) for one in every) if one is not None]
    if not reads:
        return MeasuredCamera(gain=gain)
    read = _mean(reads)
    electrons = read.value * gain.value
    error = electrons * math.hypot(read.error / read.value, gain.error / gain.value)
    return MeasuredCamera(gain=gain, read_noise=Measured(electrons, error))


def _contradictions(camera: MeasuredCamera, frame: Frame) -> list[str]:
    """Return where header or profile of a frame say otherwise than its set shows, as clauses."""
    found = []
    if camera.gain is not None and are_apart(camera.gain, frame.egain):
        apart = apart_in_words(camera.gain, float(frame.egain or 0), who=_who(frame, "egain"))
        found.append(f"{apart}: what they show is used, unless calibrate.egain is set")
    if camera.read_noise is not None and are_apart(camera.read_noise, frame.read_noise):
        who, said = _who(frame, "read_noise"), float(frame.read_noise or 0)
        apart = apart_in_words(camera.read_noise, said, who=who, of_noise=True)
        found.append(f"{apart}: what they show is used, unless calibrate.read_noise is set")
    return found


def doubts_of_values(camera: MeasuredCamera, flat: SampledFlat, step: float) -> list[str]:
    """Return what the values of a flat tell against what was measured by them, as clauses.

    Parameters
    ----------
    camera : MeasuredCamera
    flat : SampledFlat
    step : float
        Of the converter, ADU.
    """
    if camera.gain is None:
        return []
    told, raw = flat.flat.reader.reading.even, flat.raw
    return doubt_by_evenness(told if raw.dtype.kind == "f" else even_share(raw, step))


def _who(frame: Frame, field: str) -> str:
    told_by = "the profile of the camera" if frame.is_by_profile(field) else "their header"
    return f"{told_by} says"


def _noise_in_dark(order: Subtraction, inputs: Inputs) -> Measured | None:
    """Return the noise, ADU, that a frame has without light, after its exposure."""
    dark, base = order.dark, _of_bias(order, inputs)
    if dark is None:
        return base
    own = inputs.measured(dark.path).frame_noise
    if own is None or dark.k == 1:
        return own
    if base is None:
        return None
    # What dark current adds to the variance grows with it.
    added = dark.k * max(own.value**2 - base.value**2, 0.0)
    return Measured(math.sqrt(base.value**2 + added), base.error)


def _read_noise(order: Subtraction, inputs: Inputs) -> Measured | None:
    """Return the noise, ADU, of reading alone: by a bias, or by a dark that hardly lasts."""
    base = _of_bias(order, inputs)
    if base is not None or order.dark is None:
        return base
    exposure = inputs.facts(order.dark.path).exposure
    short = exposure is not None and exposure <= _SHORT
    return inputs.measured(order.dark.path).frame_noise if short else None


def _of_bias(order: Subtraction, inputs: Inputs) -> Measured | None:
    bias = order.bias or (None if order.dark is None else order.dark.bias)
    return None if bias is None else inputs.measured(bias).frame_noise


def _mean(found: Sequence[Measured]) -> Measured:
    """Return what is right on the average for variances."""
    value = math.sqrt(sum(one.value**2 for one in found) / len(found))
    return Measured(value, max(one.error for one in found))
