"""Damaged files: none goes through where a checksum tells, each costs itself and no more."""

import errno
import gzip
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
from orders import COSMICS, calibration_order, light_order, master_order
from plateworks.errors import FrameError, TroubleError
from plateworks.metadata import dialects
from plateworks.metadata.datadigest import digest_of_data
from plateworks.metadata.frametable import read_frames
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from plateworks.products.inputs import Inputs
from plateworks.products.masters import make_master
from plateworks.products.reading import FrameReader
from plateworks.settings.settings import Compression

PIXELS = np.random.default_rng(7).integers(500, 900, (64, 80)).astype(np.int16)
SEEDS = range(20)


def read(path):
    with FrameReader(str(path)) as reader:
        return reader.read()


def plain(path, **how):
    fits.writeto(path, PIXELS, **how)
    return path


# --- checksums -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("codec", malformed.CODECS)
def test_a_bit_that_was_changed_in_tiles_with_a_checksum_sets_the_frame_aside(
    tmp_path, codec, seed
):
    data = malformed.in_tiles(PIXELS, codec, checksum=True)
    there, rng = malformed.parts_of(data), np.random.default_rng(seed)
    raw = tmp_path / "a.fits.fz"
    raw.write_bytes(malformed.flipped(rng, data, there.table, there.end))
    with pytest.raises(FrameError, match=r"a\.fits\.fz: has DATASUM = .*bits were changed"):
        read(raw)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bit_that_was_changed_in_a_plain_frame_with_a_checksum_sets_it_aside(tmp_path, seed):
    raw = plain(tmp_path / "a.fits", checksum=True)
    assert np.array_equal(read(raw), PIXELS)
    data = raw.read_bytes()
    first = len(data) - -(-PIXELS.nbytes // 2880) * 2880
    raw.write_bytes(
        malformed.flipped(np.random.default_rng(seed), data, first, first + PIXELS.nbytes)
    )
    with pytest.raises(FrameError, match=r"has DATASUM = .*copy it again, or take the card out"):
        read(raw)


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz", "zip"])
def test_the_checksum_within_a_packed_frame_is_compared(tmp_path, suffix):
    data = bytearray(plain(tmp_path / "a.fits", checksum=True).read_bytes())
    data[-3000] ^= 1
    raw = tmp_path / f"b.fits.{suffix}"
    raw.write_bytes(malformed.packed(bytes(data), suffix))
    with pytest.raises(FrameError, match=rf"b\.fits\.{suffix}: has DATASUM = "):
        read(raw)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bit_that_was_changed_in_a_frame_packed_by_gzip_sets_it_aside(tmp_path, seed):
    data = gzip.compress(plain(tmp_path / "a.fits").read_bytes(), mtime=0)
    raw = tmp_path / "b.fits.gz"
    # The first ten bytes hold nothing of the frame.
    raw.write_bytes(malformed.flipped(np.random.default_rng(seed), data, 10, len(data)))
    with pytest.raises(FrameError):
        read(raw)


def test_a_header_that_was_edited_leaves_the_pixels_believed(tmp_path):
    raw = plain(tmp_path / "a.fits", checksum=True, header=fits.Header([("FILTER", "Ha")]))
    raw.write_bytes(raw.read_bytes().replace(b"'Ha  ", b"'OIII"))
    assert np.array_equal(read(raw), PIXELS)


def test_a_frame_that_was_cut_by_a_program_that_copied_the_sums_is_believed_and_told(
    tmp_path, caplog
):
    whole = plain(tmp_path / "a.fits", checksum=True)
    header = fits.getheader(whole)
    header["FILTER"] = "Ha"
    fits.writeto(tmp_path / "cut.fits", PIXELS[:16, :16], header)
    assert np.array_equal(read(tmp_path / "cut.fits"), PIXELS[:16, :16])
    assert "cut.fits has DATASUM = " in caplog.text and "both are believed" in caplog.text


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32])
@pytest.mark.parametrize("tiles", [False, True])
def test_a_checksum_that_is_right_is_so_in_every_type(tmp_path, dtype, tiles):
    data = PIXELS.astype(dtype)[:37, :23]
    hdu = (fits.CompImageHDU if tiles else fits.PrimaryHDU)(data)
    hdu.writeto(tmp_path / "a.fits", checksum=True)
    assert read(tmp_path / "a.fits").shape == data.shape


