"""Texts from headers and names of files, made safe for terminals, tables and pages."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Return a text in which escapes stand for all that cannot be printed.

    A line break is ``\n``; a byte of a name that is no UTF-8 is like ``\xfc``.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def flaw_of_name(path: str) -> str:
    """Say why a file cannot be used for its name; an empty text if it can."""
    if path.isprintable():
        return ""
    if any("\ud800" <= c <= "\udfff" for c in path):
        return "its path is not written in UTF-8; rename the file or folder"
    if any(c < " " or "\x7f" <= c <= "\x9f" or c in "\u2028\u2029" for c in path):
        return "its path holds a control character, such as a line break; rename the file or folder"
    return ""


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # Python keeps a byte that it cannot read so
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
