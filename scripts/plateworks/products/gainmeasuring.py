"""The gain of each amplifier from pairs of flats and of frames without light.

The pixels are those of each amplifier as it read them, put together and no more: what comes of it
is what all frames of the setup are put together by.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from plateworks.errors import FrameError
from plateworks.metadata.gainnights import Tried
from plateworks.metadata.sections import section_text
from plateworks.orders.amplifiergains import GainNight, GainPairs, GainsOrder
from plateworks.orders.frames import FrameOrder
from plateworks.pixels.arrays import Floats
from plateworks.pixels.cfa import Cell
from plateworks.pixels.flats import level, scale_rows
from plateworks.pixels.photontransfer import LevelFlat, Measured, gain_of
from plateworks.products.cells import cell_of
from plateworks.products.gainfile import AmplifierGains, MeasuredGain, write_gains
from plateworks.products.measured import are_apart
from plateworks.products.noise import camera_in_dark, noise_of_set
from plateworks.products.ofamplifiers import Part, parts_of
from plateworks.products.rawframes import frame_of, open_raw
from plateworks.products.reckoning import Reading
from plateworks.products.screened import sampled
from plateworks.products.severalreadouts import (
    apart_in_words,
    doubt_by_evenness,
    several_readouts,
)

_log = logging.getLogger(__name__)

#: Pixels of a frame that are looked at: all amplifiers together.
_PIXELS = 1 << 21


def measure_gains(order: GainsOrder, output: str) -> None:
    """Measure the gains of the amplifiers of a setup, and write them.

    That they cannot be measured is a result too, with the reason.

    Parameters
    ----------
    order : GainsOrder
    output : str
        The file to write.
    """
    tried, whole, served = list[Tried](), AmplifierGains((), "no frame shows them"), order.nights[0]
    for night in order.nights:
        whole, served = _of_night(night), night
        tried.append(Tried(night.night, str(night.told or ""), whole.why_not))
        if whole.found:
            break
        _log.info("the night %s tells no gains: %s", night.night, whole.why_not)
    else:
        whole = AmplifierGains((), _reasons(tried))
    if whole.found:
        for number, each in enumerate(whole.found, 1):
            value, error = each.gain
            _log.info("amplifier %d: %.4g +- %.2g electrons per ADU", number, value, error)
        for caveat in whole.caveats:
            _log.warning("the gains of the amplifiers are in doubt: %s", caveat)
    else:
        _log.warning(
            "the gains of the amplifiers are not known: %s.  Frames are put together as they are "
            "read, and the flat evens them",
            whole.why_not,
        )
    frames = [frame for one in served.pairs for frame in (*one.flats, *one.darks)]
    assembly = frames[0].assembly
    places = [] if assembly is None else [_place(a.place) for a in assembly.readout.amplifiers]
    named = list(dict.fromkeys(frame.named for frame in frames))
    write_gains(output, whole, places, named, order.told, tried, order.mode)


def _of_night(night: GainNight) -> AmplifierGains:
    """Return what the pairs of one night tell."""
    found, reasons, evens = list[list[MeasuredGain]](), list[str](), list[float | None]()
    for one in map(_as_read, night.pairs):
        gains = _of_pairs(one, evens)
        if isinstance(gains, str):
            _log.info("%d flats as of %s: %s", len(one.flats), one.flats[0].raw, gains)
            reasons.append(gains)
        else:
            found.append(gains)
    if not found:
        return AmplifierGains((), "; ".join(dict.fromkeys(reasons)))
    whole = tuple(_mean(each) for each in zip(*found, strict=True))
    even = next((one for one in evens if doubt_by_evenness(one)), None)
    caveats = [*doubt_by_evenness(even), *_contradictions(whole, night.pairs[0].flats[0])]
    return AmplifierGains(whole, caveats=tuple(caveats))


def _contradictions(found: Sequence[MeasuredGain], flat: FrameOrder) -> Iterator[str]:
    """Yield where header or profile say otherwise of an amplifier, or of the mean, as clauses."""
    frame, assembly = frame_of(flat), flat.assembly
    by_profile = any(map(frame.is_by_profile, ("egain", "readout")))
    who = "the profile of the camera says" if by_profile else "the header says"
    said = [] if assembly is None else list(assembly.readout.amplifiers)
    for number, (one, told) in enumerate(zip(found, said, strict=False), 1):
        if told.gain is not None and are_apart(one.gain, told.gain):
            yield f"amplifier {number}: {apart_in_words(one.gain, told.gain, who=who)}"
        noise = one.read_noise
        if noise is not None and told.read_noise is not None and are_apart(noise, told.read_noise):
            apart = apart_in_words(noise, told.read_noise, who=who, of_noise=True)
            yield f"amplifier {number}: {apart}"
    mean = Measured(
        sum(one.gain.value for one in found) / len(found),
        math.hypot(*(one.gain.error for one in found)) / len(found),
    )
    unknown = all(told.gain is None for told in said)
    if unknown and frame.egain is not None and are_apart(mean, frame.egain):
        yield f"all amplifiers: {apart_in_words(mean, frame.egain, who=who)}"


def _reasons(tried: Sequence[Tried]) -> str:
    """Say why no night tells gains: of each where there are several."""
    if len(tried) == 1:
        return tried[0].why_not
    nights: dict[str, list[str]] = {}
    for one in tried:
        nights.setdefault(one.why_not, []).append(one.night)
    return "; ".join(f"{', '.join(each)}: {why}" for why, each in nights.items())


def _of_pairs(pairs: GainPairs, evens: list[float | None]) -> list[MeasuredGain] | str:
    """Return what one set of flats tells of each amplifier; why it does not, as a clause.

    Which part of the values of its first flat is even is added to `evens`.
    """
    darks, flats = _readable(pairs.darks), _readable(pairs.flats)
    read = {path for path, _, _ in (*darks, *flats)}
    orders = (order for order in (*pairs.flats, *pairs.darks) if order.raw in read)
    if several := several_readouts(map(frame_of, orders)):
        return several
    if min(len(darks), len(flats)) < 2:
        return f"{len(flats)} of its flats and {len(darks)} frames without light can be read"
    first = frame_of(pairs.flats[0])
    parts = parts_of(pairs.flats[0], (first.height, first.width), _PIXELS)
    steps = [reading.step for _, _, reading in (*darks, *flats)]
    if not all(steps):
        return "their values are no whole numbers as a converter gives them"
    evens.append(flats[0][2].even)
    cell, found = cell_of(first), list[MeasuredGain]()
    for number, part in enumerate(parts, 1):
        lit = [(path, pixels, _end_of(reading, number)) for path, pixels, reading in flats]
        gain = _of_amplifier(part, darks, lit, steps[-1], cell=cell, of_reading=pairs.of_reading)
        if isinstance(gain, str):
            return f"amplifier {number}: {gain}"
        found.append(gain)
    return found


_Samples = Sequence[tuple[str, Floats, Reading]]
_Lit = Sequence[tuple[str, Floats, float | None]]


def _end_of(reading: Reading, number: int) -> float | None:
    """Return the level from which one of several amplifiers, counted from 1, is saturated."""
    return reading.ends[number - 1] if reading.ends else reading.saturated


def _of_amplifier(
    part: Part, darks: _Samples, flats: _Lit, step: float, *, cell: Cell, of_reading: bool
) -> MeasuredGain | str:
    dark = [part.of(pixels) for _, pixels, _ in darks]
    noise = camera_in_dark(noise_of_set([path for path, _, _ in darks], dark)).frame_noise
    if noise is None:
        return "its frames without light show no noise"
    level_in_dark, lit = np.mean(dark, axis=0, dtype=np.float32), list[LevelFlat]()
    for path, pixels, end in flats:
        light = part.of(pixels) - level_in_dark
        try:
            levels = level(light, cell=cell)
        except ValueError:
            return f"{path} has no light"
        full = math.inf if end is None else end - float(np.nanmedian(level_in_dark))
        scale_rows(light, 1.0 / levels, 0, light)
        lit.append(LevelFlat(light, levels, full))
    gain = gain_of(lit, noise, step)
    if isinstance(gain, str):
        return gain
    if not of_reading:
        return MeasuredGain(gain)
    electrons = noise.value * gain.value
    part_of_error = math.hypot(noise.error / noise.value, gain.error / gain.value)
    return MeasuredGain(gain, Measured(electrons, electrons * part_of_error))


def _readable(frames: Sequence[FrameOrder]) -> _Samples:
    """Return path, sample and reading of each frame that can be read; the log names the others."""
    found = []
    for order in frames:
        try:
            with open_raw(order) as reader:
                pixels = sampled(reader.read(), _PIXELS).astype(np.float32, copy=False)
                found.append((order.raw, pixels, reader.reading))
        except FrameError as error:
            _log.warning("left out: %s", error)
    return found


def _mean(each: Sequence[MeasuredGain]) -> MeasuredGain:
    """Return what several sets of flats show of one amplifier."""
    noises = [one.read_noise for one in each if one.read_noise is not None]
    return MeasuredGain(_weighed([one.gain for one in each]), _weighed(noises) if noises else None)


def _weighed(found: Sequence[Measured]) -> Measured:
    weights = np.array([one.error**-2 if one.error > 0 else 1.0 for one in found])
    value = float(np.dot(weights, [one.value for one in found]) / weights.sum())
    return Measured(value, float(weights.sum() ** -0.5))


def _as_read(pairs: GainPairs) -> GainPairs:
    """Return the same frames, whose amplifiers keep the gains that they were read with."""
    flats, darks = (tuple(map(_without_gains, one)) for one in (pairs.flats, pairs.darks))
    return replace(pairs, flats=flats, darks=darks)


def _without_gains(order: FrameOrder) -> FrameOrder:
    if order.assembly is None:
        return order
    readout = order.assembly.readout.without_gains()
    return replace(order, assembly=replace(order.assembly, readout=readout, gains=None))


def _place(place: tuple[slice, slice]) -> str:
    rows, columns = place
    return section_text((columns.start, columns.stop, rows.start, rows.stop))
