"""Raw files of cameras: what LibRaw reads, what EXIF says, and what lacks a package."""

import io
import struct
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import rawpy

from cameraraws import write_dng
from plateworks.errors import FrameError, TroubleError
from plateworks.metadata.exif import keywords_of, read_exif
from plateworks.metadata.normalise import read_frame
from plateworks.metadata.rawsensor import REMEDY, opened, sensor_of, tags_of
from plateworks.products.headers import original_header
from plateworks.products.reading import FrameReader

SENSOR = np.random.default_rng(7).integers(500, 16383, (62, 94)).astype(np.uint16)
BORDER = (4, 8, 2, 0)
SEEN = SENSOR[4:-2, 8:]


@pytest.fixture
def raw(tmp_path):
    """A light of a camera with a masked border."""
    return write_dng(tmp_path / "DSC00042.DNG", SENSOR, "GBRG", border=BORDER)


def test_the_frame_is_what_the_sensor_read_without_the_masked_border(raw):
    with FrameReader(str(raw)) as reader, rawpy.imread(str(raw)) as libraw:
        pixels = reader.read()
        assert np.array_equal(pixels + 512, libraw.raw_image_visible)
        assert np.array_equal(pixels + 512, SEEN)
        assert np.array_equal(reader.rows(3, 9) + 512, SEEN[3:9])
        assert reader.reading.in_words() == ["Plateworks: PEDESTAL was taken off, -512 ADU"]
        assert reader.reading.native == np.uint16


def test_its_tags_say_what_cards_say_elsewhere(raw):
    frame = read_frame(raw)
    assert (frame.width, frame.height, frame.planes, frame.raw_bits) == (86, 56, 1, 16)
    assert (frame.camera, frame.serial) == ("ILCE-7SM3", "0042")
    assert (frame.exposure, frame.gain, frame.focal_length) == (30.0, 1600.0, 135.0)
    assert (frame.row_order, frame.saturation) == ("TOP-DOWN", 16383.0)
    assert (frame.kind, frame.xbin, frame.ybin) == (None, 1, 1)
    # 36 mm of film over 200/135, on 86 columns, is no pixel that there is.
    assert frame.pixel_size is None


@pytest.mark.parametrize("pattern", ["RGGB", "BGGR", "GRBG", "GBRG"])
@pytest.mark.parametrize("border", [(0, 0, 0, 0), (1, 0, 0, 0), (5, 3, 1, 2)])
def test_the_pattern_counts_from_the_first_pixel_that_sees_light(tmp_path, pattern, border):
    path = write_dng(tmp_path / "a.dng", SENSOR, pattern, border=border)
    with rawpy.imread(str(path)) as libraw:
        letters = libraw.color_desc.decode()
        seen = libraw.raw_colors_visible[:2, :2].ravel()
    assert read_frame(path).bayer == "".join(letters[colour] for colour in seen)


def test_a_time_without_a_zone_is_that_of_the_place(tmp_path):
    frame = read_frame(write_dng(tmp_path / "a.dng", SENSOR, SubSec="25"))
    assert frame.local_time
    assert frame.mjd == pytest.approx(60139 + (23.5 * 3600 + 5.25) / 86400, abs=1e-9)


def test_a_time_with_its_zone_is_utc(tmp_path):
    frame = read_frame(write_dng(tmp_path / "a.dng", SENSOR, Offset="+02:00"))
    assert frame.local_time is None
    assert frame.mjd == pytest.approx(60139 + (21.5 * 3600 + 5) / 86400, abs=1e-9)


def test_a_sensor_without_colours_has_no_pattern(tmp_path):
    path = write_dng(tmp_path / "a.dng", SENSOR, "", Model="Monochrom")
    assert read_frame(path).bayer is None
    with FrameReader(str(path)) as reader:
        assert np.array_equal(reader.read() + 512, SENSOR)