@pytest.mark.parametrize("right", [True, False])
def test_the_checksum_of_what_tiles_unpack_to_is_compared(tmp_path, right):
    fits.writeto(tmp_path / "a.fits", PIXELS, checksum=True)
    stated = fits.getheader(tmp_path / "a.fits")["DATASUM"]
    data = malformed.in_tiles(PIXELS if right else PIXELS + 1, "RICE_1", XDATASUM=stated)
    raw = tmp_path / "a.fits.fz"
    raw.write_bytes(data.replace(b"XDATASUM", b"ZDATASUM"))  # which astropy does not write
    if right:
        assert np.array_equal(read(raw), PIXELS)
        return
    with pytest.raises(FrameError, match="has ZDATASUM = "):
        read(raw)


def test_what_is_no_checksum_says_nothing(tmp_path):
    raw = plain(tmp_path / "a.fits", header=fits.Header([("DATASUM", "unknown")]))
    assert np.array_equal(read(raw), PIXELS)


# --- files in tiles, as they may be damaged --------------------------------------------------


@pytest.mark.parametrize("codec", malformed.CODECS)
def test_good_tiles_are_read_by_every_codec(tmp_path, codec):
    raw = tmp_path / "a.fits.fz"
    raw.write_bytes(malformed.in_tiles(PIXELS, codec, checksum=True))
    assert np.array_equal(read(raw), PIXELS)
    fits.writeto(tmp_path / "a.fits", PIXELS)
    assert digest_of_data(str(raw), True) == digest_of_data(str(tmp_path / "a.fits"), True)


def test_a_codec_that_ends_its_process_costs_a_frame(tmp_path, monkeypatch):
    """As HCOMPRESS may for a wrong bit, by the system's own check of its memory."""
    aborting = tmp_path / "untile.py"
    aborting.write_text("import os\nos.abort()\n")
    monkeypatch.setattr("plateworks.metadata.tiles.CHILD", aborting)
    raw = tmp_path / "a.fits.fz"
    raw.write_bytes(malformed.in_tiles(PIXELS, "HCOMPRESS_1"))
    with pytest.raises(FrameError, match=r"cannot be unpacked \(HCOMPRESS_1 ended with -6\)"):
        read(raw)


@pytest.mark.parametrize(
    ("program", "error", "words"),
    [
        ("import sys; sys.exit('  the table is wrong')", TroubleError, "the table is wrong"),
        ("raise MemoryError", TroubleError, "MemoryError"),
        ("import no_such_module", TroubleError, "no_such_module"),
        ("raise OSError(5, 'Input/output error')", TroubleError, "Input/output error"),
        (
            "import sys; print('a tile is wrong', file=sys.stderr); sys.exit(3)",
            FrameError,
            "a tile",
        ),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", FrameError, "with -11"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", TroubleError, "with -15"),
    ],
)
def test_only_what_is_in_the_file_is_damage_where_another_process_unpacks_it(
    tmp_path, monkeypatch, program, error, words
):
    (tmp_path / "untile.py").write_text(program)
    monkeypatch.setattr("plateworks.metadata.tiles.CHILD", tmp_path / "untile.py")
    raw = tmp_path / "a.fits.fz"
    raw.write_bytes(malformed.in_tiles(PIXELS, "HCOMPRESS_1"))
    with pytest.raises(error, match=words) as caught:
        read(raw)
    assert "a.fits.fz" in str(caught.value)


def test_a_process_that_cannot_be_started_is_no_damage(tmp_path, monkeypatch):
    def refused(*arguments, **more):
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    raw = tmp_path / "a.fits.fz"
    raw.write_bytes(malformed.in_tiles(PIXELS, "HCOMPRESS_1"))
    monkeypatch.setattr("plateworks.metadata.tiles.subprocess.run", refused)
    with pytest.raises(TroubleError, match="Resource temporarily unavailable"):
        read(raw)


def damaged(folder, seeds):
    """Write files in tiles, damaged in one way each; return their paths."""
    paths = []
    for seed in seeds:
        kind, data = malformed.damaged_tiles(seed, PIXELS, IMAGETYP="BIAS", EXPTIME=0.0)
        paths.append(folder / f"{seed:04d} {kind.replace(' ', '_').replace(':', '')}.fits.fz")
        paths[-1].write_bytes(data)
    return paths


def reading_of(path):
    """Return the pixels of a frame, None where it is set aside."""
    try:
        return read(path)
    except FrameError:
        return None


def opens(path):
    pixels = reading_of(path)
    return pixels is not None and pixels.shape == PIXELS.shape


