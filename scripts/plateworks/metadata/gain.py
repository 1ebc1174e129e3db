"""How many electrons an ADU of a light is, and what becomes of lights of which nobody knows."""

from __future__ import annotations

from typing import Protocol

from plateworks.metadata.frame import Frame


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


def egain_of(frame: Frame, said: SaysGain) -> float | None:
    """Return the electrons per ADU: as the user says, else as the header does; None if unknown."""
    return said.egain or frame.egain or (frame.gain if said.gain_is_egain else None)


def why_no_electrons(frame: Frame, said: SaysGain) -> str:
    """Say why a light cannot be counted in electrons, as a clause; empty if that is not asked."""
    if said.units != "electron" or egain_of(frame, said) is not None:
        return ""
    return (
        "its header does not say how many electrons an ADU is (EGAIN), as calibrate.units: "
        "electron needs it; say so with calibrate.egain"
    )
