"""The marks that programs leave of what they did to a frame: cards, lines of HISTORY, names.

Data, and what reads one mark; :mod:`plateworks.metadata.processing` puts them together.
"""

from __future__ import annotations

import re
from functools import lru_cache

from plateworks.metadata.spelling import spelt
from plateworks.metadata.texts import known_text
from plateworks.metadata.values import Value, number

#: The steps, in the order in which they are done.  O: the level of the overscan is subtracted.
STEPS = {"O": "overscan", "B": "bias", "D": "dark", "F": "flat"}
#: It was worked on, and nothing says how.
UNSAID = "?"

# --- cards -----------------------------------------------------------------------------------

_NOUNS = {"DARK": "D", "DRK": "D", "BIAS": "B", "ZERO": "B", "FLAT": "F"}
_TAILS = ("SUB", "SUBT", "SUBTR", "CORR", "COR", "CORRECT", "APPL", "DONE", "CAL")
_HEADS = ("SUB", "USE", "CAL")
#: Ends and beginnings of keywords that name the master: programs of space telescopes name there
#: what is to be used.
_NAMING_TAILS = ("FILE", "NAME", "IMG", "IMAGE", "IM", "USED", "MAST", "MASTER")
_NAMING_HEADS = ("M", "MAST", "MASTER", "USED", "L1ID")


def _keys(tails: tuple[str, ...], heads: tuple[str, ...]) -> dict[str, str]:
    return {
        key: letter
        for noun, letter in _NOUNS.items()
        for key in spelt(
            (*(f"{noun} {tail}" for tail in tails), *(f"{head} {noun}" for head in heads))
        )
    }


#: Cards that are there, and say no such word, where the step was done.
STEP_CARDS = {
    **_keys(_TAILS, _HEADS),
    # IRAF (ccdproc): the date and the image used; HST: PERFORM before, COMPLETE after
    "OVERSCAN": "O", "ILLUMCOR": "F",
    # ccdproc of astropy
    "SUBOSCAN": "O",
    # BANZAI
    "L1STATOV": "O", "L1STATBI": "B", "L1STATDA": "D", "L1STATFL": "F",
    # cameras that take a dark by themselves, and others
    "AUTODARK": "D", "INCAMDRK": "D", "FLATDIV": "F", "FLATTED": "F",
}  # fmt: skip
del STEP_CARDS["BIASSUB"]  # a card of ours, which may be false of a master
#: Cards that name the master that was used.
NAMING_CARDS = _keys(_NAMING_TAILS, _NAMING_HEADS)
#: Cards that say that a frame was worked on, and not how: a number above zero, true, or a word.
#: CCDPROC: IRAF; RLEVEL: LCO; PROCTYPE: NOIRLab; ESO PRO: ESO.
WHOLE_CARDS = frozenset(
    ("CCDPROC", "RLEVEL", "PROCTYPE", "ESO PRO CATG", "ESO PRO TYPE", "PREPROC",
     *spelt(("REDUCED", "CALIBRATED", "PROCESSED", "PROCESSD", "IS CALIB", "IS REDUCED",
             "RED LEVEL", "PROC LEVL", "PROC LEVEL", "PROC STAT", "CALIB")))
)  # fmt: skip
UNIT_KEY = "BUNIT"
#: Units in which no camera counts.
_NO_CAMERAS_UNIT = re.compile(
    r"electron|^\s*e-?(?:$|[\s/])|photo-?e|/\s*s\b|/\s*sec|s\^?-1|jy|jansky|erg|mag|nanomagg", re.I
)

#: Words by which a card says that nothing was done.
_NOT_DONE = frozenset(
    ("", "f", "false", "n", "no", "0", "none", "n/a", "na", "omit", "omitted", "perform", "skipped",
     "not done", "undefined", "unknown", "off", "raw", "null", "-")
)  # fmt: skip

#: Cards that tell the steps by letters or words.  CALSTAT: MaxIm DL, ASTAP, ours.
LETTER_KEYS = (
    "CALSTAT",
    *spelt(("CAL STATUS", "CAL STATE", "CAL MODE", "REDUCTN", "REDUCTION", "IMAGE REDUCTION",
            "IMG REDUC", "REDUC MODE")),
)  # fmt: skip
#: Words in the place of letters, in the card that holds these.
_LETTERS = {
    **dict.fromkeys(("BIAS", "ZERO"), "B"), "DARK": "D", "DARKS": "D", "AUTODARK": "D",
    **dict.fromkeys(("FLAT", "FLATS", "FLATFIELD"), "F"), "OVERSCAN": "O",
    **dict.fromkeys(("CALIBRATED", "REDUCED", "PROCESSED", "YES", "TRUE", "FULL", "ALL"), UNSAID),
    **dict.fromkeys(("NONE", "NO", "RAW", "NOT", "UNCALIBRATED", "UNKNOWN", "FALSE", "NULL", "NA",
                     "AND", "FIELD", "FRAME", "MASTER", "SUBTRACTED", "CORRECTED"), ""),
}  # fmt: skip
#: No letters that stand for steps, but a word that is not known.
_A_WORD = re.compile(r"[AEIUYJKQVWXHP]")


def letters_of(stated: Value) -> str:
    """Return the steps that a card of letters or words tells, such as ``BDF`` or ``Bias, Dark``."""
    told = ""
    for word in re.findall(r"[A-Z]+", str(stated or "").upper()):
        if word in _LETTERS:
            told += _LETTERS[word]
        elif not _A_WORD.search(word):
            told += "".join(letter for letter in word if letter in STEPS)
    return told


