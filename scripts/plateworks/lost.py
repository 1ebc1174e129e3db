"""Files that were there when a run was planned, and were not when a job came to read them.

What is made without them is complete for Snakemake.  So that it is made again when they are back,
as they were, the job leaves a note of each, and jobs on that file are others from then on.
"""

from __future__ import annotations

import os
from contextlib import suppress

from plateworks.digests import digest_of
from plateworks.files import atomic


def note_lost(folder: str, path: str) -> None:
    """Note that a file was not there."""
    with atomic(os.path.join(folder, _name(path)), "w") as stream:
        stream.write(os.urandom(8).hex())


def lost_before(folder: str) -> bool:
    """Whether there is any note."""
    return os.path.isdir(folder)


def note_on(folder: str, path: str) -> str:
    """Return the last note on a file, which is like no other; an empty text if there is none."""
    with suppress(OSError), open(os.path.join(folder, _name(path)), encoding="ascii") as stream:
        return stream.read()
    return ""


def _name(path: str) -> str:
    return digest_of(path=path)
