"""The kinds of frame: how headers and files name them, and what sets each apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: The kinds of which masters are made.  ``darkflat`` is a dark with the exposure of a flat.
MasterKind = Literal["bias", "dark", "darkflat", "flat"]
FrameKind = Literal["bias", "dark", "darkflat", "flat", "light"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is true of all frames of a kind.

    Attributes
    ----------
    words : str
        Type texts of headers, in lower case, without spaces, underscores and hyphens: those of
        capture programs (NINA, SGPro, MaxIm DL, APT, SharpCap, KStars, Siril, CCDSoft, POCS, …) and
        of public archives (ESO, LCO, NOIRLab, Gemini, Subaru, SDSS, HST), some in other languages.
    title : str
        What people call it.
    master : str
        Type text in the header of a master; empty if there are none.
    files : tuple of str
        What the name of a master's file may begin with, where its header is silent.
    exposed : bool
        Whether frames of different exposures are kept apart.
    filtered : bool
        Whether they show what came through a filter.
    thermal : bool
        Whether they hold what a sensor collects in the dark, and bias, which may be taken out.
    """

    words: str
    title: str
    master: str = ""
    files: tuple[str, ...] = ()
    exposed: bool = False
    filtered: bool = False
    thermal: bool = False


#: In the order in which people read of them, and in which masters are made that others need.
KINDS: dict[str, Kind] = {
    "bias": Kind(
        "bias biasframe biases zero zeroframe zeros offset offsetframe offsets zerolevel "
        "biasexposure biais nullbild nullbilder zerobild offsetbild offsetbilder",
        "bias",
        master="Master Bias",
        files=("bias",),
    ),
    "dark": Kind(
        "dark darkframe darks darkcurrent darkexposure darkfield noir noirs dunkel dunkelbild "
        "dunkelbilder dunkelstrom oscuro oscuros oscura oscuras buio escuro escuros donker",
        "dark",
        master="Master Dark",
        files=("dark",),
        exposed=True,
        thermal=True,
    ),
    "darkflat": Kind(
        "darkflat darkflatframe flatdark flatdarkframe darkflats flatdarks",
        "flat-dark",
        master="Master DarkFlat",
        files=("darkflat", "flatdark"),
        exposed=True,
        thermal=True,
    ),
    "flat": Kind(
        "flat flatframe flats flatfield flatfieldframe skyflat skyflatframe domeflat "
        "domeflatframe twilightflat twilightflatframe flatfields lampflat panelflat internalflat "
        "flatlamp flatdome flatsky flattwilight twiflat dawnflat duskflat plu flachbild "
        "twilight eveningtwilight morningtwilight tflat tshirtflat flatfeld flatfelder flatbild "
        "flatbilder weissbild weissfeld campoplano camposplanos",
        "flat",
        master="Master Flat",
        files=("flat",),
        filtered=True,
    ),
    "light": Kind(
        "light lightframe lights object objects objectframe science scienceframe sci tricolor "
        "integration expose standard std target brute brutes luz luces lichtbild lichtbilder",
        "light",
        exposed=True,
        filtered=True,
    ),
}
