"""Paths as they are typed: with ``~`` for the home folder, or ``./`` for the working folder."""

from __future__ import annotations

import os
import re

#: What says nothing at the beginning of a path.  Snakemake takes ./name and name for two files.
_HERE = re.compile(r"^(?:\./+)+(?=[^/~])")

#: What may stand before a path that names files: a list of them, or exactly one.
MARKS = ("@", "=")


def plain_path(text: str) -> str:
    """Return a path as it goes by: ``~/raw`` by the home folder, ``./raw`` as ``raw``.

    A mark before it (:mod:`plateworks.inventory.sources`) stays.  What begins with the name of no
    user, such as ``~tilde.fits``, is a file of that name.
    """
    mark = text[:1] if text.startswith(MARKS) else ""
    return mark + _HERE.sub("", os.path.expanduser(text[len(mark) :]))
