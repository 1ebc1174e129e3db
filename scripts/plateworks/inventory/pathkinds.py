"""What folders and names say plainly of the kind of frames whose headers say nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from plateworks.inventory.toldpaths import with_told
from plateworks.metadata.frame import Frame

#: A word of a folder or of a name -> the kind it stands for.
_WORDS = {
    word: kind
    for kind, words in {
        "bias": "bias biases biasframe biasframes biais",
        "dark": "dark darks darkframe darkframes dunkelbild dunkelbilder oscuros oscuras",
        "darkflat": "darkflat darkflats flatdark flatdarks",
        "flat": "flat flats flatframe flatframes flatfield flatfields skyflat skyflats domeflat "
        "domeflats plu flatfeld flatfelder",
        "light": "light lights lightframe lightframes",
    }.items()
    for word in words.split()
}
#: The same, of words that say so where they stand alone: ``offset50`` is a setting.
_ALONE = {
    word: kind
    for kind, words in {
        "bias": "zero zeros offset offsets",
        "dark": "noir noirs",
        "light": "science object objects brutes lichtbilder",
    }.items()
    for word in words.split()
}
#: Folders in which a Stellina or a Vespera keeps what it took of its target.
_VAONIS = re.compile(r"\d\d-images-[a-z-]+").fullmatch
_DIVIDED = re.compile(r"[^a-z]+")
_BOTH = re.compile(r"dark[\s_-]*flat|flat[\s_-]*dark")
#: Targets that have such a word in their names.
_TARGETS = re.compile(r"dark[\s_-]*(?:nebula|cloud|horse|star|shark|galaxy|doodad|wolf)")


def with_kinds_of_paths(
    frames: Iterable[Frame], folders: Iterable[str]
) -> tuple[list[Frame], dict[str, str]]:
    """Give frames of unknown kind the kind that their path says; see :func:`with_told`.

    A frame whose header contradicts itself keeps none: a folder does not settle that.
    """
    return with_told(
        frames,
        folders,
        "kind",
        lacks=lambda frame: frame.kind is None and frame.doubt is None,
        says=kind_of_path,
        in_words=str,
    )


def kind_of_path(relative: str) -> tuple[str, str] | None:
    """Return the kind that a path says, and the part that says it; None where it says none or two.

    The name of the file comes first, then the innermost folder.
    """
    *outer, name = relative.split(os.sep)
    for part in (name.partition(".")[0], *reversed(outer)):
        kinds = _kinds(part.casefold())
        if len(kinds) > 1:
            return None
        if kinds:
            return kinds.pop(), part
    return None


def _kinds(text: str) -> set[str]:
    if _BOTH.search(text):
        return {"darkflat"}
    if _VAONIS(text):
        return {"light"}
    words = [word for word in _DIVIDED.split(_TARGETS.sub("", text)) if word]
    if len(words) == 1 and words[0] in _ALONE and not _number_behind(words[0], text):
        return {_ALONE[words[0]]}
    return {_WORDS[word] for word in words if word in _WORDS}


def _number_behind(word: str, text: str) -> bool:
    """Whether a number of few digits follows at once, as that of a setting does."""
    return re.search(rf"{word}\d{{1,3}}(?!\d)", text) is not None
