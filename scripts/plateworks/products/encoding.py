"""Images as the bytes of a FITS file: those that astropy writes, in a quarter of its time.

Astropy builds, checks and copies the header of every HDU several times over.  Here it is asked once
for the cards that describe an array of some type and size, and the others are joined to them.
Those that prove the data hold nothing yet: :mod:`plateworks.products.sums` fills them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from astropy.io import fits

from plateworks.metadata.hdus import BLOCK, CARD
from plateworks.metadata.header import EXTENSIONS
from plateworks.pixels.scaled import BLANK, LARGEST
from plateworks.products.sums import Piece, blank_sums, in_fits_order

#: Bytes that are turned into the order of FITS, added and written at a time.  They stay in the
#: processor's cache, and end where so many bytes of the file do: the system holds files in pages,
#: and one that comes in two parts takes it longer.  For larger parts it looks for larger pieces of
#: free memory, which are to be had only where much is free.
_PART = 1 << 17
#: Cards that say by how much stored integers are shifted; they stand behind the others.
_SHIFT = ("BSCALE  ", "BZERO   ")
_COMMENTARY = ("", "COMMENT", "HISTORY")


def primary_block(
    cards: Sequence[fits.Card], shape: tuple[int, ...] | None, dtype: str, extensions: int
) -> bytes:
    """Return the header of a primary HDU, padded to whole blocks.

    Parameters
    ----------
    cards : sequence of astropy.io.fits.Card
        Those that do not describe the array.
    shape : tuple of int or None
        Height and width; None where there is no array.
    dtype : str
        Name of the array's type: float32, or an integer type.
    extensions : int
        How many follow: a file that was cut between two of them looks whole else.
    """
    before, shift = _structure(shape, dtype, bool(extensions))
    proofs = blank_sums(with_digest=shape is not None)
    if extensions:
        proofs = str(fits.Card(EXTENSIONS, extensions, "extensions that follow")) + proofs
    end = len(cards)
    while end and cards[end - 1].keyword in _COMMENTARY:
        end -= 1
    texts = (*map(str, cards[:end]), shift, proofs, *map(str, cards[end:]))
    return padded(before + "".join(texts))


@lru_cache(maxsize=64)
def extension_block(
    name: str,
    shape: tuple[int, int],
    dtype: str,
    cards: tuple[tuple[str, Any, str], ...] = (),
    step: float | None = None,
) -> bytes:
    """Return the header of an image extension of that name, padded to whole blocks.

    An array that counts steps of a size says so.
    """
    header = fits.ImageHDU(_hollow(shape, dtype), header=fits.Header(cards), name=name).header
    if step is not None:  # astropy would take these out of the cards of an array
        header["BSCALE"] = step, "step of the values"
        header["BZERO"] = LARGEST * step, "value of 0"
        header["BLANK"] = BLANK, "no value"
    return padded("".join(map(str, header.cards)) + blank_sums())


def step_of(header: fits.Header) -> float | None:
    """Return the step that the pixels of an extension count, as we write it; else None."""
    step = header.get("BSCALE")
    if not step or (header["BITPIX"], header.get("BLANK")) != (16, BLANK):
        return None
    return step if math.isclose(header.get("BZERO", 0.0), LARGEST * step, rel_tol=1e-9) else None


def pixel_blocks(data: np.ndarray, start: int = 0) -> Iterator[Piece]:
    """Yield the pixels of a (H, W) array as FITS stores them, then the padding.

    Unsigned integers of more than eight bits are stored as signed ones, shifted by half their
    range (FITS standard 4.0, section 5.2.5).

    Parameters
    ----------
    data : array
    start : int
        Where in the file they begin: a multiple of eight bytes.
    """
    yield from map(Piece.of, _parts(data, start))
    yield Piece(bytes(-data.nbytes % BLOCK), 0)


def pixel_pieces(data: np.ndarray) -> Iterator[memoryview]:
    """Yield the bytes of the same without the padding."""
    yield from map(in_fits_order, _parts(data))


def _parts(data: np.ndarray, start: int = 0) -> Iterator[np.ndarray]:
    """Yield pixels as they are stored but for the order of their bytes, part by part."""
    flat = np.ascontiguousarray(data).reshape(-1)
    shifted = flat.dtype.kind == "u" and flat.itemsize > 1
    before, size = start % _PART // flat.itemsize, _PART // flat.itemsize
    for end in range(size - before, flat.size + size, size):
        part = flat[max(end - size, 0) : end]
        yield part ^ flat.dtype.type(1 << (8 * flat.itemsize - 1)) if shifted else part


@lru_cache(maxsize=64)
def _structure(shape: tuple[int, ...] | None, dtype: str, extended: bool) -> tuple[str, str]:
    """Return the cards of an array that lead a header, and those that follow the others."""
    hdus = fits.HDUList([fits.PrimaryHDU(None if shape is None else _hollow(shape, dtype))])
    if extended:
        hdus.append(fits.ImageHDU())
    else:
        del hdus[0].header["EXTEND"]  # astropy takes it out where nothing follows
    cards = [str(card) for card in hdus[0].header.cards]
    shift = [card for card in cards if card.startswith(_SHIFT)]
    return "".join(card for card in cards if card not in shift), "".join(shift)


def _hollow(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Return an array of that shape which takes no memory."""
    return np.broadcast_to(np.zeros((), dtype), shape)


def padded(cards: str) -> bytes:
    """Return a header of some cards, its end and whole blocks."""
    text = cards + "END".ljust(CARD)
    return text.ljust(-(-len(text) // BLOCK) * BLOCK).encode("ascii")
