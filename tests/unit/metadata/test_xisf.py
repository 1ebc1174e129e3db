"""The header of XISF, as cards, and the files that are refused for it."""

import base64
import tracemalloc

import numpy as np
import pytest

from headerfiles import write_xisf
from plateworks.errors import FrameError
from plateworks.inventory.scan import scan
from plateworks.inventory.sources import Source
from plateworks.metadata.cards import read_cards
from plateworks.metadata.normalise import read_frame
from plateworks.metadata.xisf import read_image, read_keywords
from xisffiles import RAW, image, refusal


def test_fits_keywords_and_geometry_are_read(tmp_path):
    path = image(
        tmp_path,
        keywords=[
            ("IMAGETYP", "'Master Dark'", ""), ("EXPTIME", "300.", "s"), ("EXPTIME", "1", ""),
            ("INSTRUME", "Apogee USB/Net", ""), ("HISTORY", "", "ImageIntegration.n: 3"),
            ("UNWANTED", "1", ""),
        ],
    )  # fmt: skip
    header = read_cards(path)
    assert (header.width, header.height, header.planes, header.bitpix) == (6, 4, 1, 16)
    assert (header.format, header.data_offset) == ("XISF", None)
    assert header.cards == {
        "IMAGETYP": "Master Dark",
        "EXPTIME": 300.0,
        "INSTRUME": "Apogee USB/Net",
    }
    assert header.history == ["ImageIntegration.n: 3"]


def test_properties_fill_in_what_keywords_lack(tmp_path):
    def prop(name, kind, value):
        return f'<Property id="{name}" type="{kind}" value="{value}"/>'

    inside = (
        prop("Instrument:ExposureTime", "Float32", "120")
        + prop("Instrument:Telescope:FocalLength", "Float32", "0.769")
        + prop("Instrument:Sensor:Temperature", "Float32", "-10.5")
        + prop("Observation:Time:Start", "TimePoint", "2023-02-25T06:28:48.0Z")
        + prop("Observation:Center:RA", "Float64", "10.5")
        + prop("Observation:Center:Dec", "Float64", "20.5")
        + '<Property id="Instrument:Camera:Name" type="String">ZWO ASI183MC</Property>'
        + '<Property id="Observation:Object:Name" type="String">4565</Property>'
        + '<ColorFilterArray pattern="GBRG" width="2" height="2"/>'
    )
    path = image(
        tmp_path, inside=inside, more='imageType="MasterFlat"', keywords=[("EXPTIME", "60", "")]
    )
    frame = read_frame(path)
    assert (frame.exposure, frame.focal_length, frame.temp) == (60, 769, -10.5)
    assert (frame.camera, frame.object, frame.bayer) == ("ZWO ASI183MC", "4565", "GBRG")
    assert (frame.ra, frame.dec) == (10.5, 20.5)
    assert (frame.kind, frame.is_master) == ("flat", True)
    assert frame.mjd == pytest.approx(60000.27)


def test_all_keywords_come_with_their_comments_and_properties_after_them(tmp_path):
    inside = (
        '<Property id="Instrument:ExposureTime" type="Float32" value="9"/>'
        '<Property id="Instrument:Filter:Name" type="String">Ha</Property>'
    )
    cards = [
        ("UNWANTED", "1.5", "kept"), ("EXPTIME", "60", "s"), ("COMMENT", "", "a remark"),
        ("HISTORY", "'in quotes'", ""), ("EXPTIME", "61", "again"), ("NOTHING", "", "no value"),
        ("HIERARCH ESO DET", "'it''s'", ""),
    ]  # fmt: skip
    assert read_keywords(image(tmp_path, inside=inside, keywords=cards)) == [
        ("UNWANTED", 1.5, "kept"), ("EXPTIME", 60, "s"), ("COMMENT", "a remark", ""),
        ("HISTORY", "in quotes", ""), ("EXPTIME", 61, "again"), ("NOTHING", None, "no value"),
        ("HIERARCH ESO DET", "it's", ""), ("FILTER", "Ha", ""),
    ]  # fmt: skip


def test_how_the_image_is_stored_is_read(tmp_path):
    path = image(tmp_path, form="UInt16", more='bounds="0:1" byteOrder="big"')
    stored = read_image(path)
    assert (stored.bounds, stored.big_endian, stored.size) == ((0.0, 1.0), True, len(RAW))
    assert path.read_bytes()[stored.position :] == RAW


