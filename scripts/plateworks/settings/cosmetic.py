"""Pixels to repair: the section ``cosmetic``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plateworks.settings.section import Section
from plateworks.settings.setting import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class Cosmetic(Section):
    """Which pixels are listed, and what takes their place."""

    harm: float = setting(
        0.25,
        "list a pixel of a master dark that raises the noise of a frame by more than this part",
        more="By the shot noise of its dark current, or as it scatters from dark to dark: 0.25 "
        "lists what makes the noise a quarter greater, beside a frame as long as the dark and "
        "without any light. Listed are also pixels that flicker between two levels, and those "
        "near saturation; others are only subtracted. Where nothing tells the shot noise, as in "
        "another program's dark without EGAIN, those 8 σ above their surroundings are listed.",
        unit="a part",
        least=0.1,
    )
    hot_sigma: float | None = setting(
        None,
        "instead, σ above its surroundings from which a pixel is hot, for instance 8",
        more="Of the noise of the master: the more darks, the longer the list.",
        unit="a number of sigma",
        over=0,
    )
    cold_sigma: float | None = setting(
        None,
        "the same below; null: cold pixels are not looked for",
        unit="a number of sigma",
        over=0,
    )
    count: int | None = setting(
        None,
        "a fixed number of hottest pixels instead of both, for instance 10000",
        more="PULSAR lists that many.",
        least=1,
    )
    rank: Literal["excess", "value"] = setting(
        "excess",
        "what the hottest of that number are told by: their `excess`, or their `value`",
        more="By their excess over what surrounds them, so that the glow of an amplifier is not "
        "listed wholesale; by their value alone, as PULSAR does.",
    )
    max_fraction: float = setting(
        0.01,
        "never list more than this part of the sensor",
        more="The worst pixels are listed, and the list says so. A mask from flats that would "
        "mark more marks none, and says why.",
        unit="a part",
        over=0,
        most=1,
    )
    method: Literal["median", "mean"] = setting(
        "median",
        "`median` or `mean` of the good neighbours replaces a listed pixel",
        more="With a colour sensor, of the neighbours of the same colour.",
    )
    list_form: Literal["iris", "siril"] = setting(
        "iris",
        "how lists are written: `iris` or `siril`",
        more="`iris`: `P X Y`, rows from the first that is stored; `siril`: `P X Y H`, rows from "
        "the last, as its command `cosme` counts. Both are read; a list says how it counts.",
    )
    from_flats: bool = setting(
        True,
        "also find bad pixels in the flats",
        more="In the ratio of two levels where the flats have two, else in the master flat, but "
        "for specks of dust in it, which dividing by the flat takes out. Flats of three levels "
        "tell also which pixels are not linear.",
    )
