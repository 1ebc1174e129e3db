"""What a file is that is no image of ours, in plain words, by the bytes that it begins with."""

from __future__ import annotations

#: How files begin -> what they are, as can follow "it is".
_KINDS = {
    b"\xff\xd8\xff": "a JPEG picture",
    b"\x89PNG": "a PNG picture",
    b"GIF8": "a GIF picture",
    b"II*\0": "a TIFF picture, or a camera's raw file under another name",
    b"MM\0*": "a TIFF picture, or a camera's raw file under another name",
    b"PK\x03\x04": "a ZIP file",
    b"\x1f\x9d": "a file that compress has packed",
    b"7z\xbc\xaf": "a 7z file",
    b"Rar!": "a RAR file",
    b"%PDF": "a PDF document",
    b"\x89HDF": "an HDF5 file",
    b"LUCAM-RE": "a SER film",
    b"<!DOCTYP": "a page of the web",
    b"<!doctyp": "a page of the web",
    b"<html": "a page of the web",
}
#: So many bytes tell it.
ENOUGH = 8


def told_by_beginning(start: bytes) -> str:
    """Say what a file is that begins so, as a clause.

    Parameters
    ----------
    start : bytes
        At least one; more than :data:`ENOUGH` tell no more.
    """
    start = start[:ENOUGH]
    for begin, what in _KINDS.items():
        if start.startswith(begin):
            return f"it is {what}"
    if not start.strip(b"\0"):
        return "it begins with zeros where its header should be; copy it again"
    text = start.decode("ascii", "replace")
    if text.isprintable() and "\ufffd" not in text:
        return f'it begins with the text "{text}"'
    return f"it begins with the bytes {start.hex(' ')}"
