"""The cards of a product by which it tells how its frames were put together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from astropy.io import fits

from plateworks.metadata.amplifiercards import COUNT_KEY, GAIN_KEY
from plateworks.metadata.sections import CROSSTALK as CROSSTALK_KEYS
from plateworks.metadata.sections import (
    DETECTOR_SECTIONS,
    GAINS,
    READ_NOISES,
    SATURATIONS,
    SECTION_KEYS,
    section_text,
)
from plateworks.orders.frames import Assembly
from plateworks.products.headers import put

#: How the level of the overscan was told; coefficients of crosstalk.
OVERSCAN, CROSSTALK = "PWOSCAN", "PWXTALK"
#: Where an amplifier lies, and its read noise: with its number, from 1.
PLACE, READ_NOISE = "PWAMP", "PWARDN"


def _all(table: Mapping[str, Iterable[str]]) -> Iterator[str]:
    return (key for keys in table.values() for key in keys)


#: Cards that are true of what an amplifier read, and not of the picture.
_STALE = frozenset((*SECTION_KEYS, *CROSSTALK_KEYS.values(), *_all(DETECTOR_SECTIONS))) | {
    "DETSIZE", "CCDSIZE", "AMPSEC", "AMPNAME", "AMPID", "EXTVER", "NAMPS", "NAMPSYX", "NEXTEND",
    "LTV1", "LTV2", "LTM1_1", "LTM2_2", "ATV1", "ATV2", "ATM1_1", "ATM2_2", "DTV1", "DTV2",
    "DTM1_1", "DTM2_2",
}  # fmt: skip
#: The same, where it is one of several.
_OF_ONE = frozenset((*_all(GAINS), *_all(READ_NOISES), *_all(SATURATIONS)))
#: Coordinates that belong to the image of one amplifier.
_COORDINATES = re.compile(
    r"(CRPIX|CRVAL|CTYPE|CDELT|CUNIT|CROTA)\d|(CD|PC|PV|A|B|AP|BP)\d?_\d+(_\d+)?|WCSAXES|WCSDIM"
)


def clear_readout(header: fits.Header, assembly: Assembly | None) -> None:
    """Take out of the header of a raw frame what is true of its parts, and not of the picture.

    Parameters
    ----------
    header : astropy.io.fits.Header
        Changed in place.
    assembly : Assembly or None
        None: the frame is one picture as it was stored, and nothing is changed.
    """
    if assembly is None:
        return
    [first, *more] = assembly.readout.amplifiers
    for key in [key for key in header if key in (_STALE | _OF_ONE if more else _STALE)]:
        header.remove(key, remove_all=True)
    if more:
        for key in [key for key in header if _COORDINATES.fullmatch(key)]:
            header.remove(key, remove_all=True)
    else:
        for key, cut in (("CRPIX1", first.data[0]), ("CRPIX2", first.data[2])):
            if isinstance(header.get(key), int | float):
                header[key] -= cut


def put_readout(header: fits.Header, assembly: Assembly | None) -> None:
    """Tell of a product how its frames were put together; nothing where they were not."""
    if assembly is None:
        return
    readout = assembly.readout
    more = len(readout.amplifiers) > 1
    its_gain = f"[e-/ADU] its gain, {'by pairs' if readout.measured else 'before all had one'}"
    if readout.subtracts:
        put(header, OVERSCAN, assembly.overscan, "how its overscan's level was told")
    put(header, COUNT_KEY, len(readout.amplifiers), "amplifiers that were put together")
    if readout.crosstalk:
        put(header, CROSSTALK, len(readout.crosstalk), "coefficients of crosstalk")
    for number, one in enumerate(readout.amplifiers if more else (), 1):
        (x, y), width, height = one.corner, one.width, one.height
        place = section_text((x, x + width, y, y + height))
        put(header, f"{PLACE}{number}", place, "what an amplifier read")
        put(header, f"{GAIN_KEY}{number}", one.gain, its_gain)
        put(header, f"{READ_NOISE}{number}", one.read_noise, "[e-] its read noise")
