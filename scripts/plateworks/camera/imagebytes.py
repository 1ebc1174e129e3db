"""The image over the wire: ImageBytes or JSON, checked before any memory is taken.

The form is that of the Alpaca API reference, chapter 8 (ImageBytes, metadata version 1): eleven
little-endian integers of four bytes, then the pixels with y running fastest.  alpyca's own download
holds the whole answer before it looks at it, knows no time limit and does not notice a missing end.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import requests
from urllib3.exceptions import HTTPError

from plateworks.camera.answers import in_a_line, in_alpaca_form
from plateworks.camera.connection import Link, briefly
from plateworks.camera.faults import CameraFailed, LostFrame
from plateworks.camera.transport import Allowance, Excess

#: ImageArrayElementTypes of the reference -> what numpy calls them; only whole numbers are raw.
ELEMENTS = {1: "<i2", 2: "<i4", 6: "u1", 8: "<u2", 9: "<u4"}
_FRACTIONS = {3: "double", 4: "single"}

_HEADER = struct.Struct("<11i")
_CHUNK = 1 << 18
#: The most bytes that a pixel takes in JSON ("-2147483648, "), and what stands around them all.
_JSON_PIXEL, _ENVELOPE = 13, 1 << 16
#: Metadata longer than this are none.
_LONGEST_START = 1 << 12


class BadImage(LostFrame):
    """What came is not the image; asking for it again may help."""


@dataclass(frozen=True, slots=True)
class _Metadata:
    error: int
    client: int
    server: int
    start: int
    transmitted: int
    rank: int
    shape: tuple[int, int, int]


def download_image(link: Link, width: int, height: int) -> np.ndarray:
    """Fetch the image that a camera has ready.

    Parameters
    ----------
    link : Link
        A camera.
    width, height : int
        The size that was asked for, in binned pixels; nothing else is accepted.

    Returns
    -------
    pixels : (height, width) integer array
        In the type of the wire, rows first: Alpaca's [x][y] order is turned.  JSON says at best
        that they are short; numbers come as int16 then, if they fit, else as int64.

    Raises
    ------
    BadImage
        If the transfer broke off or the answer is malformed or of another size.
    CameraFailed
        If the image is not raw: debayered or scaled by the driver.
    """
    limits, most = link.limits, _longest(width, height)
    allowance = Allowance(limits.request, limits.download, most + _ENVELOPE)
    try:
        with link.transport.allowing(allowance), _request(link) as response:
            body = _Body(response)
            if response.status_code != 200:
                raise BadImage(
                    f"The {link} answered ImageArray with HTTP status {response.status_code}."
                )
            if "imagebytes" in response.headers.get("Content-Type", "").lower():
                columns = _read_imagebytes(link, body, width, height)
            else:
                columns = _read_json(link, body, width, height)
    except (requests.RequestException, HTTPError, Excess) as error:
        raise BadImage(f"The image of the {link} broke off: {briefly(error)}.") from error
    except MemoryError as error:
        raise CameraFailed(
            f"There is no memory for an image of {width} by {height} pixels, as the {link} says "
            "that its own are. Close other programs, or bin."
        ) from error
    return np.ascontiguousarray(columns.T)


def _request(link: Link) -> requests.Response:
    return link.session.get(
        f"{link.url}/imagearray",
        params={"ClientID": 1, "ClientTransactionID": link.transport.transactions.next()},
        headers={"Accept": "application/imagebytes"},
        stream=True,
    )


class _Body:
    """The body of an answer, piece by piece."""

    def __init__(self, response: requests.Response):
        self._raw = response.raw
        self._rest = memoryview(b"")
        length = response.headers.get("Content-Length", "")
        self.length = int(length) if length.isdigit() else None

    def pieces(self) -> Iterator[memoryview]:
        """What is left of the body."""
        if self._rest:
            yield self._rest
            self._rest = memoryview(b"")
        while piece := self._raw.read1(_CHUNK):
            yield memoryview(piece)

    def take(self, count: int) -> bytes:
        """The next `count` bytes, fewer at the end."""
        taken = bytearray()
        for piece in self.pieces():
            wanted = count - len(taken)
            taken += piece[:wanted]
            if len(piece) >= wanted:
                self._rest = piece[wanted:]
                break
        return bytes(taken)

    def fill(self, target: memoryview) -> int:
        """Fill `target`; the count of bytes, one more than fits when more came."""
        filled = 0
        for piece in self.pieces():
            if filled + len(piece) > len(target):
                return len(target) + 1
            target[filled : filled + len(piece)] = piece
            filled += len(piece)
        return filled


def _read_imagebytes(link: Link, body: _Body, width: int, height: int) -> np.ndarray:
    """Pixels in the order of the wire, (width, height)."""
    head = body.take(_HEADER.size)
    if len(head) < _HEADER.size:
        raise BadImage(f"The image of the {link} ended after {len(head)} bytes, in its metadata.")
    meta = _parse_metadata(link, head)
    _check_numbers(link, meta.client, meta.server)
    if meta.error:
        _raise_error(link, meta.error, body.take(_ENVELOPE).decode("utf-8", "replace"))
    dtype = _check_metadata(link, meta, width, height)
    expected = width * height * dtype.itemsize
    if body.length is not None and body.length != meta.start + expected:
        raise BadImage(
            f"The {link} announced an image of {body.length} bytes, but its metadata promise "
            f"{meta.start + expected}."
        )
    body.take(meta.start - _HEADER.size)
    columns = np.empty((width, height), dtype)
    came = body.fill(columns.data.cast("B"))
    if came != expected:
        clause = f"{came} of {expected} bytes came" if came < expected else "more came than fits"
        raise BadImage(f"The image of the {link} is not whole: {clause}.")
    return columns


def _parse_metadata(link: Link, head: bytes) -> _Metadata:
    version, error, client, server, start, _, transmitted, rank, *shape = _HEADER.unpack(head)
    if version != 1:
        raise BadImage(f"The image of the {link} has metadata of version {version}, not 1.")
    if not _HEADER.size <= start <= _LONGEST_START:
        raise BadImage(f"The image of the {link} says that its pixels begin at byte {start}.")
    return _Metadata(error, client, server, start, transmitted, rank, tuple(shape))


def _check_numbers(link: Link, client: Any, server: Any) -> None:
    try:
        link.transport.transactions.check(client, server)
    except ValueError as error:
        raise BadImage(
            f"The image of the {link} is not the one that was asked for: {error}."
        ) from error


def _check_metadata(link: Link, meta: _Metadata, width: int, height: int) -> np.dtype:
    """The type of the pixels, if the metadata are those of the image that was asked for."""
    _check_rank(link, meta.rank)
    if meta.shape[:2] != (width, height):
        raise BadImage(
            f"The {link} sends an image of {meta.shape[0]} by {meta.shape[1]} pixels; "
            f"{width} by {height} were asked for."
        )
    if meta.transmitted in _FRACTIONS:
        raise CameraFailed(
            f"The {link} sends pixels as {_FRACTIONS[meta.transmitted]} precision fractions, not "
            "as the whole numbers of the sensor. Switch processing off in its driver."
        )
    if meta.transmitted not in ELEMENTS:
        raise BadImage(f"The {link} sends pixels of the unknown element type {meta.transmitted}.")
    return np.dtype(ELEMENTS[meta.transmitted])


def _check_rank(link: Link, rank: int) -> None:
    if rank == 3:
        raise CameraFailed(
            f"The {link} sends a debayered colour image of three planes. Calibration needs the raw "
            "pixels: choose the raw mode (RGGB, no debayering) in its driver."
        )
    if rank != 2:
        raise BadImage(f"The image of the {link} says that it has {rank} dimensions.")


def _longest(width: int, height: int) -> int:
    """The most bytes that an image has, in either form."""
    return width * height * _JSON_PIXEL + 2 * width + _ENVELOPE


def _read_json(link: Link, body: _Body, width: int, height: int) -> np.ndarray:
    """Pixels in the order of the wire, (width, height); servers without ImageBytes send text."""
    most = _longest(width, height)
    text = bytearray()
    for piece in body.pieces():
        text += piece
        if len(text) > most:
            raise BadImage(
                f"The {link} sends more text than an image of {width} by {height} pixels can have."
            )
    try:
        answer = in_alpaca_form(json.loads(text))
        numbers = (answer.get(f"{side}TransactionID") for side in ("Client", "Server"))
        _check_numbers(link, *numbers)
        if answer.get("ErrorNumber"):
            _raise_error(link, answer["ErrorNumber"], str(answer.get("ErrorMessage", "")))
        _check_rank(link, answer.get("Rank", 2))
        columns = np.asarray(answer["Value"])
        if answer.get("Type") == 1 and columns.dtype.kind == "i":
            columns = _short(columns)
    except (ValueError, KeyError, AttributeError, RecursionError) as error:
        raise BadImage(f"The image of the {link} is not readable as JSON: {error!r}") from error
    _check_rank(link, columns.ndim)
    if columns.shape != (width, height):
        raise BadImage(
            f"The {link} sends an image of {columns.shape[0]} by {columns.shape[1]} pixels; "
            f"{width} by {height} were asked for."
        )
    if columns.dtype.kind != "i":
        raise CameraFailed(f"The {link} sends pixels that are not whole numbers.")
    return columns


def _short(numbers: np.ndarray) -> np.ndarray:
    """Return numbers as int16, where they are such."""
    short = numbers.astype(np.int16)
    return short if np.array_equal(short, numbers) else numbers


def _raise_error(link: Link, number: int, message: str) -> None:
    raise BadImage(
        f"The {link} answered ImageArray with error 0x{number & 0xFFFF:X}: {in_a_line(message)}"
    )
