"""How a camera is set: gain, offset, binning, readout mode, subframe; checked, set, read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from plateworks.camera.abilities import Abilities, finite, shift_bayer
from plateworks.camera.connection import Link
from plateworks.camera.faults import CameraFailed, Refused
from plateworks.errors import ConfigError

#: The properties of a camera that are set, and stay so.
SET = (
    "Gain", "Offset", "ReadoutMode", "BinX", "BinY", "StartX", "StartY", "NumX", "NumY",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """How a camera is set.

    Attributes
    ----------
    gain, offset : int or None
        As the camera counts them (an index where it offers names); None: it has none.
    gain_name, offset_name : str or None
        The chosen name, where the camera offers names.
    binning : int
    readout_mode : int or None
    readout_mode_name : str or None
    start_x, start_y, width, height : int
        Of the image, in binned pixels.
    bayer : str or None
        The pattern at the first pixel of the image; None when binned or without colour.
    """

    gain: int | None
    gain_name: str | None
    offset: int | None
    offset_name: str | None
    binning: int
    readout_mode: int | None
    readout_mode_name: str | None
    start_x: int
    start_y: int
    width: int
    height: int
    bayer: str | None


def plan_settings(
    abilities: Abilities,
    gain: int | float | str | None = None,
    offset: int | float | str | None = None,
    binning: int = 1,
    readout_mode: int | str | None = None,
    subframe: Sequence[int] | None = None,
) -> CameraSettings:
    """What is to be set, where the camera can do it.

    Parameters
    ----------
    abilities : Abilities
    gain, offset : int, float or str, optional
        A whole number, or one of the names that the camera offers.  None leaves it as it is.
    binning : int
        The same in both directions.
    readout_mode : int or str, optional
        Its number or name.
    subframe : sequence of four int, optional
        x, y, width and height in unbinned pixels of the sensor; None is the whole sensor.

    Raises
    ------
    ConfigError
        For a value that the camera cannot have.
    """
    number, name = _choose("capture.gain", gain, abilities.gains)
    offset_number, offset_name = _choose("capture.offset", offset, abilities.offsets)
    mode, mode_name = _choose("capture.readout_mode", readout_mode, abilities.readout_modes or None)
    if not 1 <= binning <= abilities.max_bin:
        raise ConfigError(
            f"capture.binning is {binning}, but {abilities.name} can bin from 1 to "
            f"{abilities.max_bin}."
        )
    x, y, width, height = _check_subframe(abilities, binning, subframe)
    bayer = abilities.bayer and binning == 1 and shift_bayer(abilities.bayer, x, y)
    return CameraSettings(
        gain=number,
        gain_name=name,
        offset=offset_number,
        offset_name=offset_name,
        binning=binning,
        readout_mode=mode,
        readout_mode_name=mode_name,
        start_x=x // binning,
        start_y=y // binning,
        width=width // binning,
        height=height // binning,
        bayer=bayer or None,
    )


def as_offered(
    value: int | float | str | None, offered: tuple[int, int] | tuple[str, ...] | None
) -> int | float | str | None:
    """Return a number as the name that a camera offers for it, as ISO values are."""
    if isinstance(value, int | float) and offered and f"{value:g}" in offered:
        return f"{value:g}"
    return value


def apply_settings(link: Link, wanted: CameraSettings) -> None:
    """Set a camera and read all back.

    Raises
    ------
    CameraFailed
        If the camera refuses a value or has another afterwards.
    """
    for name, value in (
        ("Gain", wanted.gain),
        ("Offset", wanted.offset),
        ("ReadoutMode", wanted.readout_mode),
    ):
        if value is not None and link.optional(name) != value:
            _set(link, name, value)
    for name in ("BinX", "BinY"):
        _set(link, name, wanted.binning, needless=wanted.binning == 1)
    # The corner goes to the origin first, so that no state between is outside the sensor.
    for name, value in (
        ("StartX", 0),
        ("StartY", 0),
        ("NumX", wanted.width),
        ("NumY", wanted.height),
        ("StartX", wanted.start_x),
        ("StartY", wanted.start_y),
    ):
        _set(link, name, value, needless=name.startswith("Start") and value == 0)


def complete_settings(link: Link, abilities: Abilities, wanted: CameraSettings) -> CameraSettings:
    """The settings, with what the camera says where nothing was asked for."""
    found: dict[str, Any] = {}
    for field, name, offered in (
        ("gain", "Gain", abilities.gains),
        ("offset", "Offset", abilities.offsets),
        ("readout_mode", "ReadoutMode", abilities.readout_modes),
    ):
        value = finite(link.optional(name)) if getattr(wanted, field) is None else None
        if value is None:
            continue
        found[field] = index = int(value)
        if offered and isinstance(offered[0], str) and index in range(len(offered)):
            found[f"{field}_name"] = offered[index]
    return replace(wanted, **found)


def _set(link: Link, name: str, value: int, needless: bool = False) -> None:
    """Set one property; `needless`: a camera that does not have it has this value anyway."""
    try:
        link.write(name, value)
    except Refused:
        if not needless:
            raise
    found = link.optional(name) if needless else link.read(name)
    if found is not None and found != value:
        raise CameraFailed(
            f"The {link} was asked for {name} {value} and answers that it is {found}. "
            "Another program may be using it, or its driver has a fault."
        )


def _choose(
    key: str, wanted: int | float | str | None, offered: tuple[int, int] | tuple[str, ...] | None
) -> tuple[int | None, str | None]:
    """The number that the camera calls it by, and the name where it has one."""
    if wanted is None:
        return None, None
    if isinstance(wanted, float):
        if not wanted.is_integer():
            raise ConfigError(f"{key} is {wanted:g}, but cameras count it in whole numbers.")
        wanted = int(wanted)
    if offered is None:
        if isinstance(wanted, str):
            raise ConfigError(f"{key} is {wanted!r}, but the camera offers no names.")
        return wanted, None
    if isinstance(offered[0], str):
        return _choose_name(key, wanted, offered)
    least, most = offered
    if isinstance(wanted, str) or not least <= wanted <= most:
        raise ConfigError(f"{key} is {wanted!r}, but the camera takes from {least} to {most}.")
    return wanted, None


def _choose_name(key: str, wanted: int | str, names: Sequence[str]) -> tuple[int, str]:
    folded = [name.strip().casefold() for name in names]
    if isinstance(wanted, str) and wanted.strip().casefold() in folded:
        index = folded.index(wanted.strip().casefold())
    elif isinstance(wanted, int) and 0 <= wanted < len(names):
        index = wanted
    else:
        listed = ", ".join(f"{index} ({name})" for index, name in enumerate(names))
        raise ConfigError(f"{key} is {wanted!r}, but the camera offers {listed}.")
    return index, names[index]


def _check_subframe(
    abilities: Abilities, binning: int, subframe: Sequence[int] | None
) -> tuple[int, int, int, int]:
    """x, y, width, height in unbinned pixels; what a whole sensor has beyond full bins is cut."""
    if subframe is None:
        return (
            0,
            0,
            abilities.width - abilities.width % binning,
            abilities.height - abilities.height % binning,
        )
    x, y, width, height = subframe
    inside = (
        x >= 0
        and y >= 0
        and min(width, height) > 0
        and x + width <= abilities.width
        and y + height <= abilities.height
    )
    if not inside:
        raise ConfigError(
            f"capture.subframe is {list(subframe)} (x, y, width, height), which is not inside the "
            f"sensor of {abilities.width} by {abilities.height} pixels."
        )
    if any(value % binning for value in subframe):
        raise ConfigError(
            f"capture.subframe is {list(subframe)}, in unbinned pixels; with capture.binning "
            f"{binning} each of the four must be a multiple of {binning}."
        )
    return x, y, width, height
