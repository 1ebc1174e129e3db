"""The observer's own camera: the section ``capture``."""

from __future__ import annotations

from dataclasses import dataclass

from plateworks.settings.captureseries import (
    CaptureBias,
    CaptureDarks,
    CaptureFlatDarks,
    CaptureFlats,
    CaptureLights,
)
from plateworks.settings.cooling import Cooling
from plateworks.settings.section import Section
from plateworks.settings.setting import setting


def _template(default: str, text: str) -> str:
    return setting(
        default,
        text,
        what="a path below capture.raw_dir that ends in .fits, with fields in braces, of which the "
        "file's name has {n}",
        pattern=r"\{n(:[^{}/]*)?\}[^/]*\.fits$",
    )


def _device(default: int | None, text: str, more: str = "") -> int | None:
    what = "a device number, a whole number from 0"
    return setting(default, text, more=more, what=what, least=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptureNames(Section):
    """A template for the frames of each kind."""

    bias: str = _template("{session}/BIAS/{name}_{series}_{n:04d}.fits", "bias frames")
    dark: str = _template("{session}/DARK/{name}_{series}_{n:04d}.fits", "darks")
    darkflat: str = _template("{session}/DARKFLAT/{name}_{series}_{n:04d}.fits", "flat-darks")
    flat: str = _template("{session}/FLAT/{name}_{series}_{n:04d}.fits", "flats")
    light: str = _template("{session}/LIGHT/{object}/{name}_{series}_{n:04d}.fits", "lights")


@dataclass(frozen=True, kw_only=True, slots=True)
class Capture(Section):
    """Which devices there are, how the camera is set, and which frames it takes."""

    armed: bool = setting(False, "true: capture targets may expose; nothing else ever does")
    no_confirm: bool = setting(
        False,
        "true: nobody is asked to cover or uncover the telescope; for automation",
        more="false: the request comes at the terminal, and without a terminal the target stops.",
    )
    address: str | None = setting(
        None,
        "`host:port` of the ASCOM Alpaca server, for instance `localhost:11111`",
        what="host:port of the Alpaca server",
    )
    camera: int | None = _device(0, "number of the camera on that server; null: there is none")
    filterwheel: int | None = _device(None, "number of the filter wheel; null: it is not touched")
    covercalibrator: int | None = _device(
        None,
        "number of the flat panel, cover or both",
        "A cover is closed for darks and opened for lights and twilight flats; a panel is lit for "
        "flats and dark on every way out.",
    )
    telescope: int | None = _device(
        None, "number of the mount, which is only asked where it points, and never moved"
    )
    raw_dir: str | None = setting(
        None,
        "where frames go; belongs to the raw folders, and may be empty at first",
        more="It need not even exist yet; `.` is the working folder.",
        what="a folder without braces in its name",
        pattern=r"^[^{}]+$",
        path=True,
    )
    names: CaptureNames = setting(
        CaptureNames(), "where frames lie below `capture.raw_dir`; fields in braces; n counts them"
    )
    session: str | None = setting(
        None,
        'the night that frames belong to, like `"20250815"`; null: the present one',
        more="That lasts from noon to noon. A series that goes on after noon is continued by "
        "naming the night that it began in.",
        what='a night in quotes, like "20250815"',
        pattern=r"^\d{8}$",
    )
    filters: tuple[str, ...] = setting(
        (),
        "for flats and lights, as the wheel names them; `[]` leaves the wheel alone",
        more="Without a wheel, the one that is in place.",
        what="a list of names of filters",
        unique=True,
    )
    gain: int | float | str | None = setting(
        None,
        "the camera's own number or name; null: as the camera is set",
        what="a number from 0, a name that the camera offers",
        least=0,
    )
    offset: int | float | str | None = setting(
        None,
        "the same for the offset",
        what="a number from 0, a name that the camera offers",
        least=0,
    )
    binning: int = setting(1, "the same in both directions", least=1)
    readout_mode: int | str | None = setting(
        None,
        "its name or number; null: as the camera is set",
        what="a name or number that the camera offers",
        least=0,
    )
    subframe: tuple[int, int, int, int] | None = setting(
        None,
        "`[x, y, width, height]` in unbinned pixels; null: the whole sensor",
        what="[x, y, width, height] in unbinned pixels",
        least=0,
    )
    retakes: int = setting(
        5,
        "frames lost, in doubt or taken at a wrong temperature, in a row before a series ends",
        least=0,
    )
    telescope_name: str | None = setting(
        None, "for the headers, where the mount does not say", what="a name"
    )
    focal_length: float | None = setting(
        None, "mm, for the headers, where the mount does not say", unit="mm", over=0
    )
    cooling: Cooling = setting(Cooling(), "the cooler")
    bias: CaptureBias = setting(CaptureBias(), "target `capture_bias`")
    darks: CaptureDarks = setting(CaptureDarks(), "target `capture_darks`")
    flats: CaptureFlats = setting(CaptureFlats(), "target `capture_flats`")
    flatdarks: CaptureFlatDarks = setting(CaptureFlatDarks(), "target `capture_flatdarks`")
    lights: CaptureLights = setting(CaptureLights(), "target `capture_lights`")
