"""What a path says of a frame: the entries of ``path_rules``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from plateworks.metadata.kinds import FrameKind
from plateworks.settings.section import Section
from plateworks.settings.setting import needed, part, setting

#: Numbers stay as they are written: they go into headers.
Number = int | float


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameFields(Section):
    """Fields of a frame with the values they get; None: the rule says nothing of the field."""

    kind: FrameKind | None = part("kind of frame")
    camera: str | None = part("name of the camera")
    filter: str | None = part("name of the filter")
    telescope: str | None = part("name of the telescope")
    object: str | None = part("name of the target")
    readout_mode: str | None = part("name of the readout mode")
    bayer: Literal["RGGB", "BGGR", "GRBG", "GBRG"] | None = part(
        "colours of the first two by two pixels"
    )
    exposure: Number | None = part("exposure", unit="seconds", least=0)
    gain: Number | None = part("the camera's setting")
    offset: Number | None = part("the camera's setting")
    egain: Number | None = part("electrons per ADU", over=0)
    set_temp: Number | None = part("set point of the cooler", unit="degrees C")
    temp: Number | None = part("temperature of the sensor", unit="degrees C")
    focal_length: Number | None = part("focal length", unit="mm", over=0)
    pixel_size: Number | None = part("size of a pixel, after binning", unit="micrometres", over=0)
    xbin: int | None = part("binning along rows", least=1)
    ybin: int | None = part("binning along columns", least=1)
    bias_inside: bool | None = part("of master darks; false: bias was taken out")
    serial: str | None = part("serial number of the camera")
    driver_mode: str | None = part("what the driver switches beside the readout mode")
    raw_bits: int | None = part("bits of the numbers that the camera gave", least=1)
    x_origin: int | None = part("column of the sensor at which a subframe begins", least=0)
    y_origin: int | None = part("row of the sensor at which a subframe begins", least=0)
    done: Literal["", "O", "B", "D", "F", "BD", "DF", "BDF"] | None = part(
        "what was subtracted or divided already: letters of bias, dark, flat; none: nothing"
    )

    def given(self) -> dict[str, Any]:
        """Return the fields that the rule names, with their values."""
        return self.as_dict()


@dataclass(frozen=True, kw_only=True, slots=True)
class PathRule(Section):
    """One rule."""

    match: str = needed("a pattern for the path below the raw folder", path=True)
    set: FrameFields = needed(
        "what it says of frames whose path fits",
        what="fields of a frame and the values they get",
        some=True,
    )
    force: bool = setting(False, "true: it contradicts the header")
