"""Programs and devices that write frames: how they name themselves, what they mean by a keyword.

Those that merely use other keywords need no more than a place in the tables of
:mod:`plateworks.metadata.dialects`.
"""

from __future__ import annotations

from dataclasses import dataclass

from plateworks.metadata.header import Header
from plateworks.metadata.texts import known_text
from plateworks.metadata.values import Cards

# --- programs of cameras ---------------------------------------------------------------------

#: Keywords in which a program names itself.
PROGRAM_KEYS = ("SWCREATE", "CREATOR", "SOFTWARE", "PROGRAM", "ORIGIN", "ACQSYS", "SWMODIFY")

#: How programs that take frames begin their names; what only works on frames is not among them.
CAMERA_PROGRAMS = (
    "N.I.N.A", "NINA", "Sequence Generator", "SGPro", "SGP", "MaxIm", "APT",
    "Astro Photography", "AstroPhotography", "SharpCap", "FireCapture", "KStars", "Ekos", "INDI",
    "ZWO", "ASI",
    "Seestar", "DWARF", "Voyager", "Prism", "CCDSoft", "TheSky", "SBIG", "Celestron", "AstroFX",
    "Nebulosity", "BackyardEOS", "BackyardNIKON", "Artemis", "Atik", "QHY", "EZCAP", "PHD2",
    "oaCapture", "AstroArt", "Astroart", "AstroDMx", "AstroImager", "CCDciel", "ACP", "ToupSky",
    "ToupTek", "POCS", "Project PANOPTES", "MicroObservatory", "Unistellar", "Vespera", "Stellina",
    "Origin", "Plateworks capture", "pyobs", "RTS2", "AUDELA", "Moravian", "SIPS", "Starlight",
    "FLI", "Andor", "Apogee", "PixInsight INDI", "LuckyCam", "PlayerOne", "Player One", "NoctuaSky",
)  # fmt: skip

#: Those that give frames as the integers of the camera: floats under their name were worked on.
INTEGER_PROGRAMS = (
    "N.I.N.A", "NINA", "Sequence Generator", "SGPro", "SGP", "SharpCap", "FireCapture", "KStars",
    "Ekos", "INDI", "ZWO", "ASI", "Seestar", "DWARF", "APT", "Voyager", "POCS", "ToupSky", "EZCAP",
)  # fmt: skip

# --- programs with a meaning of their own ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a program means by a keyword where it departs from the others.

    A header is in this dialect if for any pair in `marks` the keyword's text begins so (for
    HISTORY: if any line begins so).
    """

    name: str
    marks: tuple[tuple[str, str], ...]
    kelvin: bool = False  # temperatures without a unit are in kelvin
    west_positive: bool = False  # longitudes count towards the west
    ra_in_hours: bool = False  # a decimal right ascension is in hours
    saturation_key: str | None = None  # the keyword that states the limit of the ADC
    pedestal_sign: int = 1  # -1: PEDESTAL is what was added, not what is to be added
    zero_is_unknown: tuple[str, ...] = ()  # fields in which 0 is written for "not known"
    object_key: str | None = None  # the keyword that names the target
    # Kind stated, target begins, kind meant.
    kind_by_object: tuple[tuple[str | None, str, str], ...] = ()
    names: tuple[tuple[str, str], ...] = ()  # of cameras that changed theirs: former, present
    taken_out: str = ""  # letters of the steps that the device does before it saves a light


#: Those of DWARF after the second, by what an older firmware calls them.
_NEWER_DWARFS = {"DWARFIII": "DWARF 3", "DWARF 3": "DWARF 3", "DWARF MINI": "DWARF mini"}

DIALECTS = (
    Dialect(
        "MicroObservatory",
        marks=(("CREATOR", "MicroObservatory"),),
        kelvin=True,
        west_positive=True,  # LONGITUD = 110.88 for Arizona
    ),
    Dialect(
        # POCS knows light and dark frames only and tells the rest by the name of the field.
        "POCS",
        marks=(("CREATOR", "POCS"), ("ORIGIN", "Project PANOPTES")),
        object_key="FIELD",
        kind_by_object=(("dark", "bias", "bias"), ("light", "flat", "flat")),
    ),
    # No DWARF says the kind; a dark has neither target nor direction.
    Dialect(
        "DWARF 3",
        marks=tuple(("INSTRUME", name) for name in (*_NEWER_DWARFS, "DWARF mini")),
        names=tuple(_NEWER_DWARFS.items()),
        kind_by_object=((None, "", "light"),),
    ),
    Dialect(
        "DWARF II",
        marks=(("ORIGIN", "DWARFLAB"), ("INSTRUME", "DWARF")),
        ra_in_hours=True,
        kind_by_object=((None, "", "light"),),
    ),
    # It takes the mean of five darks off: values lie a fifth of a step of its converter apart.
    Dialect("Seestar", marks=(("CREATOR", "ZWO Seestar"),), taken_out="D"),
    Dialect("CCDSoft", marks=(("SWCREATE", "CCDSoft"),), saturation_key="DATAMAX"),
    Dialect("CCDOPS", marks=(("SWCREATE", "SBIG Win CCDOPS"),), saturation_key="DATAMAX"),
    Dialect(
        "Astro Pixel Processor",
        marks=(("SOFTWARE", "Astro Pixel Processor"),),
        zero_is_unknown=("gain",),
    ),
    Dialect(
        "PixInsight",
        marks=(
            ("CREATOR", "PixInsight"),
            ("HISTORY", "Integration with ImageIntegration"),
            ("HISTORY", "Calibration with ImageCalibration"),
        ),
        pedestal_sign=-1,
    ),
)

#: What most programs mean.
COMMON = Dialect("common", marks=())

# --- who wrote a frame ----------------------------------------------------------------------

_CAMERA_PROGRAMS = tuple(name.lower() for name in CAMERA_PROGRAMS)
_INTEGER_PROGRAMS = tuple(name.lower() for name in INTEGER_PROGRAMS)


def dialect_of(cards: Cards, history: list[str]) -> Dialect:
    for dialect in DIALECTS:
        for key, beginning in dialect.marks:
            if key == "HISTORY":
                if any(line.startswith(beginning) for line in history):
                    return dialect
            elif key in cards and str(cards[key]).startswith(beginning):
                return dialect
    return COMMON


def camera_program(header: Header) -> str | None:
    """Return the name of the program, if it is one that takes frames in this form."""
    cards = header.cards
    for key in (key for key in PROGRAM_KEYS if key in cards):
        name = known_text(cards.get(key))
        if name is not None and name.lower().startswith(_CAMERA_PROGRAMS):
            worked_on = header.bitpix < 0 and name.lower().startswith(_INTEGER_PROGRAMS)
            return None if worked_on else name
    return None


def is_vaonis(cards: Cards) -> bool:
    """Whether a Stellina or a Vespera took a frame: by its name, or by an exposure in milliseconds.

    Most of their headers name nobody.
    """
    named = (str(cards.get(key) or "").lower() for key in ("INSTRUME", "TELESCOP", *PROGRAM_KEYS))
    in_ms = str(cards.get("EXPOSURE") or "").endswith(" ms")
    return in_ms or any("vespera" in one or "stellina" in one or "vaonis" in one for one in named)
