"""What headers leave out is taken from paths, where these say it plainly, with a note."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from plateworks.inventory.pathrules import below
from plateworks.metadata.frame import Frame

_T = TypeVar("_T")


def with_told(
    frames: Iterable[Frame],
    folders: Iterable[str],
    field: str,
    *,
    lacks: Callable[[Frame], bool],
    says: Callable[[str], tuple[_T, str] | None],
    in_words: Callable[[_T], str],
) -> tuple[list[Frame], dict[str, _T]]:
    """Give frames that lack something what their path says of it.

    Parameters
    ----------
    frames : iterable of Frame
    folders : iterable of str
        The raw folders: only their own names, and what lies below them, count.
    field : str
        What is lacking, as a field of a frame.
    lacks : callable
        Whether a frame lacks it, and its path may settle it.
    says : callable
        The value that such a part of a path says, and the word that says it; None if it says none.
    in_words : callable
        The value as the note names it.

    Returns
    -------
    frames : list of Frame
        In the same order.
    inferred : dict
        Path of a frame to the value that was taken from it.
    """
    folders = list(folders)
    told: list[Frame] = []
    inferred: dict[str, _T] = {}
    for frame in frames:
        found = says(told_part(frame.path, folders)) if lacks(frame) else None
        if found is not None:
            value, word = found
            note = f"the header does not say the {field}; {word!r} in its path says "
            inferred[frame.path] = value
            notes = (*frame.notes, note + in_words(value))
            frame = replace(frame, **{field: value}, notes=notes)  # type: ignore[arg-type]
        told.append(frame)
    return told, inferred


def told_part(path: str, folders: Iterable[str]) -> str:
    """Return the part of a path that a person named for the frames: from the raw folder on."""
    inside = below(path, folders)
    above = path.removesuffix(inside).rstrip(os.sep)
    return inside if inside == path else os.path.join(os.path.basename(above), inside)
