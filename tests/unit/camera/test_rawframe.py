"""Raw frames as the scan finds them, and how they are written."""

from datetime import UTC, datetime

import numpy as np
import pytest
from astropy.io import fits

from plateworks.camera.abilities import Abilities
from plateworks.camera.camera import Exposure
from plateworks.camera.rawframe import (
    Surroundings,
    file_word,
    make_header,
    number_of,
    read_frame,
    write_frame,
)
from plateworks.camera.settings import plan_settings
from plateworks.errors import PlateworksError
from plateworks.inventory.scan import scan
from plateworks.inventory.sources import Source

ABILITIES = Abilities(
    name="Test Camera", description=None, driver=None, sensor_name="IMX571", sensor_type="RGGB",
    width=60, height=40, pixel_size_x=3.76, pixel_size_y=3.76, max_adu=65535, egain=0.25,
    can_set_temperature=True, has_temperature=True, can_abort=True, can_stop=False,
    has_shutter=False, bayer="RGGB", exposure_min=0.0, exposure_max=3600.0,
    exposure_resolution=None, max_bin=4, gains=(0, 300), offsets=(0, 100),
    readout_modes=("Normal", "Low noise"),
)  # fmt: skip
AROUND = Surroundings("Newton 8", 800.0, 47.5, 11.25, 322.95, 48.43, "M 39")
START = datetime(2025, 8, 15, 22, 14, 5, 250_000, tzinfo=UTC)


def exposure(dtype="uint16", **changes):
    pixels = np.arange(40 * 60, dtype=dtype).reshape(40, 60)
    known = {
        "pixels": pixels, "start": START, "seconds": 60.0, "light": True, "temperature": -9.9,
        "set_temperature": -10.0, "cooler_power": 41.0, "full_range": 65535,
    }  # fmt: skip
    return Exposure(**(known | changes))


def header(kind="light", filter_name="Ha", around=AROUND, shot=None, **settings):
    asked = {"gain": 100, "offset": 50, "readout_mode": "Low noise"} | settings
    return make_header(
        kind, shot or exposure(), filter_name, ABILITIES, plan_settings(ABILITIES, **asked), 0.25,
        around, 501.5, "0a1b2c3d", 7,
    )  # fmt: skip


def scanned(folder, head, pixels):
    write_frame(folder / "frame.fits", pixels, head)
    found = scan([Source(str(folder))], folder.parent / "cache.json")
    assert not found.rejects
    (frame,) = found.frames
    assert frame.notes == ()
    return frame


@pytest.mark.parametrize("kind", ["bias", "dark", "darkflat", "flat", "light"])
def test_the_scan_knows_every_kind_without_configuration(tmp_path, kind):
    assert scanned(tmp_path / "raw", header(kind), exposure().pixels).kind == kind


def test_the_scan_reads_all_that_the_camera_knew(tmp_path):
    frame = scanned(tmp_path / "raw", header(), exposure().pixels)
    assert (frame.camera, frame.width, frame.height, frame.bitpix) == ("Test Camera", 60, 40, 16)
    assert (frame.xbin, frame.ybin, frame.bayer, frame.row_order) == (1, 1, "RGGB", "TOP-DOWN")
    assert (frame.gain, frame.egain, frame.offset) == (100, 0.25, 50)
    assert (frame.readout_mode, frame.filter, frame.object) == ("Low noise", "Ha", "M 39")
    assert (frame.set_temp, frame.temp, frame.exposure) == (-10.0, -9.9, 60.0)
    assert (frame.pixel_size, frame.focal_length, frame.telescope) == (3.76, 800.0, "Newton 8")
    assert (frame.site_lat, frame.site_lon) == (47.5, 11.25)
    assert (frame.ra, frame.dec) == pytest.approx((322.95, 48.43))
    assert frame.saturation == 65535
    assert frame.mjd == pytest.approx(60902 + (22 * 3600 + 14 * 60 + 5.25) / 86400, abs=1e-8)


