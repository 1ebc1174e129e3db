"""Texts from headers, files and devices, made safe for terminals, logs, tables and pages.

A terminal obeys control characters, which may change its title or what it has shown; a line break
makes a line of its own in a log; others turn the direction of what follows, or are not seen.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

#: Categories of Unicode: control characters, those that are not seen, ends of lines and paragraphs.
_UNSEEN = frozenset(("Cc", "Cf", "Zl", "Zp"))


def printable(text: str) -> str:
    r"""Return a text in which escapes stand for all that cannot be printed.

    A line break is ``\n``; a byte of a name that is no UTF-8 is like ``\xfc``.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def printable_lines(text: str) -> str:
    """Return the same of a text of several lines, which stay."""
    return text if text.isprintable() else "\n".join(map(printable, text.split("\n")))


def tell(text: str) -> None:
    """Say something at the terminal: lines of ours, with what others wrote in them."""
    print(fitted(text, sys.stderr), file=sys.stderr, flush=True)


def fitted(text: str, stream: TextIO) -> str:
    """Return a text of lines as a stream can show it: printable, and folded to its width."""
    lines = printable_lines(text).split("\n")
    return "\n".join(part for line in lines for part in folded(line, stream))


def folded(line: str, stream: TextIO) -> list[str]:
    """Return the parts of a line that is wider than a terminal, which parts no words.

    What goes on stands farther in.  Whoever reads no terminal gets lines whole.
    """
    try:
        width = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    except (OSError, ValueError):
        return [line]
    if not 0 < width < len(line):
        return [line]
    import textwrap

    inside = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(
        line, width, subsequent_indent=inside, break_long_words=False, break_on_hyphens=False
    )


@contextmanager
def printable_streams() -> Iterator[None]:
    """Have all that libraries and Python itself write to the terminal be printable meanwhile."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_Printable(stream) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def has_unseen(text: str) -> bool:
    """Whether a text has characters that are not seen, or that a terminal obeys."""
    return not text.isprintable() and any(unicodedata.category(c) in _UNSEEN for c in text)


def flaw_of_name(path: str) -> str:
    """Say why a file cannot be used for its name; an empty text if it can."""
    if path.isprintable():
        return ""
    if any("\ud800" <= c <= "\udfff" for c in path):
        return "its path is not written in UTF-8; rename the file or folder"
    if has_unseen(path):
        return (
            "its path holds a control character, such as a line break, or another that is not "
            "seen; rename the file or folder"
        )
    return ""


class _Printable:
    """A stream of text that writes what is printable to another."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(printable_lines(text))
        return len(text)

    def isatty(self) -> bool:
        return False  # colours are control characters too

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # Python keeps a byte that it cannot read so
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