@pytest.mark.parametrize("black", [(510, 512, 512, 515), (512, 512, 510, 512)])
def test_black_levels_that_differ_by_colour_are_told(tmp_path, black):
    """Of the two greens too, which may be the lowest."""
    path = write_dng(tmp_path / "a.dng", SENSOR, black=black, Model="Uneven")
    [note] = read_frame(path).notes
    assert "the lowest is taken off" in note and "510" in note
    with FrameReader(str(path)) as reader:
        assert np.array_equal(reader.read() + 510, SENSOR)


def test_products_get_its_tags_as_cards(raw):
    header = original_header(str(raw))
    assert header["LENS"] == "FE 135mm F1.8 GM"
    assert header["DATE-LOC"] == "2023-07-14T23:30:05"
    assert (header["GAIN"], header["BAYERPAT"]) == (1600, read_frame(raw).bayer)
    assert "PEDESTAL" not in header


@pytest.mark.parametrize("neutral", [(1, 2, 1, 1, 5, 8), None])
def test_the_white_that_the_camera_was_set_to_is_told(tmp_path, neutral):
    header = original_header(str(write_dng(tmp_path / "a.dng", SENSOR, AsShotNeutral=neutral)))
    told = header.get("WBRED"), header.get("WBBLUE")
    assert told == ((2.0, 1.6) if neutral else (None, None))


@pytest.mark.parametrize("border", [(0, 0, 0, 0), (5, 3, 1, 2)])
@pytest.mark.parametrize("black", [(512, 512, 512, 0), (510, 512, 530, 0)])
def test_a_linear_dng_is_an_image_of_three_planes(tmp_path, border, black):
    pixels = np.random.default_rng(3).integers(540, 16383, (62, 94, 3)).astype(np.uint16)
    path = write_dng(tmp_path / "a.dng", pixels, "", border=border, black=black)
    top, left, bottom, right = border
    seen = np.moveaxis(pixels[top : 62 - bottom, left : 94 - right], -1, 0)
    frame = read_frame(path)
    assert (frame.planes, frame.height, frame.width) == seen.shape and frame.in_colours
    assert frame.bayer is None
    assert ["lowest is taken off" in note for note in frame.notes] == [True] * (black[0] == 510)
    with FrameReader(str(path)) as reader, rawpy.imread(str(path)) as libraw:
        planes = reader.read().reshape(seen.shape) + black[0]
        assert np.array_equal(planes, np.moveaxis(libraw.raw_image_visible[..., :3], -1, 0))
        assert np.array_equal(planes, seen)
        height = frame.height
        assert np.array_equal(
            reader.rows(height - 2, height + 3) + black[0],
            seen.reshape(-1, frame.width)[height - 2 : height + 3],
        )


def test_a_small_raw_of_a_maker_is_set_aside_for_its_colours_are_reckoned(tmp_path):
    """No DNG: its pixels are those of luminance and chroma, which LibRaw makes colours of."""
    path = str(write_dng(tmp_path / "a.dng", np.stack([SENSOR] * 3, -1), ""))
    with (
        opened(path) as raw,
        pytest.raises(FrameError, match="let the camera write full raws"),
    ):
        sensor_of(path, raw, ("Canon", "EOS 6D", 800), ())


@pytest.mark.parametrize("below", [False, True], ids=["first directory", "below it"])
def test_dngs_of_one_camera_with_other_levels_are_told_apart(tmp_path, below):
    """As whoever makes DNG of raw files sees fit: the levels are no matter of the camera alone."""
    told = []
    for name, black, white in (("a", 512, 16383), ("b", 64, 16383), ("c", 512, 15000)):
        path = write_dng(
            tmp_path / f"{name}.dng", SENSOR, black=(black,) * 3 + (black + 8,),
            white=white, below=below, Model="DNG maker",
        )  # fmt: skip
        frame = read_frame(path)
        with FrameReader(str(path)) as reader:
            assert np.array_equal(reader.read() + black, SENSOR)
        told.append((frame.saturation, frame.notes[0].partition("(")[2].split(",")[0]))
    assert told == [(16383, "512"), (16383, "64"), (15000, "512")]


