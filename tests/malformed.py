"""Malformed files, drawn by a seed: FITS, FITS in tiles, packed as a whole, XISF, YAML.

A mapping of damage names kinds, with functions that take a random generator and the bytes of a good
file, and return those of a bad one.  The same seed gives the same file.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from astropy.io import fits

Damage = Callable[[np.random.Generator, bytes], bytes]

CODECS = ("RICE_1", "GZIP_1", "GZIP_2", "HCOMPRESS_1", "PLIO_1")
_CARD, _BLOCK = 80, 2880


class Tiles(NamedTuple):
    """Where the parts of the extension of a file in tiles lie, bytes."""

    header: int
    table: int
    heap: int
    end: int


def in_tiles(pixels: np.ndarray, codec: str, checksum: bool = False, **cards: object) -> bytes:
    """Return a file of an image in tiles."""
    header = fits.Header()
    for key, value in cards.items():
        header[key.replace("_", "-")] = value
    shape = (16, pixels.shape[1]) if codec == "HCOMPRESS_1" else None
    image = fits.CompImageHDU(pixels, header, compression_type=codec, tile_shape=shape)
    stream = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), image]).writeto(stream, checksum=checksum)
    return stream.getvalue()


def parts_of(data: bytes) -> Tiles:
    """Return where the parts of the first extension lie."""
    with fits.open(io.BytesIO(data), disable_image_compression=True) as hdus:
        info, cards = hdus[1].fileinfo(), hdus[1].header
        heap = info["datLoc"] + cards["NAXIS1"] * cards["NAXIS2"]
        return Tiles(info["hdrLoc"], info["datLoc"], heap, heap + cards["PCOUNT"])


def with_card(data: bytes, keyword: str, value: str) -> bytes:
    """Return a file whose last card of a keyword has another value."""
    at = data.rfind(f"{keyword:8}=".encode())
    assert at % _CARD == 0, keyword
    return data[:at] + f"{keyword:8}= {value:>20}".ljust(_CARD).encode() + data[at + _CARD :]


def without_card(data: bytes, keyword: str) -> bytes:
    """Return a file without the last card of a keyword."""
    at = data.rfind(f"{keyword:8}=".encode())
    return data[:at] + b"COMMENT".ljust(_CARD) + data[at + _CARD :]


def flipped(rng: np.random.Generator, data: bytes, first: int, end: int, count: int = 1) -> bytes:
    """Return a file of which so many bits between two bytes are the other way round."""
    changed = bytearray(data)
    for _ in range(count):
        changed[int(rng.integers(first, end))] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def overwritten(data: bytes, first: int, content: bytes) -> bytes:
    return data[:first] + content + data[first + len(content) :]


def _descriptor(at: int, *numbers: int) -> Damage:
    """Replace length and place of one tile."""

    def damage(rng: np.random.Generator, data: bytes) -> bytes:
        there = parts_of(data)
        row = int(rng.integers((there.heap - there.table) // 8))
        content = b"".join(int(n).to_bytes(4, "big", signed=True) for n in numbers)
        return overwritten(data, there.table + row * 8 + at, content)

    return damage


def _card(keyword: str, *values: str) -> Damage:
    return lambda rng, data: with_card(data, keyword, str(rng.choice(values)))


def _in(part: Callable[[Tiles], tuple[int, int]], count: int = 1) -> Damage:
    return lambda rng, data: flipped(rng, data, *part(parts_of(data)), count=count)


def _truncated(rng: np.random.Generator, data: bytes) -> bytes:
    return data[: int(rng.integers(parts_of(data).header, parts_of(data).end))]


def _noise(rng: np.random.Generator, data: bytes) -> bytes:
    there = parts_of(data)
    return overwritten(data, there.heap, rng.bytes(there.end - there.heap))


def _bomb(rng: np.random.Generator, data: bytes) -> bytes:
    """Let the first tile hold what gzip unpacks to very much; other codecs find other damage."""
    there = parts_of(data)
    bomb = gzip.compress(bytes(1 << 26))[: there.end - there.heap]
    head = len(bomb).to_bytes(4, "big") + bytes(4)
    return overwritten(overwritten(data, there.heap, bomb), there.table, head)


#: Kinds of damage to a file in tiles.
TILES: Mapping[str, Damage] = {
    "truncated": _truncated,
    "a bit of the header": _in(lambda t: (t.header, t.table)),
    "a bit of the table": _in(lambda t: (t.table, t.heap)),
    "a bit of the heap": _in(lambda t: (t.heap, t.end)),
    "bits of the heap": _in(lambda t: (t.heap, t.end), count=20),
    "a heap of noise": _noise,
    "a heap of zeros": lambda rng, data: overwritten(
        data, parts_of(data).heap, bytes(parts_of(data).end - parts_of(data).heap)
    ),
    "an endless tile": _bomb,
    "a tile beyond the heap": _descriptor(4, 2**31 - 1),
    "a tile before the heap": _descriptor(4, -5000),
    "a tile of negative length": _descriptor(0, -1),
    "a tile of no length": _descriptor(0, 0),
    "a tile too long": _descriptor(0, 2**31 - 1),
    "another TFORM": _card(
        "TFORM1", "'1PD(10)'", "'1E      '", "'16A     '", "'1QB     '", "''", "5"
    ),
    "another TTYPE": _card("TTYPE1", "'OTHER   '", "''", "'ZSCALE  '"),
    "another TFIELDS": _card("TFIELDS", "0", "2", "900", "-1"),
    "no TFORM": lambda rng, data: without_card(data, "TFORM1"),
    "another PCOUNT": _card("PCOUNT", "-1", "0", "1", "99999999999", "'text'"),
    "no tiles": _card("NAXIS2", "0", "1", "-3"),
    "other rows": _card("NAXIS1", "0", "1", "4", "12", "4096"),
    "another ZCMPTYPE": _card("ZCMPTYPE", *(f"'{codec}'" for codec in CODECS), "'LZW'", "''", "7"),
    "no ZCMPTYPE": lambda rng, data: without_card(data, "ZCMPTYPE"),
    "tiles of another side": _card("ZTILE1", "0", "-4", "1", "7", "99999", "2147483648", "'a'"),
    "tiles of another height": _card("ZTILE2", "0", "-4", "7", "99999", "1.5"),
    "no ZTILE": lambda rng, data: without_card(data, "ZTILE2"),
    "another width": _card("ZNAXIS1", "0", "-1", "1", "79", "100", "262144", "999999999", "'a'"),
    "another height": _card("ZNAXIS2", "0", "-1", "1", "63", "65", "262144", "999999999"),
    "other axes": _card("ZNAXIS", "0", "1", "3", "999", "'a'"),
    "another ZBITPIX": _card("ZBITPIX", "8", "32", "64", "-32", "-64", "7", "'a'"),
}


def damaged_tiles(seed: int, pixels: np.ndarray, **cards: object) -> tuple[str, bytes]:
    """Return what was done to a file of an image in tiles, and the file; a seed gives one."""
    rng = np.random.default_rng(seed)
    kinds = sorted(TILES)
    kind, codec = kinds[seed % len(kinds)], CODECS[int(rng.integers(len(CODECS)))]
    good = in_tiles(pixels, codec, checksum=bool(rng.integers(2)), **cards)
    return f"{codec}: {kind}", TILES[kind](rng, good)


def plain(pixels: np.ndarray, checksum: bool = False, **cards: object) -> bytes:
    """Return a file of an image that is not packed, and has the cards BZERO and BSCALE."""
    header = fits.Header()
    for key, value in cards.items():
        header[key.replace("_", "-")] = value
    header["XZERO"], header["XSCALE"] = 0.0, 1.0
    stream = io.BytesIO()
    fits.PrimaryHDU(pixels, header).writeto(stream, checksum=checksum)
    data = stream.getvalue().replace(b"XZERO ", b"BZERO ")  # which astropy leaves out
    return data.replace(b"XSCALE ", b"BSCALE ")


def _cut(rng: np.random.Generator, data: bytes) -> bytes:
    return data[: int(rng.integers(len(data) - _BLOCK))]


def _swapped(rng: np.random.Generator, data: bytes) -> bytes:
    """Exchange two blocks, as a file system does that lost its way."""
    one, other = (int(rng.integers(len(data) // _BLOCK)) * _BLOCK for _ in range(2))
    return overwritten(
        overwritten(data, one, data[other : other + _BLOCK]), other, data[one : one + _BLOCK]
    )


_SIDES = ("-1", "0", "1", "79", "262144", "999999999999", "1.5", "'a'", "")

#: Kinds of damage to a plain file.
PLAIN: Mapping[str, Damage] = {
    "cut": _cut,
    "a bit of the header": lambda rng, data: flipped(rng, data, 0, _BLOCK),
    "bits of the header": lambda rng, data: flipped(rng, data, 0, _BLOCK, count=30),
    "a bit": lambda rng, data: flipped(rng, data, 0, len(data)),
    "blocks exchanged": _swapped,
    "a block of zeros": lambda rng, data: overwritten(
        data, int(rng.integers(len(data) // _BLOCK)) * _BLOCK, bytes(_BLOCK)
    ),
    "noise": lambda rng, data: data[: int(rng.integers(_BLOCK))] + rng.bytes(4 * _BLOCK),
    "no END": lambda rng, data: data.replace(b"END".ljust(_CARD), b"COMMENT".ljust(_CARD), 1),
    "another BITPIX": _card("BITPIX", "8", "32", "-32", "-64", "7", "'a'", "1E300"),
    "other axes": _card("NAXIS", "0", "1", "3", "999", "-2", "'a'"),
    "another width": _card("NAXIS1", *_SIDES),
    "another height": _card("NAXIS2", *_SIDES),
    "another BZERO": _card("BZERO", "'abc'", "NaN", "1E308", "32768", "-1E300"),
    "another BSCALE": _card("BSCALE", "'abc'", "NaN", "1E308", "0", "-1.0"),
}


def damaged_plain(seed: int, pixels: np.ndarray, **cards: object) -> tuple[str, bytes]:
    """Return what was done to a plain file, and the file; a seed gives one."""
    rng, kinds = np.random.default_rng(seed), sorted(PLAIN)
    kind = kinds[seed % len(kinds)]
    return kind, PLAIN[kind](rng, plain(pixels, bool(rng.integers(2)), **cards))


def _another_value(rng: np.random.Generator, data: bytes) -> bytes:
    """Give a card of FITS, of whatever header, another value."""
    values = (b"NaN", b"-1", b"1E300", b"'abc'", b"99999999999", b"T", b"0", b"", b"2.5")
    cards = [at for at in range(0, len(data), _CARD) if data[at + 8 : at + 10] == b"= "]
    value = values[int(rng.integers(len(values)))].rjust(20).ljust(_CARD - 10)
    return overwritten(data, int(rng.choice(cards)) + 10, value) if cards else data


def _some_noise(rng: np.random.Generator, data: bytes) -> bytes:
    first = int(rng.integers(len(data)))
    return overwritten(data, first, rng.bytes(200))[: len(data)]


#: Kinds of damage to a file of whatever form.
ANY: Mapping[str, Damage] = {
    "cut": lambda rng, data: data[: int(rng.integers(len(data)))],
    "bits": lambda rng, data: flipped(rng, data, 0, len(data), count=3),
    "a bit of the beginning": lambda rng, data: flipped(rng, data, 0, min(9000, len(data))),
    "another value": _another_value,
    "noise": _some_noise,
}


def damaged_file(rng: np.random.Generator, data: bytes) -> tuple[str, bytes]:
    """Return what was done to a file, and its bytes then."""
    kind = str(rng.choice(sorted(ANY)))
    return kind, ANY[kind](rng, data)


def packed(data: bytes, suffix: str) -> bytes:
    """Return a file packed as a whole, by the program that an ending tells."""
    if suffix == "zip":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.fits", data)
        return stream.getvalue()
    return {"gz": gzip, "bz2": bz2, "xz": lzma}[suffix].compress(data)


def with_dictionary(data: bytes, suffix: str, size: int) -> bytes:
    """Return a file packed by xz, or LZMA in zip, that asks for a dictionary of 2^n bytes.

    What packs it needs no such memory.
    """
    if suffix == "zip":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_LZMA) as archive:
            archive.writestr("a.fits", data)
        made = bytearray(stream.getvalue())
        first = 30 + len("a.fits") + 5
        made[first : first + 4] = size.to_bytes(4, "little")
        return bytes(made)
    made = bytearray(lzma.compress(data))
    header = slice(12, 12 + 4 * made[12])  # of the first block, but for its checksum
    made[16] = 2 * (size.bit_length() - 13)
    made[header.stop : header.stop + 4] = zlib.crc32(made[header]).to_bytes(4, "little")
    return bytes(made)


def gzip_of(data: bytes, behind: int) -> bytes:
    """Return a file packed by gzip, with so many zeros behind it: they take a thousandth."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts, piece = [packer.compress(data)], bytes(1 << 20)
    parts += [packer.compress(piece[: min(len(piece), behind - done)])
              for done in range(0, behind, len(piece))]  # fmt: skip
    return b"".join([*parts, packer.flush()])


def laughing_yaml(levels: int, width: int = 10, key: str = "raw") -> str:
    """Return some hundred bytes of YAML that are huge once their aliases are written out."""
    lines = [f"a0: &a0 [{', '.join(['x'] * width)}]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join([*lines, f"{key}: *a{levels - 1}", ""])
