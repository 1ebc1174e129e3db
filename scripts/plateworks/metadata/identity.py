"""Which camera, and in which mode: what makes frames comparable.

Keywords as data, and the functions that read those which need more than a look-up.  Which pixels of
the sensor, and behind which filter, is told by :mod:`plateworks.metadata.placecards` and
:mod:`plateworks.metadata.filtercards`.
"""

from __future__ import annotations

import re

from plateworks.metadata.bounds import believed
from plateworks.metadata.header import Header
from plateworks.metadata.quantities import parse_number
from plateworks.metadata.spelling import spelt
from plateworks.metadata.texts import known_text
from plateworks.metadata.values import Cards, number

#: Serial number of the camera.  CAMERAID: NINA; CAM-ID: Huntsman, POCS; the others: observatories.
SERIAL_KEYS = (
    "CAMERAID",
    *spelt(("CAM ID", "CAM SN", "CAM SER", "CAM SERNO", "CAMERA SN", "CAMERA ID", "CAMERA SERIAL",
            "CAM SERIAL", "SERIAL NO", "SERIAL NR", "SERIAL NUMBER", "SERIAL", "SER NO", "CAM UID",
            "DET SERNO", "CCD SERNO", "DET SER", "CCD SER", "CCD SERIAL", "CCD SN", "CCD ID",
            "DET ID", "CHIP ID", "SENSOR ID", "SENSOR SN", "SEN SERNO", "DEVICE ID", "HW ID",
            "INST SN", "INSTR SN")),
    "ESO DET CHIP1 ID",
)  # fmt: skip

#: Modes that drivers switch beside the readout mode; T/F, 0/1, a number or a word.  LOWNOISE,
#: FULLWELL: ToupTek and its brands; HCG, LCG, CONVGAIN: conversion gain; EMGAIN, PREAMP: Andor.
MODE_KEYS = spelt(
    ("LOW NOISE", "FULL WELL", "HIFULLWE", "HIGH WELL", "HIGH FULL WELL", "HFW", "HFW MODE",
     "HCG", "LCG", "HCG MODE", "CONV GAIN", "CONVERSION GAIN", "C GAIN", "CG MODE", "GAIN MODE",
     "HIGH GAIN", "HDR", "HDR MODE", "BIT MODE", "BIT DEPTH", "ADC", "ADC MODE", "ADC BITS",
     "AD CHAN", "PREAMP", "PREAMP GN", "PREAMP GAIN", "PRE A GAIN", "AMP GAIN", "AMP MODE",
     "AMP NAME", "AMPLIFIER", "OUT AMP", "OUTPUT AMP", "ANALOG GN", "ANA GAIN", "ANALOG GAIN",
     "EM GAIN", "EM REAL GN", "DIGI GAIN", "CAM MODE", "CAMERA MODE", "CCD MODE", "DET MODE",
     "SENS MODE", "SENSOR MODE", "QHY MODE", "CFG MODE", "XFER MODE", "READ SPD", "READ SPEED",
     "READOUT SPEED", "RD SPEED", "READ RATE", "READOUT RATE", "CCD SPEED", "HS SPEED",
     "VS SPEED", "H SHIFT", "PIX FREQ", "PIX SPEED", "PIX RATE", "BIN MODE", "BIN TYPE",
     "BIN METHOD", "GLOW RED", "AMP GLOW", "PEDEST LV")
)  # fmt: skip
#: The readout mode, as the program or the driver names it.
READOUT_KEYS = (
    "READOUTM",
    *spelt(("READOUT MODE", "READOUT", "READ MODE", "READ MOD", "READ MD", "RD MODE", "RDOUTM",
            "RO MODE")),
    "ESO DET READ CURNAME",
)  # fmt: skip
#: In masters of ours: all of these together, as :func:`read_mode` tells them.
MODE_KEY = "PWMODE"
#: The camera's gain setting; where the word is no number it is a mode.
GAIN_KEYS = (
    "GAIN", "CAM-GAIN", "ISO", "ISOSPEED",
    *spelt(("ISO SPEED", "ISO SPD", "CAM GAIN", "GAIN RAW", "GAIN SET", "CAMERA GAIN", "GAIN CAM",
            "CCD GAIN", "D GAIN", "GAIN DB", "DET GAIN")),
)  # fmt: skip

_GAINS = frozenset(GAIN_KEYS)
_MODES = frozenset((*MODE_KEYS, *GAIN_KEYS))
_SWITCHES = {
    **dict.fromkeys(("on", "true", "t", "yes"), "1"),
    **dict.fromkeys(("off", "false", "f", "no"), "0"),
}
_ISO = re.compile(r"\s*(?:iso[\s_-]*(\d+)|(\d+)\s*iso)\s*", re.IGNORECASE)


def read_gain(header: Header, notes: list[str]) -> float | None:
    """Return the gain setting: a number, also of a text such as ``ISO800``.

    Cameras that have an image for each amplifier write electrons per ADU there.
    """
    if header.parts:
        return None
    there = _GAINS.intersection(header.cards)
    for key in (key for key in GAIN_KEYS if key in there) if there else ():
        value = header.cards.get(key)
        iso = _ISO.fullmatch(value) if isinstance(value, str) else None
        found = float(iso[1] or iso[2]) if iso else parse_number(value)
        other = parse_number(header.repeated.get(key))
        if other is not None and found is not None and other != found:
            notes.append(f"{key} stands twice, {found:g} and {other:g}; neither is believed")
            return None
        if found == -1.0:  # what NINA and ASCOM write for "has none"
            continue
        if believed("gain", found, key, notes) is not None:
            return found
    return None


def bits_of(header: Header, stated: float | None) -> int | None:
    """Return the bits of the integers that the camera gave; of a product as it says itself."""
    if stated is not None:
        return int(stated)
    return header.bitpix if header.bitpix > 0 else None


def read_mode(cards: Cards) -> str | None:
    """Return how the driver's own modes were set, such as ``fullwell=0 lownoise=1``."""
    if MODE_KEY in cards:
        return known_text(cards[MODE_KEY])
    modes = {}
    for key in sorted(_MODES.intersection(cards)):
        value = cards[key]
        if key in _GAINS and (parse_number(value) is not None or _ISO.fullmatch(str(value))):
            continue
        word = _switch(value)
        if word is not None and word != "auto":
            modes[_plain(key)] = word
    return " ".join(f"{key}={word}" for key, word in sorted(modes.items())) or None


def _plain(key: str) -> str:
    return key.lower().replace("-", "").replace("_", "").replace(" ", "")


def other_modes(ours: str, theirs: str) -> list[tuple[str, str]]:
    """Return the settings, as ``hcg=1`` and ``hcg=0``, in which two texts of modes differ.

    What one of them does not name is not compared: programs write more or fewer of them.
    """
    mine, others = (
        {word.partition("=")[0]: word for word in text.split()} for text in (ours, theirs)
    )
    return [(mine[key], others[key]) for key in mine.keys() & others if mine[key] != others[key]]


def _switch(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    figure = number(value) if isinstance(value, int | float | str) else None
    if figure is not None:
        return f"{figure:g}"
    word = " ".join(str(value).lower().split())
    return _SWITCHES.get(word, word.replace(" ", "-")) if known_text(word) else None