def test_x_trans_is_set_aside_by_name(tmp_path):
    pattern = "GGRGGBGGBGGRBRGRBGGGBGGRGGRGGBRBGBRG"
    path = write_dng(tmp_path / "a.dng", SENSOR, pattern, Make="Fujifilm", Model="X-T9")
    with pytest.raises(FrameError, match=r"X-Trans.*save them as images of three planes"):
        read_frame(path)


def test_tags_that_make_no_sense_are_left_out_without_a_word(tmp_path, caplog):
    path = write_dng(tmp_path / "a.dng", SENSOR, DateTimeOriginal="yesterday", Make=None)
    content = bytearray(path.read_bytes())
    place = content.index(b"\x92\x05\x00\x01\x00\x00\x00")  # FocalLength: one fraction
    content[place + 7 : place + 11] = b"\xff\xff\xff\x7f"  # far behind the end
    path.write_bytes(content)
    frame = read_frame(path)
    assert (frame.mjd, frame.focal_length, frame.exposure) == (None, None, 30.0)
    assert not caplog.records


def test_a_tiff_by_the_name_of_a_raw_file_is_none(tmp_path):
    path = tmp_path / "a.cr2"
    path.write_bytes(b"II*\0" + bytes(400))
    with pytest.raises(FrameError, match="cannot be read by LibRaw"):
        read_frame(path)


