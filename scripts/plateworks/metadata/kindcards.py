"""What kind of frame a header says it holds, and whether it was combined from several.

Which cards of which programs and archives tell it, as data, and the one function that reads them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from plateworks.metadata.header import Header
from plateworks.metadata.kinds import KINDS
from plateworks.metadata.mastermarks import is_combined
from plateworks.metadata.texts import known_text
from plateworks.metadata.values import Cards, number

#: The kind of frame by its type text.
KIND_WORDS = {word: name for name, kind in KINDS.items() for word in kind.words.split()}


def slips(word: str) -> set[str]:
    """Return a word with two letters exchanged, one lost, or one doubled."""
    return {
        *(word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)),
        *(word[:i] + word[i + 1 :] for i in range(len(word))),
        *(word[:i] + word[i] + word[i:] for i in range(len(word))),
    } - {word}


#: Words round a type text that say "combined from several frames".  Astro Pixel Processor calls a
#: stack of lights just ``Integration``.
MASTER_WORDS = ("master", "integrated", "stacked", "super", "combined")
MASTER_KIND_WORDS = frozenset(("integration",))

#: The keyword that most programs give the kind in, and what they write when a letter of it is lost,
#: another, or doubled, or two are exchanged: no keyword of FITS is meant by any of these.
MAIN_KEY = "IMAGETYP"
MISSPELT_KEYS = frozenset(
    {slip[:8] for slip in slips(MAIN_KEY)} | {
        MAIN_KEY[:i] + letter + MAIN_KEY[i + 1 :]
        for i in range(len(MAIN_KEY)) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-"
    } | {
        "IMAGETYPE", "IMAGE_TYPE", "IMAGE-TYPE", "IMAGE TYPE", "IMGETYPE", "IMAG-TYP",
        "IMAGTYPE", "IMATYPE", "IMTYPE", "IMAGE-TY", "IMAGE_TY", "IMG-TYPE", "IMG_TYPE",
        "FRAMTYPE", "FRAMETY", "FRMTYPE", "OBS_TYPE", "OBSTPYE", "EXP-TYPE", "EXP_TYPE",
    }
) - {MAIN_KEY}  # fmt: skip

#: IMAGETYP: SBFITSEXT; FRAMETYP: OST; FRAME: INDI; OBSTYPE: LCO, NOIRLab, Gemini, AAO; ESO DPR
#: TYPE: ESO; DATA-TYP: Subaru; FLAVOR: SDSS; CCDTYPE, EXPTYPE, IMGTYPE, OBS-TYPE, OBJTYPE: smaller
#: observatories; CALFRAME, INTEGRAT: Astro Pixel Processor.
KIND_KEYS = (
    MAIN_KEY, "FRAMETYP", "FRAMETYPE", "FRAME", "OBSTYPE", "IMGTYPE", "IMGTYP", "ACQTYPE",
    "OBS-TYPE", "OBSTYP", "DATA-TYP", "CCDTYPE", "EXPTYPE", "EXPTYP", "FLAVOR", "OBJTYPE",
    "DPRTYPE", "ESO DPR TYPE", "CALFRAME", "INTEGRAT", *sorted(MISSPELT_KEYS),
)  # fmt: skip

#: The kind as a number: SBIG's own programs, and CCDSoft.
CODE_KEY, CODES = "PICTTYPE", {1: "light", 2: "bias", 3: "dark", 4: "flat"}

_RANKS = {key: rank for rank, key in enumerate(KIND_KEYS)}

#: Slips of the pen in the words that stand alone most often; the first letter is hardly ever lost.
_SLIPS = {
    slip: word
    for word in ("bias", "dark", "flat", "light")
    for slip in slips(word) - {word[1:]}
    if slip not in KIND_WORDS
}

#: Words beside that of a kind which say nothing of it, and what kind of flat there is.
_BESIDE = frozenset(
    ("frame", "frames", "image", "images", "img", "exposure", "exposures", "exp", "shot", "shots",
     "sub", "subs", "raw", "type", "series", "sequence", "calibration", "calib", "cal", "for", "of",
     "the", "single")
)  # fmt: skip
_OF_FLATS = frozenset(
    ("sky", "dome", "twilight", "lamp", "panel", "internal", "screen", "field", "dawn", "dusk",
     "evening", "morning", "led")
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
_QUANTITY = re.compile(r"#?\b\d+(?:[.,]\d+)?\s*(?:s|sec|secs|ms|min|c|k)?\b")

#: Keywords that may well stand for something else: a frame of coordinates, a number.
_LOOSE_KEYS = frozenset(("FRAME", "CALFRAME", "INTEGRAT", "FLAVOR", "OBJTYPE"))


class KindTold(NamedTuple):
    """What a header says of the kind of its frame."""

    kind: str | None  # a key of plateworks.metadata.kinds.KINDS
    is_master: bool
    doubt: str | None = None  # why no kind is believed, as a clause


def read_kind(header: Header, name: str, notes: list[str]) -> KindTold:
    """Read the kind of a frame, from all the cards that tell it.

    Where two of them say different kinds, neither is believed.

    Parameters
    ----------
    header : Header
    name : str
        That of the file: it may say that the frame is a master.
    notes : list of str
        Gets a sentence for a card that had to be read with indulgence.
    """
    cards = header.cards
    found: dict[str, str] = {}  # the kind -> the card that said so
    is_master, odd = False, ""
    for key in _told(cards):
        for value in (cards.get(key), header.repeated.get(key)):
            if known_text(value) is None:
                continue
            told = f"{key} = {value!r}"
            kind, combined, slip = _word(str(value))
            if kind is None:
                odd = odd or ("" if key in _LOOSE_KEYS else told)
                continue
            if slip or key in MISSPELT_KEYS:
                notes.append(f"{told} is taken for {MAIN_KEY} = {kind!r}")
            is_master |= combined
            found.setdefault(kind, told)
    code = _code(cards)
    if code is not None:
        found.setdefault(code, f"{CODE_KEY} = {cards[CODE_KEY]}")
    if "darkflat" in found:
        found.pop("dark", None)  # of a camera's driver, which knows no flat-darks
    if len(found) > 1:
        both = " and ".join(found.values())
        return KindTold(None, is_master, f"{both} contradict each other")
    kind = next(iter(found), None)
    is_master |= is_combined(header, kind, name)
    if kind is None and odd:
        notes.append(f"{odd} names no kind of frame known here")
        return KindTold(None, is_master, f"{odd} names no kind of frame known here")
    return KindTold(_by_object(cards, kind, found, notes), is_master)


def _by_object(
    cards: Cards, kind: str | None, found: dict[str, str], notes: list[str]
) -> str | None:
    """Return the kind that OBJECT names where no other card does; note where they disagree."""
    meant, _, slip = _word(str(cards.get("OBJECT") or ""))
    if meant in (None, "light", kind) or slip or (kind, meant) == ("darkflat", "dark"):
        return kind
    told = f"OBJECT = {cards['OBJECT']!r}"
    if kind is None:
        notes.append(f"no card tells the kind of frame; {told} is taken for it")
        return meant
    notes.append(f"{found[kind]}, but {told}; the first is believed")
    return kind


def _code(cards: Cards) -> str | None:
    """Return the kind that the card of numbers tells, by its number or by a word."""
    value = cards.get(CODE_KEY)
    if value is None:
        return None
    figure = number(value)
    return _word(str(value))[0] if figure is None else CODES.get(int(figure))


def _told(cards: Cards) -> list[str]:
    """Return the cards that tell the kind, in order of priority."""
    there = [key for key in cards if key in _RANKS]
    return there if len(there) < 2 else sorted(there, key=_RANKS.__getitem__)


@lru_cache(maxsize=1024)
def _word(text: str) -> tuple[str | None, bool, bool]:
    """Return the kind that a text names, whether of a master, and whether a letter had slipped."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()
    for part in (text, *re.split(r"[,;:/(]", text)[:1]):
        word = "".join(c for c in part if c not in " _-.")
        bare = word
        for mark in MASTER_WORDS:
            bare = bare.removeprefix(mark).removesuffix(mark)
        if bare in KIND_WORDS:
            return KIND_WORDS[bare], bare != word or bare in MASTER_KIND_WORDS, False
        slip = _SLIPS.get(bare.removesuffix("frame"))
        if slip is not None:
            return KIND_WORDS[slip], bare != word, True
        kind, combined = _among(part)
        if kind is not None:
            return kind, combined, False
    return None, False, False


def _among(text: str) -> tuple[str | None, bool]:
    """Return the kind that one of several words names, if none of them says anything else."""
    words = [word for word in _WORD.findall(_QUANTITY.sub(" ", text)) if word not in _BESIDE]
    bare = [word for word in words if word not in MASTER_WORDS]
    kinds = {KIND_WORDS.get(word) for word in bare if word not in _OF_FLATS}
    if kinds == {"dark", "flat"}:
        kinds = {"darkflat"}
    if len(kinds) != 1 or ("flat" not in kinds and len(bare) > len(set(bare) - _OF_FLATS)):
        return None, False
    return kinds.pop(), bare != words
