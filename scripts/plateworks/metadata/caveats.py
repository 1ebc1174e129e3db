"""The cards by which a product warns of itself: read fast, for ten thousand of them."""

from __future__ import annotations

import os
from collections.abc import Collection

from plateworks.errors import FrameError, TroubleError
from plateworks.metadata import formats
from plateworks.metadata.hdus import FIRST_READ
from plateworks.metadata.values import Cards

#: Holds a sentence, or more than one.
CAVEAT = "PWWARN"
#: Marks a frame that was set aside while it was processed, with the reason.
FAILED = "PWFAIL"
#: Marks what lacks a frame for a reason that says nothing of what is in its file, and may pass.
PASSING = "PWRETRY"


def caveat_of(path: str | os.PathLike[str]) -> str:
    """Return what a product warns of; empty where it does not, or is not there."""
    return texts_of(path, CAVEAT)[0]


def is_to_retry(path: str | os.PathLike[str]) -> bool:
    """Whether a product lacks a frame that may be read another time: the next run makes it anew."""
    return texts_of(path, PASSING) != [""]


def texts_of(path: str | os.PathLike[str], *keywords: str) -> list[str]:
    """Return the texts of some cards of a product; empty where it lacks one, or is not there."""
    values = values_of(path, keywords)
    return [str(values.get(keyword) or "") for keyword in keywords]


def values_of(path: str | os.PathLike[str], keywords: Collection[str]) -> Cards:
    """Return some cards of a product, as far as it has them; none where it is not there."""
    try:
        with open(path, "rb") as file:
            start = file.read(FIRST_READ)
            form = formats.beginning(path, start)
            return {} if form is None else form.values(os.fspath(path), file, start, keywords)
    except (OSError, FrameError, TroubleError):
        return {}
