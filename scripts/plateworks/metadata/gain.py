"""How many electrons an ADU of a light is, and what becomes of lights of which nobody knows."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

from plateworks.metadata.frame import Frame

#: Card of a master flat that tells the gain by its frames.
MEASURED_GAIN = "PWGAIN"
#: Fields of a frame on which its electrons per ADU depend.
_OF_MODE = ("gain", "xbin", "ybin", "readout_mode", "driver_mode", "raw_bits")


class SaysGain(Protocol):
    """What the user says of the gain and of the unit of products."""

    @property
    def units(self) -> str:
        """Of the pixels of products: ``adu`` or ``electron``."""

    @property
    def egain(self) -> float | None:
        """Electrons per ADU."""

    @property
    def gain_is_egain(self) -> bool:
        """Whether the header's GAIN is electrons per ADU."""


#: How a fact of the camera is known, the more believed before the less.
By = Literal["setting", "measured", "header", "profile"]


class Known(NamedTuple):
    """A fact of the camera, and how it is known."""

    value: float
    by: By


def first_known(
    setting: float | None, measured: float | None, header: float | None, profile: float | None
) -> Known | None:
    """Return what counts: the user's word, what was measured, what a header, what a profile says.

    A profile is that of the camera: what its maker publishes, or its owner says.
    """
    told: tuple[tuple[float | None, By], ...] = (
        (setting, "setting"), (measured, "measured"), (header, "header"), (profile, "profile"),
    )  # fmt: skip
    return next((Known(value, by) for value, by in told if value), None)


def egain_of(
    frame: Frame, said: SaysGain, measured: float | None = None, by_path: float | None = None
) -> Known | None:
    """Return the electrons per ADU of a frame; None if unknown.

    Parameters
    ----------
    frame : Frame
    said : SaysGain
    measured : float or None
        What its masters measured.
    by_path : float or None
        What a path rule says, which is the user's word too.
    """
    header = frame.by_header("egain") or (frame.gain if said.gain_is_egain else None)
    if said.gain_is_egain and header:  # the user believes it
        measured = None
    return first_known(said.egain or by_path, measured, header, frame.by_its_profile("egain"))


def why_no_electrons(frame: Frame, said: SaysGain, *, measured: bool = False) -> str:
    """Say why a light cannot be counted in electrons, as a clause; empty if that is not asked.

    Parameters
    ----------
    frame : Frame
    said : SaysGain
    measured : bool
        Whether its masters tell the gain, or may tell it once they are made.
    """
    if said.units != "electron" or measured or egain_of(frame, said) is not None:
        return ""
    return (
        "neither its header (EGAIN), nor what its flats measure (PWGAIN), nor a profile of its "
        "camera says how many electrons an ADU is, as calibrate.units: electron needs it; say so "
        "with calibrate.egain"
    )


def is_of_one_mode(frame: Frame, other: Frame) -> bool:
    """Whether nothing says that two frames were read with different gains."""
    pairs = ((getattr(frame, field), getattr(other, field)) for field in _OF_MODE)
    return all(None in pair or pair[0] == pair[1] for pair in pairs)
