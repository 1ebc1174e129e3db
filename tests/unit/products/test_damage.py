"""Damaged files: none goes through where a checksum tells, each costs itself and no more."""

import errno
import gzip
import os

import numpy as np
import pytest
from astropy.io import fits

import malformed
from orders import COSMICS, calibration_order, light_order, master_order
from plateworks.errors import FrameError, TroubleError
from plateworks.metadata import dialects
from plateworks.metadata.datadigest import digest_of_data
from plateworks.metadata.frametable import read_frames
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.inputs import Inputs
from plateworks.products.masters import make_master
from plateworks.products.reading import FrameReader

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