def is_done(value: Value) -> bool:
    """Whether a card says that its step was done."""
    if value is None or value is False:
        return False
    figure = number(value)
    return figure >= 1.0 if figure is not None else str(value).strip().lower() not in _NOT_DONE


def is_worked_unit(value: Value) -> bool:
    """Whether a unit is none in which a camera counts, such as electrons or ADU a second."""
    text = known_text(value)
    return text is not None and _NO_CAMERAS_UNIT.search(text) is not None


# --- lines of HISTORY ------------------------------------------------------------------------

_DONE = (
    r"[\s_-]*(?:(?:frame|level|image|master|current)s?[\s_-]*)?(?:(?:is|was|were|has been)\s+)?"
    r"(?:level\s+)?(?:subtract|soustra|correct|remov|applied|divided|division|calibrat)"
)
_OF = r"\s+(?:(?:the|a|an|with|by|from|for|of|master|super|normali[sz]ed)\s+)*"
_FLAT = r"flat(?:[\s_-]*field(?:ing)?)?"
#: MaxIm DL, AstroImageJ, CCDOPS and CCDSoft, PixInsight, IRAF and scripts of many hands.
_LINES = tuple(
    (re.compile(pattern, re.IGNORECASE), letter)
    for pattern, letter in (
        (rf"\b(?:bias|zero){_DONE}", "B"),
        (rf"\b(?:subtract\w*|remov\w*|correct\w*\s+for){_OF}(?:bias|zero(?:\s+level))\b", "B"),
        (rf"(?:\b|auto|master)(?:dark|noir){_DONE}", "D"),
        (rf"\b(?:subtract\w*|remov\w*|correct\w*\s+for){_OF}dark\b(?!\s*(?:sky|site|nebula))", "D"),
        (r"\bauto[\s_-]*dark\b", "D"),
        (rf"\b{_FLAT}{_DONE}", "F"),
        (rf"\b(?:divi\w*|correct\w*|calibrat\w*){_OF}flat", "F"),
        (r"^\s*flat[\s-]*(?:field\s*\(|fielded)", "F"),
        (r"ImageCalibration\.masterBias(?:\.enabled|Enabled)\s*[:=]\s*true", "B"),
        (r"ImageCalibration\.masterDark(?:\.enabled|Enabled)\s*[:=]\s*true", "D"),
        (r"ImageCalibration\.masterFlat(?:\.enabled|Enabled)\s*[:=]\s*true", "F"),
    )
)
#: Lines by programs that calibrate, and do not say in that line what they did.
_WHOLE = re.compile(
    r"\b(?:ImageCalibration|CosmeticCorrection|Debayer|StarAlignment|LocalNormalization)\b"
    r"|\b(?:calibrated|pre-?processed|debiased|flat-?fielded)\b"
    r"|\bprocessed\b.*\b(?:bias|dark|flat)|\b(?:zerocor|darkcor|flatcor|imarith)\b"
    r"|\bsiril\b.*calibrat|calibrat.*\bsiril\b|\bimage reduction\b",
    re.IGNORECASE,
)
#: Other things are calibrated too.
_OTHERS = re.compile(
    r"wcs|astrometr|plate|solv|photometr|focus|guid|flux|wavelength|temperature|pointing|mount"
    r"|uncalibrated|\bnot\b",
    re.IGNORECASE,
)
#: A line that says: not.
_DENIED = re.compile(
    r"\b(?:no|not|without|never|non)[\s-]+(?:\w+[\s-]+)?(?:bias|zero|dark|flat|calibrat)"
    r"|[:=]\s*(?:none|no|off|false|disabled|skipped|n/?a|0)\s*$",
    re.IGNORECASE,
)
#: A line without any of these needs no closer look: solved frames have hundreds.
_WORTH_A_LOOK = re.compile(
    r"bias|zero|dark|noir|flat|calib|proces|debay|cosmetic|alignment|normaliz|imarith|reduction",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def steps_of_line(line: str) -> str:
    """Return the steps that a line of HISTORY tells: letters, ``?``, or nothing."""
    if not _WORTH_A_LOOK.search(line) or _DENIED.search(line):
        return ""
    told = {letter for pattern, letter in _LINES if pattern.search(line)}
    if told:
        return "".join(letter for letter in STEPS if letter in told)
    return UNSAID if _WHOLE.search(line) and not _OTHERS.search(line) else ""


# --- names -----------------------------------------------------------------------------------

#: Siril's names of what it calibrated, and then registered, resampled, or took the gradient from.
SIRIL_NAME = re.compile(r"^(?:r_|bkg_|cosme_|debayer_)*pp_", re.IGNORECASE)
#: iTelescope and others; BANZAI.
DONE_NAME = re.compile(
    r"(?:^|[\s_.-])(?:calibrated|reduced|pre-?processed|flat-?fielded|debiased"
    r"|(?:dark|bias)-?sub(?:tracted)?)(?=[\s_.-])|-e9\d(?=[._-])",
    re.IGNORECASE,
)
#: PixInsight's, of what is in floating point.
PIXINSIGHT_NAME = re.compile(r"_c(?:_cc)?(?:_d)?(?:_r)?(?:_n)?\.(?:xisf|fits?)$", re.IGNORECASE)
