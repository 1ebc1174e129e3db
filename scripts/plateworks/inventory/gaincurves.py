"""What a profile tells of a camera at one setting of its gain."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from plateworks.settings.profiles import CameraMode, CameraProfile, GainPoint, plain_name

#: Decibels of a factor of ten (in signal, not in power).
_DECADE_DB = 20.0


class Figures(NamedTuple):
    """Electrons per ADU of the file, and read noise in electrons; None where nothing is said.

    Attributes
    ----------
    egain, read_noise : float or None
    step : int
        ADU of the file in a step of the converter.
    """

    egain: float | None
    read_noise: float | None
    step: int = 1


def figures_at(
    profile: CameraProfile, gain: float | None, readout_mode: str | None, binning: int
) -> Figures:
    """Return what a profile says of a camera that is set so.

    Between two points of a curve both numbers follow it; beyond its ends only the electrons do,
    and only where the profile says how many decibels a step of the gain is.

    Parameters
    ----------
    profile : CameraProfile
    gain : float or None
        The camera's setting.
    readout_mode : str or None
    binning : int
        Of columns and rows.
    """
    mode = _mode(profile, readout_mode, binning)
    bits = (None if mode is None else mode.bits) or profile.bits
    step = 1 if bits is None else 2 ** max(profile.stored_bits - bits, 0)
    egain = read_noise = None
    if mode is not None and gain is not None:
        egain = _egain(mode.gains, gain, profile.gain_step_db)
        read_noise = _between([(p.gain, p.read_noise) for p in mode.gains], gain)
    if binning == 1:
        egain, read_noise = egain or profile.egain, read_noise or profile.read_noise
    return Figures(
        None if egain is None or bits is None else float(f"{egain / step:.4g}"),
        None if read_noise is None else float(f"{read_noise:.4g}"),
        step,
    )


def _mode(profile: CameraProfile, readout_mode: str | None, binning: int) -> CameraMode | None:
    """Return the mode that is named by that of a frame, by the longest name of several.

    Where there is none, it is the first without a name.
    """
    named = plain_name(readout_mode or "")
    fitting = [mode for mode in profile.modes if mode.binning == binning]
    names = {plain_name(mode.readout_mode): mode for mode in fitting if mode.readout_mode}
    said = [name for name in names if name in named]
    if said:
        return names[max(said, key=len)]
    return next((mode for mode in fitting if mode.readout_mode is None), None)


def _egain(points: tuple[GainPoint, ...], gain: float, step_db: float | None) -> float | None:
    """Return electrons per step of the converter: by decibels from the nearest point below."""
    known = sorted((one.gain, one.egain) for one in points if one.egain is not None)
    if step_db is None:
        return _between(known, gain, geometric=True)
    below = bisect_right(known, gain, key=lambda one: one[0]) - 1
    if below < 0:
        return None
    at, egain = known[below]
    return float(egain * 10 ** (-(gain - at) * step_db / _DECADE_DB))


def _between(
    curve: Sequence[tuple[float, float | None]], gain: float, *, geometric: bool = False
) -> float | None:
    """Return what lies on the line between two points, or at one; None beyond the ends."""
    known = sorted((at, value) for at, value in curve if value is not None)
    after = bisect_right(known, gain, key=lambda one: one[0])
    if after == 0:
        return None
    (low, first) = known[after - 1]
    if gain == low:
        return first
    if after == len(known):
        return None
    (high, last) = known[after]
    part = (gain - low) / (high - low)
    if geometric:
        return float(first * (last / first) ** part)
    return float(first + (last - first) * part)