@pytest.mark.parametrize("seed", range(6 * len(malformed.PLAIN)))
def test_a_damaged_plain_frame_is_read_or_set_aside_and_nothing_else(tmp_path, seed):
    kind, data = malformed.damaged_plain(seed, PIXELS, IMAGETYP="BIAS", EXPTIME=0.0)
    raw = tmp_path / f"{kind.replace(' ', '_')}.fits"
    raw.write_bytes(data)
    suffix = sorted(("gz", "bz2", "xz", "zip"))[seed % 4]
    (tmp_path / f"packed.fits.{suffix}").write_bytes(malformed.packed(data, suffix))
    found = [reading_of(path) for path in (raw, tmp_path / f"packed.fits.{suffix}")]
    assert found[0] is None or found[0].ndim == 2
    assert (found[0] is None) == (found[1] is None)


def test_damaged_plain_frames_cost_themselves_in_a_batch_of_lights(tmp_path):
    lights = []
    for seed in range(3 * len(malformed.PLAIN)):
        _, data = malformed.damaged_plain(seed, PIXELS, IMAGETYP="LIGHT", EXPTIME=60.0)
        (tmp_path / f"{seed}.fits").write_bytes(data)
        lights.append(light_order(tmp_path / f"{seed}.fits", tmp_path / "out" / f"{seed}.fits"))
    calibrate_frames(calibration_order(lights, cosmics=COSMICS))
    for one in lights:
        failed = "PWFAIL" in fits.getheader(one.output)
        assert failed == (reading_of(one.frame.raw) is None), one.frame.raw


@pytest.mark.parametrize("first", range(0, len(malformed.TILES), 10))
def test_damaged_tiles_cost_themselves_in_a_batch_of_lights_and_in_a_master(tmp_path, first):
    bad = damaged(tmp_path, range(first, first + 10))
    good = [tmp_path / f"good_{n}.fits" for n in range(4)]
    rng = np.random.default_rng(first)
    for path in good:
        fits.writeto(path, (PIXELS + rng.integers(0, 9, PIXELS.shape)).astype(np.int16))
    out = {path: tmp_path / "out" / f"{path.name}.fits" for path in (*good[:1], *bad, *good[1:])}
    calibrate_frames(calibration_order(light_order(raw, made) for raw, made in out.items()))
    for path, made in out.items():
        failed = fits.getheader(made).get("PWFAIL")
        assert (failed is None) == (path in good or opens(path)), (path, failed)
    sizes = [path for path in bad if not opens(path)]
    make_master(master_order("bias", [*good[:2], *sizes, *good[2:]]), str(tmp_path / "master.fits"))
    rows = {row.name: row for row in read_frames(tmp_path / "master.fits")}
    assert {name for name, row in rows.items() if row.used} == {path.name for path in good}
    assert all(rows[path.name].reason for path in sizes)


# --- numbers of headers ----------------------------------------------------------------------


@pytest.mark.parametrize("value", [1e300, -1e300, 1e-300, "abc"])
def test_no_number_of_a_header_stops_a_batch(tmp_path, value):
    """Each light has another card that cannot be, and all of them are calibrated."""
    quantities = (*dialects.NUMBERS.values(), *dialects.TEMPERATURES.values())
    keys = [quantity.keys[0] for quantity in quantities] + ["GAIN", "XBINNING", "XPIXSZ", "MJD-OBS"]
    lights = []
    for key in keys:
        cards = {"IMAGETYP": "LIGHT", "EXPTIME": 60.0, "EGAIN": 1.0, "RDNOISE": 3.0, key: value}
        raw = tmp_path / f"{key}.fits"
        fits.writeto(raw, PIXELS, fits.Header(list(cards.items())))
        lights.append(light_order(raw, tmp_path / "out" / raw.name))
    for settings in ({"cosmics": COSMICS}, {"output_type": "raw", "pedestal": "auto"}):
        calibrate_frames(calibration_order(lights, **settings))
        assert not [one.output for one in lights if "PWFAIL" in fits.getheader(one.output)]


@pytest.mark.parametrize("value", [1e300, "abc", -5.0])
def test_what_a_master_says_of_itself_is_believed_within_bounds(tmp_path, value):
    header = fits.Header([("PWNOISE", value), ("PWMEDIAN", 1e300 if value == -5.0 else value)])
    fits.writeto(tmp_path / "dark.fits", PIXELS, header)
    master = Inputs().master(str(tmp_path / "dark.fits"))
    assert (master.median, master.noise) == (np.median(PIXELS), None)


# --- bombs -----------------------------------------------------------------------------------

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
