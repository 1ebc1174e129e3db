"""What a path says of a frame where its header says nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from plateworks.metadata.frame import Frame


def apply_path_rules(
    frames: Iterable[Frame], rules: Iterable[Mapping], folders: Iterable[str]
) -> list[Frame]:
    """Fill unknown fields of `frames` from the first path rule that names them.

    Parameters
    ----------
    frames : iterable of Frame
    rules : iterable of mappings
        Each with ``match``, a pattern for the path below its raw folder (``*`` within a name,
        ``**`` across folders, upper and lower case alike), and ``set``, fields and their values.
    folders : iterable of str
        The raw folders, by which paths are made relative.

    Returns
    -------
    list of Frame
        In the same order.  What a header says is never changed.
    """
    compiled = [(_pattern(rule["match"]), rule["set"]) for rule in rules]
    roots = [folder.rstrip(os.sep) + os.sep for folder in folders]
    if not compiled:
        return list(frames)
    return [_filled(frame, compiled, roots) for frame in frames]


def _filled(frame: Frame, compiled: list, roots: list[str]) -> Frame:
    relative = next((frame.path[len(r) :] for r in roots if frame.path.startswith(r)), frame.path)
    news: dict = {}
    for pattern, values in compiled:
        if pattern.fullmatch(relative):
            for name, value in values.items():
                if getattr(frame, name) is None:
                    news.setdefault(name, value)
    return replace(frame, **news) if news else frame


def _pattern(glob: str) -> re.Pattern:
    """Turn ``a/**/b*.fits`` into a regular expression for a whole relative path."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob.replace(os.sep, "/"))
    words = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    return re.compile("".join(words.get(p) or re.escape(p) for p in parts), re.IGNORECASE)
