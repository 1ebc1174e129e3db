"""Profiles of cameras and sites: what makers and owners say where headers are silent.

Their files are read by :mod:`plateworks.settings.profilefiles`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from plateworks.bayer import BayerPattern
from plateworks.metadata.placecards import RowOrder
from plateworks.settings.pathrules import Number
from plateworks.settings.section import Section
from plateworks.settings.setting import needed, part


@dataclass(frozen=True, kw_only=True, slots=True)
class GainPoint(Section):
    """What is published of a camera at one setting of its gain."""

    gain: Number = needed("the camera's setting, as GAIN says it")
    egain: Number | None = part("electrons per step of the converter", over=0)
    read_noise: Number | None = part("read noise", unit="electrons", over=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class CameraMode(Section):
    """A way of reading a camera, with its curve of gain."""

    readout_mode: str | None = part("words that READOUTM has; none: any mode without its own")
    binning: int = part("binning along rows and columns", default=1, least=1)
    bits: int | None = part("bits of the converter in this mode", least=1)
    gains: tuple[GainPoint, ...] = part(
        "points of its curve of gain", default=(), what="a list of points, each with gain"
    )


#: A section as headers have it: ``[1:2048,1:4096]``, or backwards.
_SECTION = r"^\[[1-9]\d{0,5}:[1-9]\d{0,5},[1-9]\d{0,5}:[1-9]\d{0,5}\]$"


@dataclass(frozen=True, kw_only=True, slots=True)
class AmplifierProfile(Section):
    """One amplifier: what it reads of an unbinned image, and how."""

    data: str = needed("its pixels that see light, as [1:2048,1:4096]", pattern=_SECTION)
    image: str | None = part(
        "EXTNAME of its image, where each has one of its own; none: images in their order"
    )
    bias: str | None = part("its pixels that see none", pattern=_SECTION)
    detector: str | None = part(
        "where they lie on the sensor; backwards, as [4096:2049,1:4096]: read from there",
        pattern=_SECTION,
    )
    gain: Number | None = part("electrons per ADU of the file", over=0)
    read_noise: Number | None = part("read noise", unit="electrons", over=0)
    saturation: Number | None = part("level from which a pixel is full", unit="ADU", over=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class CrosstalkProfile(Section):
    """What part of the signal of one amplifier is seen in another, both counted from 1."""

    source: int = part("the amplifier that it is of", default=1, least=1, most=8)
    onto: int = part("the amplifier that it is seen in", default=2, least=1, most=8)
    share: Number = part("what part of its signal", default=0.0, least=-0.1, most=0.1)


@dataclass(frozen=True, kw_only=True, slots=True)
class CameraProfile(Section):
    """What is published of a camera; of what is not said, nothing is known."""

    name: str = needed("name of the camera, as INSTRUME says it")
    aliases: tuple[str, ...] = part("its other names", default=(), what="a list of names")
    sources: tuple[str, ...] = needed(
        "where each figure stands", what="a list of addresses or titles", some=True
    )
    bits: int | None = part("bits of the converter", least=1)
    stored_bits: int = part("bits of the numbers in files, whose highest those are", default=16)
    pixel_size: Number | None = part("size of a pixel", unit="micrometres", over=0)
    pattern: BayerPattern | None = part(
        "colours of the first two by two pixels, as files store them"
    )
    row_order: RowOrder | None = part("order of the rows in its files")
    full_well: Number | None = part("full well of a pixel", unit="electrons", over=0)
    saturation: Number | None = part("level from which a pixel is full", unit="ADU", over=0)
    egain: Number | None = part("electrons per step of the converter, at any gain", over=0)
    read_noise: Number | None = part("read noise, at any gain", unit="electrons", over=0)
    gain_step_db: Number | None = part("decibels in a step of the gain", over=0)
    modes: tuple[CameraMode, ...] = part(
        "its ways of reading", default=(), what="a list of modes, each with gains"
    )
    amplifiers: tuple[AmplifierProfile, ...] = part(
        "its amplifiers, in their order", default=(), what="a list of amplifiers, each with data"
    )
    crosstalk: tuple[CrosstalkProfile, ...] = part(
        "crosstalk between them", default=(), what="a list, each with source, onto and share"
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteProfile(Section):
    """Where a telescope stands, and what its clock shows."""

    name: str = needed("name of the site, as headers say it")
    aliases: tuple[str, ...] = part("its other names", default=(), what="a list of names")
    sources: tuple[str, ...] = needed(
        "where that stands", what="a list of addresses or titles", some=True
    )
    timezone: str | None = part("IANA name of its time zone, such as America/La_Paz")
    latitude: Number | None = part("degrees, north positive", least=-90, most=90)
    longitude: Number | None = part("degrees, east positive", least=-180, most=180)


class Profiles(NamedTuple):
    """All profiles there are; of two of one name the first counts."""

    cameras: tuple[CameraProfile, ...] = ()
    sites: tuple[SiteProfile, ...] = ()


def plain_name(name: str) -> str:
    """Return the letters and digits of a name, by which profiles are found: ``zwoasi533mcpro``."""
    return re.sub(r"[^\w+]|_", "", name.casefold())


def names_of(profile: CameraProfile | SiteProfile) -> Iterator[str]:
    """Yield the plain names of a profile."""
    yield plain_name(profile.name)
    yield from map(plain_name, profile.aliases)
