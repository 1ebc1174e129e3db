"""Masters made earlier or elsewhere: what a file of a library is taken for."""

from __future__ import annotations

import os
import re
from dataclasses import replace

from plateworks.metadata.frame import Frame
from plateworks.metadata.imagenames import stem_of
from plateworks.metadata.kinds import KINDS

#: What the beginning of a file name says of a master whose header is silent, the longest first.
_NAMES = sorted(
    ((beginning, name) for name, kind in KINDS.items() for beginning in kind.files),
    key=lambda one: -len(one[0]),
)


def as_master(frame: Frame) -> Frame:
    """Return a file of the library as the master it is taken for.

    Whatever lies in a library was combined, also where its header still says ``Dark Frame``
    (PULSAR) or ``DARK`` (PixInsight).  Where the header does not say the kind, the name does:
    ``masterDark_…``, ``dark120s.fit``, ``flat_l.fit``.
    """
    kind = frame.kind
    if kind is None:
        stem = re.sub(r"[\s_-]", "", os.path.basename(frame.path).casefold())
        stem = stem.removeprefix("master")
        kind = next((kind for name, kind in _NAMES if stem.startswith(name)), None)
    return replace(frame, kind=kind, is_master=True)


def names_of_master(path: str) -> tuple[str, ...]:
    """Return all by which a master may be named in the configuration.

    That are its path, its file name, and the same without ending, alone and below its folder.
    """
    *_, folder, file = ["", *path.split("/")]
    stem = stem_of(file)
    return path, os.path.abspath(path), file, stem, f"{folder}/{stem}"
