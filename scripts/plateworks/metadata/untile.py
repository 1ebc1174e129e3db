"""Unpacking the tiles of one extension; run as a program, it does so from its input to its output.

    python untile.py HDU < frame.fits.fz > pixels

As a program it needs nothing of this package.  What stands in the table of a damaged file decides
how much memory unpacking takes, and whether it ends, so it is looked at first.
"""

from __future__ import annotations

import io
import math
import sys
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from astropy.io import fits

#: The status of the program where the file is at fault, and nothing else.
DAMAGED = 3
#: What the parameters of Rice can be.
_PARAMETERS = {"BLOCKSIZE": (16, 32, 64), "BYTEPIX": (1, 2, 4, 8)}
#: The widest pixels that a tile unpacks to, bytes.
_WIDEST = 8
#: gzip with its header and end, to zlib.
_GZIP = 16 + zlib.MAX_WBITS


def untiled(packed: bytes, hdu: int) -> np.ndarray:
    """Unpack the tiles of an extension; integers come without offset and factor.

    Parameters
    ----------
    packed : bytes
        The file.
    hdu : int
        Index of the extension.

    Raises
    ------
    Exception
        Whatever a wrong value leads to.
    """
    from astropy.io import fits

    stream = io.BytesIO(packed)
    with fits.open(stream, memmap=False, disable_image_compression=True) as hdus:
        _check(hdus[hdu])
    stream = io.BytesIO(packed)
    with fits.open(stream, memmap=False, do_not_scale_image_data=True, uint=False) as hdus:
        pixels: np.ndarray = hdus[hdu].data
    # In place: beside a large image there may be no room for another.
    big = pixels.dtype.newbyteorder(">")
    return pixels if pixels.dtype == big else pixels.byteswap(inplace=True).view(big)


def _check(table: fits.BinTableHDU) -> None:
    """Refuse what would hang a codec, or make it take memory without bound."""
    cards = table.header
    sides = [cards[f"ZNAXIS{axis}"] for axis in range(1, cards["ZNAXIS"] + 1)]
    usual = [sides[0], *(1 for _ in sides[1:])]
    tile = [cards.get(f"ZTILE{axis}", side) for axis, side in enumerate(usual, 1)]
    if not all(type(side) is int and side > 0 for side in tile):
        raise ValueError(f"they are of {' x '.join(map(str, tile))} pixels")
    count = math.prod(-(-side // part) for side, part in zip(sides, tile, strict=True))
    if cards["NAXIS2"] != count:
        raise ValueError(f"there are {cards['NAXIS2']} of {count}")
    for number in range(1, 1000):
        if f"ZNAME{number}" not in cards:
            break
        name, value = str(cards[f"ZNAME{number}"]).upper(), cards.get(f"ZVAL{number}")
        if name in _PARAMETERS and value not in _PARAMETERS[name]:
            raise ValueError(f"{name} is {value!r}")
    most = math.prod(map(min, sides, tile)) * _WIDEST
    gzipped = "COMPRESSED_DATA" if str(cards["ZCMPTYPE"]).startswith("GZIP") else ""
    for column in {gzipped, "GZIP_COMPRESSED_DATA"}.intersection(table.columns.names):
        for one in table.data[column]:
            _check_gzip(np.ascontiguousarray(one).tobytes(), most)


def _check_gzip(tile: bytes, most: int) -> None:
    """Refuse a tile that unpacks to more than `most` bytes, at the cost of unpacking it."""
    if not tile:
        return
    decoder = zlib.decompressobj(_GZIP)
    decoder.decompress(tile, most)
    if not decoder.eof and decoder.decompress(decoder.unconsumed_tail, 1):
        raise ValueError(f"one unpacks to more than the {most:,} bytes that it can have")
    if not decoder.eof or decoder.unused_data:
        raise ValueError("one does not end where it should")


def main() -> None:
    """Unpack standard input; end with :data:`DAMAGED` and a sentence for what is in it."""
    packed = sys.stdin.buffer.read()
    try:
        pixels = untiled(packed, int(sys.argv[1]))
    except (MemoryError, ImportError):
        raise
    except Exception as error:
        if getattr(error, "errno", None) is not None:  # the system's
            raise
        print(str(error) or type(error).__name__, file=sys.stderr)
        sys.exit(DAMAGED)
    sys.stdout.buffer.write(pixels.data)


if __name__ == "__main__":
    main()