def test_binned_frames_have_binned_pixels_and_no_colours(tmp_path):
    frame = scanned(tmp_path / "raw", header(binning=2), exposure().pixels)
    assert (frame.xbin, frame.pixel_size, frame.bayer) == (2, 7.52, None)


def test_what_is_not_known_is_left_out(tmp_path):
    bare = exposure(temperature=None, set_temperature=None, cooler_power=None)
    head = header(filter_name=None, around=Surroundings(), shot=bare)
    frame = scanned(tmp_path / "raw", head, bare.pixels)
    unknown = (frame.filter, frame.temp, frame.set_temp, frame.telescope, frame.ra, frame.object)
    assert unknown == (None,) * 6


def test_darks_name_neither_filter_nor_target():
    assert not {"FILTER", "OBJECT", "RA", "DEC"} & set(header("dark"))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32", "uint32"])
def test_pixels_come_back_in_their_own_type(tmp_path, dtype):
    pixels = exposure(dtype).pixels
    write_frame(tmp_path / "frame.fits", pixels, header())
    back, head = read_frame(tmp_path / "frame.fits")
    np.testing.assert_array_equal(back, pixels)
    assert back.dtype == np.dtype(dtype).newbyteorder(back.dtype.byteorder)
    assert head["SERIESNO"] == 7


def test_a_first_row_is_stored_first(tmp_path):
    """Non-square, with a marker: neither turned, nor mirrored, nor upside down."""
    pixels = np.zeros((40, 60), np.uint16)
    pixels[0, 59] = 4321
    write_frame(tmp_path / "frame.fits", pixels, header())
    stored = np.frombuffer((tmp_path / "frame.fits").read_bytes(), ">i2")
    (place,) = np.flatnonzero(stored == 4321 - 32768)
    assert (place * 2 - 59 * 2) % 2880 == 0


def test_no_frame_is_ever_overwritten(tmp_path):
    path = tmp_path / "frame.fits"
    write_frame(path, exposure().pixels, header())
    before = path.read_bytes()
    with pytest.raises(PlateworksError, match="exists already, and no raw frame is overwritten"):
        write_frame(path, exposure().pixels + 1, header())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "raw").write_text("a file")
    with pytest.raises(PlateworksError, match=r"frame\.fits cannot be written.*capture.raw_dir"):
        write_frame(tmp_path / "raw" / "frame.fits", exposure().pixels, header())


def test_a_frame_cut_short_or_altered_is_not_intact(tmp_path):
    path = tmp_path / "frame.fits"
    write_frame(path, exposure().pixels, header())
    whole = path.read_bytes()
    path.write_bytes(whole[:-2880])
    assert read_frame(path) is None
    altered = bytearray(whole)
    altered[-2000] ^= 1
    path.write_bytes(altered)
    assert read_frame(path) is None


def test_names_of_filters_stay_apart_and_out_of_other_folders():
    assert file_word("Ha") == "Ha"
    words = {file_word(name) for name in ("../../etc", "H α", "H β", "a/b", "a b")}
    assert len(words) == 5
    long = {file_word("x" * 300 + one) for one in "abc"}
    assert len(long) == 3 and max(map(len, long)) < 60
    assert all("/" not in word and not word.startswith(".") for word in words)


@pytest.mark.parametrize(
    ("index", "name", "number"),
    [(3, "ISO 800", 800), (2, "1600", 1600), (1, "Low", 1), (100, None, 100), (None, None, None)],
)
def test_a_setting_with_a_number_for_a_name_is_that_number(index, name, number):
    assert number_of(index, name) == number


def test_text_that_fits_cannot_hold_does_no_harm(tmp_path):
    around = Surroundings(target="M 39 – été")
    head = header(around=around)
    write_frame(tmp_path / "frame.fits", exposure().pixels, head)
    assert fits.getheader(tmp_path / "frame.fits")["OBJECT"] == "M 39 ? ?t?"
