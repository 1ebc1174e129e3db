"""Single bits that are the other way round, in files of every form that carry a checksum."""

from __future__ import annotations

import hashlib
import io
import multiprocessing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import numpy as np
from astropy.io import fits

from headerfiles import write_xisf
from malformed import CODECS, in_tiles, packed
from plateworks.errors import FrameError
from plateworks.products.reading import FrameReader
from plateworks.products.xisfpacking import pack
from plateworks.settings.settings import Compression
from torture.trial import Trial, broken

_LIMIT_S = 60.0


def _fits(pixels: np.ndarray, folder: Path) -> bytes:
    stream = io.BytesIO()
    fits.PrimaryHDU(pixels).writeto(stream, checksum=True)
    return stream.getvalue()


def _tiles(codec: str) -> Callable[[np.ndarray, Path], bytes]:
    return lambda pixels, folder: in_tiles(pixels.astype(np.int16), codec, checksum=True)


def _xisf(codec: str) -> Callable[[np.ndarray, Path], bytes]:
    def written(pixels: np.ndarray, folder: Path) -> bytes:
        block, said = pack(pixels.astype("<f4"), codec)
        digest = hashlib.sha256(block).hexdigest()
        attributes = (
            f'geometry="64:64:1" sampleFormat="Float32" bounds="0:65535" compression="{said}" '
            f'checksum="sha-256:{digest}" location="attachment:{{position}}:{block.nbytes}"'
        )
        path = write_xisf(folder / "good.xisf", attributes, data=block.tobytes())
        return path.read_bytes()

    return written


def _whole(suffix: str) -> Callable[[np.ndarray, Path], bytes]:
    return lambda pixels, folder: packed(_fits(pixels, folder), suffix)


_FORMS: dict[str, tuple[str, Callable[[np.ndarray, Path], bytes]]] = {
    "FITS": (".fits", _fits),
    **{f"FITS in {suffix}": (f".fits.{suffix}", _whole(suffix))
       for suffix in ("gz", "bz2", "xz", "zip")},
    **{f"tiles by {codec}": (".fits.fz", _tiles(codec)) for codec in CODECS},
    **{f"XISF by {codec}": (".xisf", _xisf(codec)) for codec in get_args(Compression)},
}  # fmt: skip


def flipped_bits(folder: Path, rng: np.random.Generator, count: int) -> Iterator[Trial]:
    """Flip a bit of the data: the frame is refused, or has the same pixels."""
    pixels = rng.normal(1000, 20, (64, 64)).astype(np.uint16)
    forms = list(_FORMS)
    for number in range(count):
        form = forms[number % len(forms)]
        ending, written = _FORMS[form]
        data = bytearray(written(pixels, folder))
        # Before that is a header, which has a checksum of its own where the file is packed whole.
        start = 0 if form.startswith("FITS in") else len(data) // 2
        place, bit = int(rng.integers(start, len(data))), int(rng.integers(8))
        data[place] ^= 1 << bit
        path = folder / f"flipped{ending}"
        path.write_bytes(bytes(data))
        came = _read_apart(path, pixels)
        yield Trial(
            f"{form}: bit {bit} of byte {place} of {len(data)}", True,
            broken(named_or_the_same=came in ("refused", "same"), survived=came != "died"),
        )  # fmt: skip


def _read_apart(path: Path, pixels: np.ndarray) -> str:
    """Read in a process of its own, which a codec may abort."""
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=_read, args=(path, pixels, theirs))
    child.start()
    theirs.close()
    try:
        return str(ours.recv()) if ours.poll(_LIMIT_S) else "hung"
    except EOFError:
        return "died"
    finally:
        child.kill()
        child.join()


def _read(path: Path, pixels: np.ndarray, answer) -> None:
    try:
        with FrameReader(str(path)) as reader:
            same = np.array_equal(reader.read().astype(np.float32), pixels.astype(np.float32))
        answer.send("same" if same else "other pixels")
    except FrameError:
        answer.send("refused")
