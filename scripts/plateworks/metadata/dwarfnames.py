"""What the names of DWARF's own masters say, as the cards that their headers lack.

In ``CALI_FRAME`` and ``DWARF_DARK`` a header has nothing but the colours of the sensor, and the
name has all: ``dark_exp_30.000000_gain_60_bin_1_34C_stack_9.fits``, ``bias_gain_2_bin_1.fits``,
``flat_gain_2_bin_1_ir_0.fits``.
"""

from __future__ import annotations

import os
import re

from plateworks.metadata.header import Header
from plateworks.metadata.values import Cards

_NAME = re.compile(
    r"(?P<kind>dark|bias|flat)(?:_exp_(?P<exposure>\d+(?:\.\d+)?))?_gain_(?P<gain>\d+)"
    r"_bin_(?P<bin>\d)(?:_ir_\d)?(?:_(?P<temp>-?\d+)C)?(?:_stack_(?P<count>\d+))?\.fits?",
    re.IGNORECASE,
)
#: Columns, rows and colours of a sensor -> the telescope.
_CAMERAS = {
    (3856, 2180, "RGGB"): "DWARF 3",
    (3840, 2160, "RGGB"): "DWARF 3",
    (1920, 1080, "RGGB"): "DWARF mini",
    (1920, 1080, "GBRG"): "DWARFII",
    (3840, 2160, "GBRG"): "DWARFII",
}
#: Who has one of these needs no name of a file.
_TOLD = ("INSTRUME", "TELESCOP", "ORIGIN", "CREATOR", "SWCREATE", "IMAGETYP")


def with_name(path: str, header: Header) -> Header:
    """Give a header that says nothing the cards that the name of its file tells, with a note."""
    cards = header.cards
    if any(cards.get(key) is not None for key in _TOLD):
        return header
    name = os.path.basename(path)
    found = _NAME.fullmatch(name)
    camera = _CAMERAS.get((header.width, header.height, str(cards.get("BAYERPAT")).strip()))
    if found is None or camera is None:
        return header
    dark = found["kind"].lower() == "dark"
    told: Cards = {
        "INSTRUME": camera,
        "IMAGETYP": f"Master {found['kind'].title()}",
        "GAIN": int(found["gain"]),
        "XBINNING": int(found["bin"]),
        "YBINNING": int(found["bin"]),
    }
    if found["exposure"] and dark:
        told["EXPTIME"] = float(found["exposure"])
    if found["temp"]:
        told["DET-TEMP"] = int(found["temp"])
    if found["count"]:
        told["STACKCNT"] = int(found["count"])
    header.cards.update({key: value for key, value in told.items() if cards.get(key) is None})
    header.notes.append(f"its name tells what its header lacks: {', '.join(told)}")
    return header
