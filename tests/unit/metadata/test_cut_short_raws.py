"""Raw files of cameras that break off: where pixels end, as the directories of TIFF tell it."""

import io
import struct

import numpy as np
import pytest
import tifffile

from cameraraws import write_dng
from plateworks.errors import FrameError
from plateworks.metadata.formats import camera
from plateworks.metadata.header import CutShortError
from plateworks.metadata.normalise import read_frame
from plateworks.metadata.tiffends import end_of_packed
from plateworks.products.reading import FrameReader

SENSOR = np.random.default_rng(7).integers(500, 16383, (62, 94)).astype(np.uint16)


@pytest.fixture
def raw(tmp_path):
    """A light of a camera with a masked border."""
    return write_dng(tmp_path / "DSC00042.DNG", SENSOR, "GBRG", border=(4, 8, 2, 0))


def test_a_raw_file_that_breaks_off_is_set_aside(raw):
    raw.write_bytes(raw.read_bytes()[:3000])
    with pytest.raises(FrameError, match="LibRaw"), FrameReader(str(raw)):
        pass


def test_packed_pixels_that_break_off_are_told_before_libraw_makes_them_up(raw):
    with tifffile.TiffFile(raw, mode="r+") as file:
        file.pages[0].tags["Compression"].overwrite(7)  # lossless JPEG, it says
    content = raw.read_bytes()
    assert read_frame(raw).exposure == 30.0
    raw.write_bytes(content[:-1])
    with pytest.raises(CutShortError, match=f"{len(content) - 1:,} bytes of {len(content):,}"):
        read_frame(raw)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("form", [{}, {"tile": (16, 16)}, {"rowsperstrip": 5}])
def test_packed_pixels_end_where_their_last_piece_does(order, form):
    preview = np.zeros((8, 8), np.uint8)
    content = io.BytesIO()
    with tifffile.TiffWriter(content, byteorder=order) as file:
        file.write(preview, compression="zlib", subfiletype=1, subifds=1, metadata=None)
        file.write(SENSOR, compression="zlib", metadata=None, **form)
    content.seek(0)
    with tifffile.TiffFile(content) as file:
        page = file.pages[0].pages[0]
        pieces = zip(page.dataoffsets, page.databytecounts, strict=True)
        end = max(begin + count for begin, count in pieces)
    content.seek(0)
    assert end_of_packed(content) == end


def directory(start, order, tags):
    """A file of TIFF's form that has one directory: tag, type, and values."""
    head, after = b"", b""
    behind = 8 + 2 + 12 * len(tags) + 4
    for tag, kind, *values in tags:
        form = {3: "H", 4: "I"}[kind]
        packed = struct.pack(f"{order}{len(values)}{form}", *values)
        if len(packed) > 4:
            value = struct.pack(f"{order}I", behind + len(after))
            after += packed
        else:
            value = packed.ljust(4, b"\0")
        head += struct.pack(f"{order}HHI", tag, kind, len(values)) + value
    count = struct.pack(f"{order}H", len(tags))
    return start + struct.pack(f"{order}I", 8) + count + head + bytes(4) + after


#: Where pixels begin, columns and rows of the sensor, and the size of the file: of real RW2.
PANASONICS = {
    "DMC-GF1": (667648, 4060, 3016, 14675968),
    "DMC-GF3": (614400, 4088, 2688, 13180928),
    "DMC-GF7": (649216, 4816, 3464, 19720192),
    "DMC-LX7": (617984, 3696, 2752, 12250624),
}


@pytest.mark.parametrize("camera", PANASONICS)
def test_an_rw2_ends_where_its_last_block_does(camera):
    begin, columns, rows, size = PANASONICS[camera]
    tags = [(0x02, 3, columns), (0x03, 3, rows), (0x2D, 3, 4), (0x111, 4, 2**32 - 1)]
    tags += [(0x117, 4, 0), (0x118, 4, begin)]
    assert end_of_packed(io.BytesIO(directory(b"IIU\0", "<", tags))) == size
    tags[2] = (0x2D, 3, 6)  # another form of packing tells nothing
    assert end_of_packed(io.BytesIO(directory(b"IIU\0", "<", tags))) == 0


@pytest.mark.parametrize(("start", "order"), [(b"IIRO", "<"), (b"IIRS", "<"), (b"MMOR", ">")])
@pytest.mark.parametrize(
    ("places", "counts", "end"),
    [
        ((1817600,), (19175181,), 20992781),  # OM-1: the size of its file
        ((18432, 80256, 142080), (61824, 61824, 7728), 149808),  # as the C5050Z: many strips
    ],
)
def test_an_orf_ends_where_its_last_strip_does_though_it_says_that_it_is_not_packed(
    start, order, places, counts, end
):
    tags = [(0x103, 3, 1), (0x111, 4, *places), (0x117, 4, *counts)]
    assert end_of_packed(io.BytesIO(directory(start, order, tags))) == end


@pytest.mark.parametrize("ending", ["orf", "rw2"])
def test_an_orf_and_an_rw2_that_break_off_are_set_aside(tmp_path, monkeypatch, ending):
    """LibRaw is asked for what it takes: the form of the file, and not its pixels."""
    path = tmp_path / f"a.{ending}"
    strips = [(0x103, 3, 1), (0x111, 4, 200), (0x117, 4, 900)]
    blocks = [(0x02, 3, 14), (0x03, 3, 8), (0x2D, 3, 4), (0x118, 4, 200)]
    start, tags, end = {
        "orf": (b"IIRO", strips, 1100), "rw2": (b"IIU\0", blocks, 200 + (1 << 14)),
    }[ending]  # fmt: skip
    content = directory(start, "<", tags)
    path.write_bytes(content.ljust(end, b"\1"))
    with open(path, "rb") as file:
        camera._refuse_cut(str(path), file, {})
    path.write_bytes(content.ljust(end, b"\1")[:-1])
    with open(path, "rb") as file, pytest.raises(CutShortError, match=f"of {end:,}"):
        camera._refuse_cut(str(path), file, {})


def test_of_pixels_that_are_not_packed_libraw_tells_the_end(raw):
    assert end_of_packed(io.BytesIO(raw.read_bytes())) == 0
    assert end_of_packed(io.BytesIO(b"FUJIFILM" + bytes(200))) == 0
    for length in range(4, 400, 7):
        end_of_packed(io.BytesIO(raw.read_bytes()[:length]))
