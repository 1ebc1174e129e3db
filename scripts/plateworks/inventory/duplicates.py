"""The same frame twice: copies, packed copies, links, one file by two spellings of its path.

Frames are suspected by what their headers say, and only then are their arrays read, once: a night
without copies costs nothing.  Of frames that are the same, the one whose header tells most takes
part; of those that tell as much, the one with the plainest path.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from plateworks.errors import FrameError
from plateworks.metadata.datadigest import DataDigest, digest_of_data
from plateworks.metadata.frame import Frame
from plateworks.metadata.packed import PACKED_SUFFIXES

#: In a day.
_MILLISECONDS = 86_400_000
#: What programs and people add to the name of a copy.
_COPY = re.compile(r"copy|kopie|copie|copia|backup|\(\d+\)|~$", re.IGNORECASE)
#: Begins the digest of a file that is reached by several paths and was not read.
_LINKED = "linked "
_PARTS = " "
#: The fields of a frame by which a copy with a changed header is told, and what people call them.
_TELLING = {
    "filter": "filter", "exposure": "exposure", "temp": "temperature", "gain": "gain",
    "offset": "offset", "camera": "camera", "telescope": "telescope",
}  # fmt: skip


def suspects(frames: Iterable[Frame], size_of: Callable[[str], int]) -> list[list[str]]:
    """Return the paths of frames whose headers say the same, two or more each time.

    Those of one moment, kind and size are, whatever else was changed in the header of a copy.  A
    frame without a date is suspected only beside files of the same size that say the same.

    Parameters
    ----------
    frames : iterable of Frame
    size_of : function
        Bytes of the file of a path.
    """
    moments: dict[tuple[bool, int], list[Frame]] = {}
    for frame in frames:
        dated = frame.mjd is not None
        number = size_of(frame.path) if frame.mjd is None else round(frame.mjd * _MILLISECONDS)
        moments.setdefault((dated, number), []).append(frame)
    alike: dict[tuple[object, ...], list[str]] = {}
    for moment, found in moments.items():
        for frame in found if len(found) > 1 else ():
            # Of a copy somebody may have changed the header, but hardly the moment.
            known: tuple[object, ...] = (
                moment, frame.kind, frame.is_master, frame.width, frame.height, frame.planes,
                frame.bitpix,
            )  # fmt: skip
            if not moment[0]:
                known += (frame.camera, frame.exposure, frame.filter, frame.temp)
            alike.setdefault(known, []).append(frame.path)
    return [paths for paths in alike.values() if len(paths) > 1]


def settle(paths: Sequence[str], known: Mapping[str, str | None]) -> dict[str, str]:
    """Return digests of suspects; those of the same frame are equal, and nobody else's are.

    Links to one file are told by the file itself.  Else the beginnings of the arrays are read, and
    all of those whose beginnings are equal.

    Parameters
    ----------
    paths : sequence of str
        Of one group of :func:`suspects`.
    known : mapping
        Path to a digest that an earlier call returned and that still holds.
    """
    files: dict[tuple[int, int], list[str]] = {}
    for path in paths:
        try:
            stat = os.stat(path)
        except OSError:
            continue
        files.setdefault((stat.st_dev, stat.st_ino), []).append(path)
    if len(files) == 1:
        return {path: f"{_LINKED}{min(paths)}" for path in paths}
    read = {file: _known(links, known) for file, links in files.items()}
    for file in (file for file, digest in read.items() if digest is None):
        read[file] = _read(files[file][0], whole=False)
    beginnings = Counter(digest.sample for digest in read.values() if digest is not None)
    for file, digest in read.items():
        if digest and digest.whole is None and beginnings[digest.sample] > 1:
            read[file] = _read(files[file][0], whole=True)
    told: dict[str, str] = {}
    for file, digest in read.items():
        links = files[file]
        if digest is not None and (digest.whole is not None or len(links) == 1):
            told |= dict.fromkeys(links, _PARTS.join(filter(None, digest)))
        elif len(links) > 1:  # like no other file, but the same under several paths
            told |= dict.fromkeys(links, f"{_LINKED}{min(links)}")
    return told


def _known(links: Iterable[str], known: Mapping[str, str | None]) -> DataDigest | None:
    """Return the digest that was read of one file under any of its paths."""
    texts = (known.get(path) or _LINKED for path in links)
    text = next((text for text in texts if not text.startswith(_LINKED)), None)
    return None if text is None else DataDigest(*text.split(_PARTS))


def _read(path: str, *, whole: bool) -> DataDigest | None:
    try:
        return digest_of_data(path, whole)
    except FrameError:  # whoever reads its pixels will say so
        return None


def same_frames(
    frames: Iterable[Frame], digests: Mapping[str, str], apart: Callable[[str], bool]
) -> dict[str, str]:
    """Return the path of each frame that is the same as another, and which it is, in words.

    Those words name the frame that takes part, and in what the two headers contradict each other.

    Parameters
    ----------
    frames : iterable of Frame
    digests : mapping
        Path of a suspect to its digest, from :func:`settle`.
    apart : function
        Whether a path belongs to a library: a master there is no copy of a raw frame.
    """
    same: dict[tuple[str, bool], list[Frame]] = {}
    for frame in frames:
        digest = digests.get(frame.path)
        if digest is not None and (digest.startswith(_LINKED) or _PARTS in digest):
            same.setdefault((digest, apart(frame.path)), []).append(frame)
    found: dict[str, str] = {}
    for alike in same.values():
        first, *others = sorted(alike, key=lambda one: (_untold(one), _plainness(one.path)))
        found |= {one.path: f"is the same frame as {_named(first, one)}" for one in others}
    return found


def _untold(frame: Frame) -> int:
    """Return how much of what tells setups apart no card of a frame tells."""
    return sum(getattr(frame, name) is None for name in _TELLING)


def _named(first: Frame, copy: Frame) -> str:
    said = {name: (getattr(first, name), getattr(copy, name)) for name in _TELLING}
    apart = [f"{_TELLING[name]} {one} there, {other} here" for name, (one, other) in said.items()
             if None not in (one, other) and one != other]  # fmt: skip
    return f"{first.path}, but its header was changed: {', '.join(apart)}" if apart else first.path


def _plainness(path: str) -> tuple[int, bool, bool, int, str]:
    folders, name = os.path.split(path)
    packed = name.lower().endswith((*PACKED_SUFFIXES, ".fz"))
    return folders.count(os.sep), packed, bool(_COPY.search(name)), len(path), path
