"""Files that unpack to too much are refused, and none takes more than twice its frame."""

import lzma
import os
import resource
import subprocess
import sys
from typing import get_args

import numpy as np
import pytest
import zstandard
from astropy.io import fits

import malformed
from frames import ROOT
from headerfiles import write_xisf
from plateworks.errors import FrameError
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from plateworks.products.reading import FrameReader
from plateworks.settings.settings import Compression

PIXELS = np.random.default_rng(7).integers(500, 900, (64, 80)).astype(np.int16)


def read(path):
    with FrameReader(str(path)) as reader:
        return reader.read()


def plain(path, **how):
    fits.writeto(path, PIXELS, **how)
    return path


MEASURE = """
import re, sys
from pathlib import Path
from plateworks.products.reading import FrameReader
import astropy.io.fits, plateworks.metadata.tiles, plateworks.metadata.xisf_pixels, xxhash
import lz4.block, zstandard
def most():  # of this program: rusage counts what was there before it, too
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before = most()
try:
    with FrameReader(sys.argv[1]) as reader:
        reader.rows(0, 1)
    print("read")
except Exception as error:
    print(type(error).__name__, error)
print(most() - before)
"""


def told(path):
    """Read a frame in a process of its own; return what it says, and the megabytes it took."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)],
        capture_output=True, text=True, check=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts")},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30)),
    )  # fmt: skip
    words, kilobytes = done.stdout.rstrip().rsplit("\n", 1)
    return words, int(kilobytes) / 1024


def test_a_small_gzip_file_with_very_much_behind_its_frame_is_refused_in_little_memory(tmp_path):
    raw = tmp_path / "a.fits.gz"
    raw.write_bytes(malformed.gzip_of(plain(tmp_path / "a.fits").read_bytes(), 1 << 28))
    assert raw.stat().st_size < 1 << 20
    words, megabytes = told(raw)
    assert words.startswith("FrameError")
    assert "unpacks to far more than" in words
    assert megabytes < 16


@pytest.mark.parametrize("codec", ["GZIP_1", "GZIP_2", "RICE_1"])
def test_a_tile_that_unpacks_to_very_much_is_refused_in_little_memory(tmp_path, codec):
    raw = tmp_path / "a.fits.fz"
    data = malformed.in_tiles(np.zeros((512, 512), np.int16) + 5, codec)
    raw.write_bytes(malformed.TILES["an endless tile"](np.random.default_rng(0), data))
    words, megabytes = told(raw)
    assert words.startswith("FrameError")
    assert megabytes < 16


@pytest.mark.parametrize("keyword", ["ZNAXIS1", "ZNAXIS2"])
def test_tiles_that_promise_an_image_that_they_cannot_hold_are_refused(tmp_path, keyword):
    raw = tmp_path / "a.fits.fz"
    data = malformed.with_card(malformed.in_tiles(PIXELS, "RICE_1"), keyword, "262144")
    raw.write_bytes(malformed.with_card(data, "ZNAXIS1", "262144"))
    words, megabytes = told(raw)
    assert words.startswith("FrameError")
    assert megabytes < 16


#: What modules take that are loaded while a frame is read, and pieces of it.
FOR_MODULES_MB = 4


@pytest.mark.parametrize("suffix", ["xz", "zip"])
@pytest.mark.parametrize("dictionary_mb", [64, 1024])
def test_a_dictionary_larger_than_that_of_xz_9_is_refused_before_it_fills_the_memory(
    tmp_path, suffix, dictionary_mb
):
    data = plain(tmp_path / "a.fits").read_bytes()
    raw = tmp_path / f"b.fits.{suffix}"
    raw.write_bytes(malformed.with_dictionary(data, suffix, dictionary_mb << 20))
    words, megabytes = told(raw)
    if dictionary_mb == 64:
        assert words == "read"
    else:
        assert "b.fits" in words and "pack it again, with xz -9 or less" in words
    assert megabytes < 16


@pytest.mark.parametrize("between", [b"", bytes(8), bytes(1 << 16)])
@pytest.mark.parametrize("behind", [b"", b"no stream"])
def test_a_frame_in_several_streams_of_xz_is_read_as_one(tmp_path, between, behind):
    data = plain(tmp_path / "a.fits").read_bytes()
    streams = between.join(
        lzma.compress(part) for part in (data[:2000], data[2000:5000], data[5000:])
    )
    raw = tmp_path / "b.fits.xz"
    raw.write_bytes(streams + behind)
    assert np.array_equal(read(raw), PIXELS)
    raw.write_bytes(streams[:-40])
    with pytest.raises(FrameError, match="breaks off"):
        read(raw)


def room_of(path, pixels):
    """Return twice the pixels and what is packed of them, megabytes, and a little for modules."""
    return (2 * pixels.nbytes + path.stat().st_size) / 2**20 + FOR_MODULES_MB


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
@pytest.mark.parametrize("compression", get_args(Compression))
def test_a_packed_xisf_frame_takes_no_more_memory_than_twice_its_pixels(
    tmp_path, compression, dtype
):
    pixels = np.full((2048, 2048), 1000, dtype)
    pixels[::2] = np.random.default_rng(1).integers(900, 1100, (1024, 2048))
    write_image(tmp_path / "a.xisf", Image(pixels, fits.Header()), compression)
    assert "compression=" in (tmp_path / "a.xisf").read_bytes()[:4000].decode("latin-1")
    words, megabytes = told(tmp_path / "a.xisf")
    assert words == "read"
    assert megabytes < 2 * pixels.nbytes / 2**20 + FOR_MODULES_MB


@pytest.mark.parametrize("window", [23, 27])
def test_the_window_of_zstandard_takes_no_more_memory_than_the_image(tmp_path, window):
    pixels = np.random.default_rng(1).integers(900, 1100, (2048, 2048)).astype(np.uint16)
    how = zstandard.ZstdCompressionParameters(
        window_log=window, write_content_size=False, compression_level=1
    )
    packed = zstandard.ZstdCompressor(compression_params=how).compressobj()
    data = packed.compress(pixels.tobytes()) + packed.flush()
    raw = write_xisf(
        tmp_path / "a.xisf",
        f'geometry="2048:2048:1" sampleFormat="UInt16" compression="zstd:{pixels.nbytes}" '
        f'location="attachment:{{position}}:{len(data)}"',
        data=data,
    )
    words, megabytes = told(raw)
    assert megabytes < 2 * pixels.nbytes / 2**20 + FOR_MODULES_MB
    assert (words == "read") == (window == 23), words


@pytest.mark.parametrize(
    "form", ["fits", "fits.gz", "fits.bz2", "fits.xz", "fits.zip", "fits.fz", "xisf"]
)
def test_a_frame_takes_no_more_memory_than_twice_its_size(tmp_path, form):
    pixels = np.random.default_rng(1).integers(900, 1100, (2048, 2048)).astype(np.uint16)
    raw = tmp_path / f"a.{form}"
    if form == "xisf":
        block = pixels.astype("<u2").tobytes()
        write_xisf(
            raw,
            'geometry="2048:2048:1" sampleFormat="UInt16" '
            f'location="attachment:{{position}}:{len(block)}"',
            data=block,
        )
    elif form == "fits.fz":
        fits.CompImageHDU(pixels).writeto(raw)
    else:
        fits.writeto(tmp_path / "a.fits", pixels, checksum=True)
        suffix = form.rpartition(".")[2]
        if suffix != "fits":
            raw.write_bytes(malformed.packed((tmp_path / "a.fits").read_bytes(), suffix))
    words, megabytes = told(raw)
    assert words == "read"
    assert megabytes < room_of(raw, pixels)
