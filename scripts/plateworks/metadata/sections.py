"""Cards that name parts of an image: what saw light, what saw none, and where amplifiers lie.

A camera of one amplifier names one of each.  One of several numbers them in one header, or has an
HDU for each amplifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from plateworks.metadata.amplifiers import Section
from plateworks.metadata.texts import known_text
from plateworks.metadata.values import Value

#: What stands behind the keywords of one of several amplifiers: a number, a letter, or row and
#: column (NOIRLab).
_NUMBERS, _LETTERS, _PLACES = "12345678", "ABCD", ("11", "12", "21", "22")
#: Of a camera with one amplifier nothing does.
SUFFIXES = ("", *_NUMBERS, *_LETTERS, *_PLACES)


def _families(
    alone: Iterable[str], numbered: Iterable[str], placed: Iterable[str] = ()
) -> dict[str, tuple[str, ...]]:
    """Return for each suffix the keywords that tell one thing, the more believed first."""
    found = {"": tuple(alone)}
    for suffix in (*_NUMBERS, *_LETTERS):
        found[suffix] = tuple(f"{name}{suffix}" for name in numbered)
    return found | {suffix: tuple(f"{name}{suffix}" for name in placed) for suffix in _PLACES}


#: Sections of the image that saw no light.  BIASSEC: IRAF, and observatories after it; BSECnn:
#: NOIRLab.
BIAS_SECTIONS = _families(
    ("BIASSEC", "OVERSEC", "OVRSCSEC", "OVRSEC", "OSCANSEC", "OVSCSEC", "OSCSEC", "BIASREG",
     "OVERSCSE", "PRESCSEC", "PRESEC"),
    ("BIASSEC",), ("BSEC",),
)  # fmt: skip
#: Sections that did.
LIT_SECTIONS = _families(
    ("TRIMSEC", "DATASEC", "IMAGESEC", "IMGSEC", "GOODSEC", "LIGHTSEC"),
    ("TRIMSEC", "DATASEC"), ("TSEC", "DSEC"),
)  # fmt: skip
#: Where on the sensor the pixels of an amplifier lie, in its own pixels, before binning.
DETECTOR_SECTIONS = _families(("DETSEC", "CCDSEC"), ("DETSEC", "CCDSEC"), ("CSEC",))
#: Electrons per ADU, and read noise in electrons, of one of several amplifiers.
GAINS = _families(("EGAIN", "E-GAIN", "GAIN"), ("EGAIN", "GAIN"), ("GTGAIN",))
READ_NOISES = _families(("RDNOISE", "READNOIS", "RON"), ("RDNOISE", "READNOI", "RON"), ("GTRON",))
#: ADU from which on an amplifier is saturated.
SATURATIONS = _families(("SATURATE", "SATLEVEL", "MAXADU"), ("SATURAT", "SATURA", "MAXADU"))
#: What part of the signal of amplifier i is seen in amplifier j, counted from 1.
CROSSTALK = {(i, j): f"CRSTLK{i + 1}{j + 1}" for i in range(9) for j in range(9) if i != j}

#: All keywords of sections.
SECTION_KEYS = tuple(
    dict.fromkeys(
        key for table in (BIAS_SECTIONS, LIT_SECTIONS) for keys in table.values() for key in keys
    )
)
#: Every card that is worth reading for this.
READOUT_KEYS = frozenset(
    (
        *SECTION_KEYS,
        *CROSSTALK.values(),
        *(
            key
            for table in (DETECTOR_SECTIONS, GAINS, READ_NOISES, SATURATIONS)
            for keys in table.values()
            for key in keys
        ),
    )
)

_SECTION = re.compile(
    r"[\[(]?\s*(\d{1,7})\s*[:,]\s*(\d{1,7})\s*,\s*(\d{1,7})\s*[:,]\s*(\d{1,7})\s*[\])]?", re.ASCII
).fullmatch


def section_text(section: Section) -> str:
    """Return a section as cards have it, such as ``[1:2048,1:4096]``."""
    left, right, bottom, top = section
    return f"[{left + 1}:{right},{bottom + 1}:{top}]"


def parse_section(value: Value) -> tuple[Section, bool, bool] | None:
    """Read a section such as ``[2049:1,1:4096]``, whose numbers count from 1, ends included.

    Returns
    -------
    (Section, bool, bool) or None
        The section, and whether its columns, and its rows, are counted backwards; None where the
        card names none.
    """
    match = _SECTION((known_text(value) or "").strip())
    if match is None:
        return None
    x1, x2, y1, y2 = map(int, match.groups())
    if 0 in (x1, x2, y1, y2):
        return None
    section = (min(x1, x2) - 1, max(x1, x2), min(y1, y2) - 1, max(y1, y2))
    return section, x1 > x2, y1 > y2