@pytest.mark.parametrize("package", ["rawpy", "exifread"])
def test_without_a_package_it_is_said_how_to_get_it(raw, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(TroubleError, match=f"package {package}") as caught:
        read_frame(raw)
    assert REMEDY in caught.value.reason
    root = Path(__file__).parents[3]
    assert (root / REMEDY.rpartition(" ")[2]).is_file()


def keyword(name, width=6000, **tags):
    return next((value for key, value, _ in keywords_of(tags, width) if key == name), None)


def test_the_size_of_a_pixel_is_told_by_the_focal_plane_or_by_film():
    plane = {"FocalPlaneXResolution": 5798.657, "FocalPlaneResolutionUnit": 2}
    assert keyword("XPIXSZ", **plane) == 4.38
    assert keyword("XPIXSZ", FocalLength=50, FocalLengthIn35mmFilm=75, width=4000) == 6.0
    assert keyword("XPIXSZ", FocalLength=0, FocalLengthIn35mmFilm=0) is None


def test_temperature_and_place_are_told_where_they_are_there():
    assert keyword("CCD-TEMP", CameraTemperature="31 C") == 31.0
    assert keyword("CCD-TEMP", CameraTemperature="-128 C") is None
    assert keyword("SITELAT", GPSLatitude=[33, 30, 0.0], GPSLatitudeRef="S") == -33.5


@pytest.mark.parametrize(
    ("when", "zone"),
    [("2023:13:41 25:61:00", "+02:00"), ("2023:00:00 00:00:00", ""), ("0001:01:01 00:00:00", "Z")],
)
def test_a_time_that_there_is_none_of_gives_way_to_the_next(when, zone):
    tags = {"DateTimeOriginal": when, "OffsetTimeOriginal": zone, "DateTime": "2021:02:28 04:05:06"}
    assert keyword("DATE-OBS", **tags) is None
    assert keyword("DATE-LOC", **tags) == "2021-02-28T04:05:06"


def test_a_zone_that_there_is_none_of_is_left_out():
    tags = {"DateTimeOriginal": "2021:02:28 04:05:06", "OffsetTimeOriginal": "+99:99"}
    assert keyword("DATE-OBS", **tags) is None
    assert keyword("DATE-LOC", **tags) == "2021-02-28T04:05:06"


@pytest.mark.parametrize(
    ("parts", "side"), [([33, "?", 0], "S"), ([33, 30, float("nan")], "S"), ([33, 30, 0], "")]
)
def test_a_place_that_cannot_be_is_left_out(parts, side):
    assert keyword("SITELAT", GPSLatitude=parts, GPSLatitudeRef=side) is None


def test_texts_of_tags_are_printable():
    assert keyword("INSTRUME", Model="EOS\x1b[31m 6D") == "EOS\\x1b[31m 6D"


def test_an_iso_too_large_for_its_tag_stands_in_another():
    assert keyword("GAIN", ISOSpeedRatings=65535, RecommendedExposureIndex=102400) == 102400


def test_a_resolution_of_the_jpeg_within_is_not_that_of_the_sensor():
    tags = {"FocalPlaneXResolution": 500, "FocalPlaneResolutionUnit": 3}
    assert keyword("XPIXSZ", width=5000, ExifImageWidth=1250, **tags) == 5.0
    assert keyword("XPIXSZ", width=1270, ExifImageWidth=1250, **tags) == 20.0


def test_the_temperature_in_a_note_without_names_is_told():
    assert keyword("CCD-TEMP", **{"Tag 0x0004": [68, *[0] * 11, 117, 0]}) == -11.0
    assert keyword("CCD-TEMP", **{"Tag 0x0004": [68, *[0] * 13]}) is None
    assert keyword("CCD-TEMP", **{"Tag 0x0004": 6}) is None


def libraw(**shot):
    """What LibRaw tells of a shot; 0 is what it does not know."""
    facts = dict.fromkeys(("shutter_speed", "iso_speed", "aperture", "focal_length"), 0.0) | shot
    return SimpleNamespace(other=SimpleNamespace(**facts), lens=SimpleNamespace(model=""))


def test_what_the_tags_lack_of_the_exposure_libraw_tells():
    shot = libraw(shutter_speed=4.96743106842041, iso_speed=320.0)
    assert keyword("GAIN", **tags_of(shot)) == 320
    assert keyword("EXPTIME", **tags_of(shot)) == 4.96743
    assert keyword("FOCALLEN", **tags_of(shot)) is None
    tags = {"ISOSpeedRatings": 0, "ExposureTime": 5.0}
    assert keyword("GAIN", **tags_of(shot) | tags) == 320
    assert keyword("EXPTIME", **tags_of(shot) | tags) == 5.0
    assert keyword("GAIN", **tags_of(shot) | {"ISOSpeedRatings": 300}) == 300


def heap(order, *records):
    """A heap of CIFF: values, then the directory, then its place."""
    values, entries = b"", b""
    for kind, value in records:
        entries += struct.pack(f"{order}HII", kind, len(value), len(values))
        values += value
    place = struct.pack(f"{order}I", len(values))
    return values + struct.pack(f"{order}H", len(records)) + entries + place


@pytest.mark.parametrize(("mark", "order"), [(b"II", "<"), (b"MM", ">")])
def test_a_crw_tells_its_camera_its_exposure_and_the_time_by_its_own_clock(mark, order):
    shot = struct.pack(f"{order}24h", *[0] * 22, -0x94, 0)  # four EV and two thirds above 1 s
    camera = heap(order, (0x080A, b"Canon\0Canon EOS 300D\0"))
    time = heap(order, (0x180E, struct.pack(f"{order}III", 1_068_485_966, 0, 0)))
    picture = heap(order, (0x2807, camera), (0x102A, shot), (0x300A, time))
    content = mark + struct.pack(f"{order}I", 26) + b"HEAPCCDR" + bytes(12)
    content += heap(order, (0x2005, b"pixels"), (0x5801, b""), (0x300B, picture))
    told = {key: value for key, value, _ in keywords_of(read_exif(io.BytesIO(content)), 3000)}
    assert told == {
        "INSTRUME": "Canon EOS 300D",
        "CAMMAKER": "Canon",
        "EXPTIME": 25.3984,
        "DATE-LOC": "2003-11-10T17:39:26",
    }
    assert read_exif(io.BytesIO(content[:-30])) == {}