def test_a_truncated_file_is_refused_with_both_byte_counts(tmp_path):
    path = image(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert f"{len(whole) - 1:,} bytes of {len(whole):,}" in refusal(read_cards, path)
    path.write_bytes(whole[:500])
    assert "500 bytes of" in refusal(read_cards, path)
    path.write_bytes(whole[:10])
    assert "10 bytes of" in refusal(read_cards, path)


def test_entities_are_refused(tmp_path):
    bomb = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><xisf><Image/>&b;</xisf>'
    path = tmp_path / "a.xisf"
    path.write_bytes(b"XISF0100" + len(bomb).to_bytes(4, "little") + bytes(4) + bomb)
    assert "document type" in refusal(read_cards, path)
    wide = bomb.decode().encode("utf-16")
    path.write_bytes(b"XISF0100" + len(wide).to_bytes(4, "little") + bytes(4) + wide)
    assert "document type" in refusal(read_cards, path)


@pytest.mark.parametrize("xml", [b"", b"<xisf>", b"garbage", b"\xff\xfe"])
def test_a_header_that_is_no_xml_is_refused(tmp_path, xml):
    path = tmp_path / "a.xisf"
    path.write_bytes(b"XISF0100" + len(xml).to_bytes(4, "little") + bytes(4) + xml)
    assert "not XML" in refusal(read_cards, path)


def test_a_header_of_absurd_length_is_refused(tmp_path):
    path = tmp_path / "a.xisf"
    path.write_bytes(b"XISF0100" + b"\xff\xff\xff\xff" + bytes(4000))
    assert "4,294,967,295 bytes, which is absurd" in refusal(read_cards, path)


def test_a_file_without_image_is_refused(tmp_path):
    path = tmp_path / "a.xisf"
    path.write_bytes(b"XISF0100" + (7).to_bytes(4, "little") + bytes(4) + b"<xisf/>")
    assert "no image" in refusal(read_cards, path)


@pytest.mark.parametrize(
    ("geometry", "form"),
    [("6:4", "UInt16"), ("0:4:1", "UInt16"), ("-6:4:1", "UInt16"), ("9999999:4:1", "UInt16"),
     ("6:4:1" + "0" * 5000, "UInt16"), ("6:4:1", "Complex32"), ("6:4:1", "")],
)  # fmt: skip
def test_an_absurd_image_is_refused(tmp_path, geometry, form):
    assert "cannot be read" in refusal(read_cards, image(tmp_path, geometry=geometry, form=form))


@pytest.mark.parametrize(
    "location",
    ["path(@header_dir/a.xisb):1", "path(/b/a.xisb)", "url(file:///b/a.xisb)", "url(a.xisb):2"],
)
def test_pixels_in_another_file_are_refused_with_the_remedy(tmp_path, location):
    attributes = f'geometry="6:4:1" sampleFormat="UInt16" location="{location}"'
    said = refusal(read_cards, write_xisf(tmp_path / "a.xisf", attributes))
    assert said == f"has its pixels in another file ({location}); save it as one .xisf"


def test_the_header_of_an_image_in_several_files_is_refused_with_the_remedy(tmp_path):
    (tmp_path / "a.xish").write_text(
        '<?xml version="1.0"?><xisf version="1.0"><Image geometry="6:4:1" sampleFormat="UInt16" '
        'location="path(@header_dir/a.xisb):1"/></xisf>'
    )
    found = scan([Source(str(tmp_path))], tmp_path.parent / f"{tmp_path.name}.json")
    [reject] = found.rejects
    assert reject.path == str(tmp_path / "a.xish")
    assert "whose pixels are in other files; save it as .xisf" in reject.reason


@pytest.mark.parametrize("location", ["", "attachment:1", "attachment:a:b", "embedded", "urn:x"])
def test_an_image_without_a_place_is_refused(tmp_path, location):
    attributes = f'geometry="6:4:1" sampleFormat="UInt16" location="{location}"'
    assert "location" in refusal(read_cards, write_xisf(tmp_path / "a.xisf", attributes))


def headed(path, xml):
    path.write_bytes(b"XISF0100" + len(xml).to_bytes(4, "little") + bytes(4) + xml)
    return path


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        (
            b"<Property id='a' type='String'>" + b"x" * (60 << 20) + b"</Property>",
            "which is absurd",
        ),
        (b"<a/>" * 200_000, "more than 100,000 elements"),
        (b"<a>" * 200_000, "more than 100,000 elements"),
        (b"<Image>" + b"<FITSKeyword/>" * 150_000 + b"</Image>", "more than 100,000 elements"),
    ],
    ids=["a long text", "many elements", "deep ones", "many cards"],
)
def test_an_absurd_header_is_refused_before_it_fills_the_memory(tmp_path, inside, words):
    path = headed(tmp_path / "a.xisf", b"<xisf>" + inside + b"</xisf>")
    del inside
    tracemalloc.start()
    assert words in refusal(read_cards, path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 << 20


def test_zeros_behind_a_header_are_no_part_of_it_and_within_are(tmp_path):
    with pytest.raises(FrameError, match="not XML"):
        read_cards(headed(tmp_path / "a.xisf", b"<xisf>" + bytes(1 << 17) + b"</xisf>"))
    path = headed(tmp_path / "b.xisf", b"<xisf></xisf>" + bytes(1 << 17))
    assert "holds no image" in refusal(read_cards, path)


def xisf_of(tmp_path, *images):
    """Write an XISF file of images, each told by its name, width and height."""
    inside = ""
    for name, width, height in images:
        data = base64.b64encode(np.zeros((height, width), "<u2")).decode()
        inside += (
            f'<Image id="{name}" geometry="{width}:{height}:1" sampleFormat="UInt16" '
            f'location="inline:base64">{data}</Image>'
        )
    xml = f"<xisf>{inside}</xisf>".encode()
    path = tmp_path / "several.xisf"
    path.write_bytes(b"XISF0100" + len(xml).to_bytes(4, "little") + bytes(4) + xml)
    return path


def test_maps_and_pictures_beside_an_image_are_no_frames(tmp_path):
    maps = ("integration", 8, 6), ("rejection_low", 8, 6), ("rejection_high", 8, 6)
    assert read_frame(xisf_of(tmp_path, *maps)).notes == ()
    small = read_frame(xisf_of(tmp_path, ("L", 8, 6), ("small", 2, 2)))
    assert (small.width, small.notes) == (
        8, ("a smaller image beside the frame (2x2) is passed over",),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("images", "words"),
    [
        ([("one", 8, 6), ("two", 8, 6), ("three", 8, 6)], "several images (3: 8x6, 8x6, 8x6)"),
        ([("small", 2, 2), ("frame", 8, 6)], "holds 2 images, and the first is not the largest"),
    ],
)
def test_several_images_of_which_the_first_is_not_the_frame_are_refused(tmp_path, images, words):
    assert words in refusal(read_cards, xisf_of(tmp_path, *images))
