"""What a path says of a frame: the entries of ``path_rules``."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from plateworks.bayer import BayerPattern
from plateworks.errors import ConfigError
from plateworks.metadata.kinds import FrameKind
from plateworks.settings.section import Section
from plateworks.settings.setting import keys_of, needed, part, setting
from plateworks.settings.zones import zone_of

#: Numbers stay as they are written: they go into headers.
Number = int | float
#: Steps that a frame may have behind it, each with and without that of the overscan.
_Done = Literal[
    "", "B", "D", "F", "BD", "DF", "BDF", "O", "OB", "OD", "OF", "OBD", "ODF", "OBDF",
]  # fmt: skip
#: How a named group begins.
_GROUP = "(?P<"


def composed(text: str) -> str:
    """Return a text with each letter and its marks as one: disks of Macs keep them apart."""
    return unicodedata.normalize("NFC", text)


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameFields(Section):
    """Fields of a frame with the values they get; None: the rule says nothing of the field."""

    kind: FrameKind | None = part("kind of frame")
    camera: str | None = part("name of the camera")
    filter: str | None = part("name of the filter")
    telescope: str | None = part("name of the telescope")
    object: str | None = part("name of the target")
    readout_mode: str | None = part("name of the readout mode")
    bayer: BayerPattern | None = part("colours of the first two by two pixels")
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
    done: _Done | None = part(
        "what was subtracted or divided already: letters of overscan, bias, dark, flat; none: "
        "nothing"
    )

    local_time: bool | None = part(
        "true: the times in headers are by a clock of the place; false: in UTC"
    )
    clock_zone: str | None = part(
        "IANA name of the zone of that clock, such as America/La_Paz; none: that of the site"
    )

    def given(self) -> dict[str, Any]:
        """Return the fields that the rule names, with their values."""
        return self.as_dict()


#: What named groups of a path may tell: the fields above, and what becomes some of them.
GROUPS = (
    *(key.name for key in keys_of(FrameFields)),
    *("binning", "date", "year", "month", "day", "time"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PathRule(Section):
    """One rule."""

    match: str = needed(
        "a pattern for the path below the raw folder, or, with named groups, a regular expression",
        path=True,
    )
    set: FrameFields = part(
        "what it says of frames whose path fits",
        default=FrameFields(),
        what="fields of a frame and the values they get",
    )
    force: bool = setting(False, "true: it contradicts the header")

    @property
    def expression(self) -> re.Pattern[str] | None:
        """What `match` is with named groups, which set fields; None where it is a plain pattern.

        Raises
        ------
        re.error
            If it is none.
        """
        if _GROUP not in self.match:
            return None
        return re.compile(composed(self.match), re.IGNORECASE)


def check_rules(rules: Iterable[PathRule]) -> None:
    """Refuse rules that say nothing, or whose groups name no fields.

    Raises
    ------
    ConfigError
    """
    for number, rule in enumerate(rules):
        where = f"Config key path_rules.{number}"
        try:
            expression = rule.expression
        except re.error as error:
            raise ConfigError(
                f"{where}.match: {rule.match!r} is no regular expression ({error}), which it is by "
                f"its named groups, {_GROUP}name>...)."
            ) from None
        groups = () if expression is None else tuple(expression.groupindex)
        for name in groups:
            if name not in GROUPS:
                close = difflib.get_close_matches(name, GROUPS, n=1)
                meant = f"Did you mean {close[0]}?" if close else f"Known: {', '.join(GROUPS)}."
                raise ConfigError(f"{where}.match: no group can be named {name}.  {meant}")
        if not groups and not rule.set.given():
            raise ConfigError(
                f"{where} has no set, which is: fields of a frame and the values they get; nor has "
                "its match named groups, such as (?P<exposure>\\d+)s, that set some."
            )
        if rule.set.clock_zone is not None:
            zone_of(rule.set.clock_zone, f"{where}.set.clock_zone")
