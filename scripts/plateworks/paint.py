"""Colours at a terminal that has them: they say nothing that words do not say as well."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from plateworks.printable import folded, printable_lines

_BOLD, _YELLOW, _PLAIN = "\x1b[1m", "\x1b[1;33m", "\x1b[0m"
#: How lines begin that somebody should look at.
_TO_LOOK_AT = (
    "Needs a look", "Set aside", "Could not be read", "Please note", "  refused: ", "Changed since",
)  # fmt: skip


def show(text: str, *, colours: bool) -> None:
    """Say something at the terminal: headings bold, and those of what needs a look yellow.

    Parameters
    ----------
    text : str
        Lines of ours, with what others wrote in them; of that nothing is a control character.
    colours : bool
        Whether they are wanted; ``NO_COLOR``, a file and a terminal without them have none.
    """
    colours = colours and _has_colours(sys.stderr)
    for line in printable_lines(text).split("\n"):
        for part in folded(line, sys.stderr):
            print(_painted(part, line) if colours else part, file=sys.stderr)
    sys.stderr.flush()


def _has_colours(stream: TextIO) -> bool:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
    return stream.isatty() and not plain


def _painted(part: str, line: str) -> str:
    """Paint a part of a line, or all of it, as what the line begins with tells."""
    if line.startswith(_TO_LOOK_AT):
        return f"{_YELLOW}{part}{_PLAIN}"
    return f"{_BOLD}{part}{_PLAIN}" if line and not line.startswith(" ") else part
