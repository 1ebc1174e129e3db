"""Single bits that are the other way round, in files of every form that carry a checksum."""

from __future__ import annotations

import gzip
import io
import multiprocessing
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from astropy.io import fits

from plateworks.errors import FrameError
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from plateworks.products.reading import FrameReader
from torture.trial import Trial, broken

_LIMIT_S = 60.0


def _fits(pixels: np.ndarray, folder: Path) -> bytes:
    stream = io.BytesIO()
    fits.PrimaryHDU(pixels).writeto(stream, checksum=True)
    return stream.getvalue()


def _tiles(codec: str) -> Callable[[np.ndarray, Path], bytes]:
    def written(pixels: np.ndarray, folder: Path) -> bytes:
        stream = io.BytesIO()
        tiles = fits.CompImageHDU(pixels, compression_type=codec)
        fits.HDUList([fits.PrimaryHDU(), tiles]).writeto(stream, checksum=True)
        return stream.getvalue()

    return written


def _xisf(pixels: np.ndarray, folder: Path) -> bytes:
    path = folder / "good.xisf"
    write_image(path, Image(pixels.astype(np.float32), fits.Header()), "zlib")
    return path.read_bytes()


_FORMS: dict[str, tuple[str, Callable[[np.ndarray, Path], bytes]]] = {
    "FITS": (".fits", _fits),
    "gzip": (".fits.gz", lambda pixels, folder: gzip.compress(_fits(pixels, folder))),
    "Rice": (".fits.fz", _tiles("RICE_1")),
    "HCOMPRESS": (".fits.fz", _tiles("HCOMPRESS_1")),
    "GZIP tiles": (".fits.fz", _tiles("GZIP_2")),
    "XISF": (".xisf", _xisf),
}


def flipped_bits(folder: Path, rng: np.random.Generator, count: int) -> Iterator[Trial]:
    """Flip a bit of the data: the frame is refused, or has the same pixels."""
    pixels = rng.normal(1000, 20, (64, 64)).astype(np.uint16)
    forms = list(_FORMS)
    for number in range(count):
        form = forms[number % len(forms)]
        ending, written = _FORMS[form]
        data = bytearray(written(pixels, folder))
        start = len(data) // 2 if form != "gzip" else 30
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
