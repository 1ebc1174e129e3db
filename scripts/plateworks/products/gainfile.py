"""The file of the gains that were measured of the amplifiers of a setup, which is JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from plateworks import __version__
from plateworks.errors import FrameError
from plateworks.files import atomic
from plateworks.metadata.bounds import within
from plateworks.metadata.gainnights import (
    AMPLIFIERS,
    CAVEATS,
    MODE,
    NIGHTS,
    TOLD,
    WHY_NOT,
    Tried,
    values_of,
)
from plateworks.orders.frames import FrameOrder
from plateworks.orders.masters import MasterOrder
from plateworks.pixels.photontransfer import Measured

#: Digits that are told: more would hang on the processor.
_DIGITS = 6


@dataclass(frozen=True)
class MeasuredGain:
    """What pairs of frames show of one amplifier.

    Attributes
    ----------
    gain : Measured
        Electrons per ADU as it is read.
    read_noise : Measured or None
        Electrons.
    """

    gain: Measured
    read_noise: Measured | None = None


@dataclass(frozen=True)
class AmplifierGains:
    """What the file of a setup tells.

    Attributes
    ----------
    found : tuple of MeasuredGain
        Of each amplifier in turn; none where one of them could not be measured.
    why_not : str
        Why, as a clause.
    caveats : tuple of str
        What is doubtful about them, as clauses.
    """

    found: tuple[MeasuredGain, ...]
    why_not: str = ""
    caveats: tuple[str, ...] = ()


def write_gains(
    path: str,
    gains: AmplifierGains,
    places: Sequence[str],
    frames: Sequence[str],
    told: str | None = None,
    tried: Sequence[Tried] = (),
    mode: str | None = None,
) -> None:
    """Write what was measured.

    Parameters
    ----------
    path : str
    gains : AmplifierGains
    places : sequence of str
        Which part of the picture each amplifier reads.
    frames : sequence of str
        By which it was measured, for people.
    told : str or None
        A digest of the order.
    tried : sequence of Tried
        The nights by which it was tried, of which the last serves if any does.
    mode : str or None
        A digest of how the amplifiers were set.
    """
    values: dict[str, Any] = {"PWVERS": __version__}
    if told is not None:
        values[TOLD] = told
    if gains.why_not:
        values[WHY_NOT] = gains.why_not
    if gains.caveats:
        values[CAVEATS] = list(gains.caveats)
    if mode is not None:
        values[MODE] = mode
    values[NIGHTS] = values_of(tried)
    mean = sum(one.gain.value for one in gains.found) / max(1, len(gains.found))
    values[AMPLIFIERS] = [
        {
            "place": place,
            "gain_e_per_adu": _number(one.gain.value),
            "gain_error": _number(one.gain.error),
            "share": _number(one.gain.value / mean),
            **_of_reading(one.read_noise),
        }
        for place, one in zip(places, gains.found, strict=False)
    ]
    values["frames"] = list(frames)
    with atomic(path, "w") as stream:
        json.dump(values, stream, indent=1)
        stream.write("\n")


def read_gains(path: str) -> AmplifierGains:
    """Return what the file of a setup tells.

    Raises
    ------
    FrameError
        If it does not hold what is written there.
    """
    try:
        with open(path, encoding="utf-8") as stream:
            values = json.load(stream)
        found = tuple(map(_told, values[AMPLIFIERS]))
        return AmplifierGains(found, str(values.get(WHY_NOT) or ""), tuple(values.get(CAVEATS, ())))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FrameError(
            path,
            f"does not tell the gains of amplifiers ({error}); delete it, and the next run "
            "measures them again",
        ) from error


def with_gains(order: FrameOrder) -> FrameOrder:
    """Return the order of a raw frame whose amplifiers have the gains that were measured of them.

    All jobs that open raw frames begin with this; where none could be measured, the readout stays
    as it is.

    Raises
    ------
    FrameError
        If the file that is named cannot be read.
    """
    assembly = order.assembly
    if assembly is None or assembly.gains is None:
        return order
    found = _remembered(assembly.gains, os.stat(assembly.gains).st_mtime_ns).found
    readout = assembly.readout
    if len(found) == len(readout.amplifiers):
        noises = [None if one.read_noise is None else one.read_noise.value for one in found]
        readout = readout.with_gains([one.gain.value for one in found], noises)
    return replace(order, assembly=replace(assembly, readout=readout, gains=None))


def master_with_gains(order: MasterOrder) -> MasterOrder:
    """Return the same of the order of a master: of all its frames, and of what they count in."""
    frames = tuple(map(with_gains, order.frames))
    if frames == order.frames:
        return order
    assembly, egain = frames[0].assembly, order.egain
    counts = order.uncertainty or order.method == "variance"
    if egain is None and counts and assembly is not None and assembly.readout.measured:
        egain = assembly.readout.gain
    return replace(order, frames=frames, egain=egain)


@lru_cache(maxsize=64)
def _remembered(path: str, _: int) -> AmplifierGains:
    """Read a file once for thousands of frames, as long as it stays as it is."""
    return read_gains(path)


def _number(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _of_reading(noise: Measured | None) -> dict[str, float]:
    if noise is None:
        return {}
    return {"read_noise_e": _number(noise.value), "read_noise_error": _number(noise.error)}


def _told(values: dict[str, Any]) -> MeasuredGain:
    gain = within("egain", float(values["gain_e_per_adu"]))
    if not gain:
        raise ValueError(f"a gain of {values['gain_e_per_adu']!r}")
    noise = values.get("read_noise_e")
    read = None if noise is None else Measured(float(noise), float(values["read_noise_error"]))
    return MeasuredGain(Measured(gain, float(values["gain_error"])), read)
