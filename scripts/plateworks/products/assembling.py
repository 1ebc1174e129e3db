"""Raw frames of amplifiers as they are read: put together into one picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from plateworks.errors import FrameError
from plateworks.metadata.amplifiers import Amplifier
from plateworks.metadata.cards import read_cards
from plateworks.metadata.datadigest import Digests, digest_beside, digest_of_parts
from plateworks.metadata.frame import Frame
from plateworks.metadata.sections import section_text
from plateworks.orders.frames import Assembly
from plateworks.pixels.arrays import Reals
from plateworks.pixels.evenness import even_share
from plateworks.pixels.statistics import quantum
from plateworks.products.amplifiersteps import AMPLIFIERS, Piece, Pieces, put_together
from plateworks.products.reading import FrameReader
from plateworks.products.reckoning import Reading
from plateworks.products.saturation import saturation_of
from plateworks.products.spooling import spooled

#: Rows that tell the step of the converter, and which values are even.
_ROWS = 64


class AssembledReader(FrameReader):
    """The picture that the amplifiers of one raw frame make, read as any other frame.

    It is put together once, and kept in a temporary file as what is unpacked is.

    Parameters
    ----------
    path : str
    assembly : Assembly

    Raises
    ------
    FrameError
        If the file is damaged, or has not the images that it is told to have.
    TroubleError
        If it cannot be read for a reason that may pass.
    """

    def __init__(self, path: str, assembly: Assembly):
        header = read_cards(path)
        images = {one.hdu: one for one in header.parts or (header,)}
        whole, readings, data = {}, {}, []
        for hdu, image in images.items():
            with FrameReader(path, image) as reader:
                whole[hdu], readings[hdu] = reader.read(), reader.reading
                data.append(reader.digest())
        pieces = []
        for one in assembly.readout.amplifiers:
            if one.hdu not in whole:
                raise FrameError(path, f"has no image in the HDU {one.hdu}")
            pieces.append(_piece(path, one, whole[one.hdu], readings[one.hdu], assembly))
        made = put_together(AMPLIFIERS, Pieces(assembly, pieces))
        if made.picture is None:
            raise ValueError("the recipe makes no picture")
        self.path, self.shape, self.dtype = path, made.picture.shape, made.picture.dtype
        self._stream, self._on_disk = spooled(path, made.picture), made.picture.dtype
        self._image, self._digest = header.image, digest_of_parts(data)
        first = readings[assembly.readout.images[0]]
        self.reading = first._replace(
            native=_widest([readings[hdu].native for hdu in assembly.readout.images]),
            ends=tuple(one.full for one in made.pieces),
            step=float(np.mean([one.step for one in made.pieces])),
            even=_even_share(pieces, [whole[one.amplifier.hdu] for one in pieces]),
            saturated=made.full,
            words=tuple(made.words),
        )


def _even_share(pieces: Sequence[Piece], images: Sequence[Reals]) -> float | None:
    """Return which part of the values of all amplifiers is even; None where one does not know."""
    found = []
    for piece, image in zip(pieces, images, strict=True):
        left, right, bottom, top = piece.amplifier.data
        rows = slice(bottom, top, max(1, (top - bottom) // _ROWS))
        found.append(even_share(image[rows, left:right], piece.step))
    known = [one for one in found if one is not None]
    return float(np.mean(known)) if known and len(known) == len(found) else None


def _widest(types: Sequence[np.dtype]) -> np.dtype:
    """Return the type that holds the numbers of all images; the widest that pixels come in."""
    found = np.result_type(*types)
    return found if found.kind != "i" or found.itemsize <= 4 else np.dtype(np.int32)


def digests_of(path: str) -> Digests:
    """Return digests of a raw frame, whose data are those of all its amplifiers.

    Raises
    ------
    FrameError, TroubleError
        As :class:`plateworks.products.reading.FrameReader`.
    """
    header, data = read_cards(path), []
    for image in header.parts or (header,):
        with FrameReader(path, image) as reader:
            data.append(reader.digest())
    return Digests(digest_of_parts(data), digest_beside(path, header.image))


def _piece(
    path: str, amplifier: Amplifier, whole: Reals, reading: Reading, assembly: Assembly
) -> Piece:
    """Return what one amplifier read, and from which level on it is saturated."""
    left, right, bottom, top = amplifier.data
    height, width = whole.shape
    if right > width or top > height:
        raise FrameError(
            path,
            f"is {width}x{height}, too small for an amplifier at {section_text(amplifier.data)}",
        )
    for strip in amplifier.bias:
        if not np.isfinite(whole[strip[2] : strip[3], strip[0] : strip[1]]).any():
            raise FrameError(
                path, f"has no values in the overscan of an amplifier, {section_text(strip)}"
            )
    lit = np.ascontiguousarray(whole[bottom:top, left:right])
    like = Frame(path, width, height, 16, saturation=amplifier.saturation)
    full = saturation_of(like, reading, assembly.saturation, lit)
    step = 0.0
    if whole.dtype.kind in "iu":
        step = float(quantum(lit[row : row + _ROWS] for row in range(0, len(lit), _ROWS)))
    return Piece(amplifier, whole, step, None if full is None else full.level)
