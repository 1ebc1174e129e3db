"""The pixels of XISF, in every format, packed and not."""

import base64
import hashlib
import sys
import zlib

import numpy as np
import pytest
import zstandard

from headerfiles import write_xisf
from plateworks.errors import TroubleError
from plateworks.metadata.xisf import image_names
from plateworks.metadata.xisf_pixels import read_adu, read_pixels
from xisffiles import PIXELS, RAW, image, refusal


def shuffle(data: bytes, size: int) -> bytes:
    """Put the first bytes of all items in front, then the second ones; a rest stays at the end."""
    count = len(data) // size
    columns = [data[k : count * size : size] for k in range(size)]
    return b"".join(columns) + data[count * size :]


@pytest.mark.parametrize("form", ["UInt8", "UInt16", "UInt32", "UInt64", "Float32", "Float64"])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("codec", ["", "zlib", "zlib+sh"])
def test_every_sample_format_is_read_in_native_order(tmp_path, form, big, codec):
    pixels = (np.arange(24).reshape(4, 6) * 10.5).astype(form.lower())
    data = pixels.astype(pixels.dtype.newbyteorder(">" if big else "<")).tobytes()
    more = 'byteOrder="big" ' if big else ""
    if codec:
        size = pixels.dtype.itemsize
        more += f'compression="{codec}:{len(data)}' + (f':{size}"' if "+" in codec else '"')
        data = zlib.compress(shuffle(data, size) if "+" in codec else data)
    found = read_pixels(image(tmp_path, data, form=form, more=more))
    assert found.dtype == pixels.dtype
    assert found.dtype.isnative
    assert np.array_equal(found, pixels)


@pytest.mark.parametrize("form", ["Float32", "Float64"])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize(
    ("bounds", "low", "high"),
    [("0:1", 0, 1), ("0:65535", 0, 65535), ("-1:1", -1, 1), ("0:4095", 0, 4095), (None, 0, 1)],
)
def test_floating_point_pixels_are_brought_to_adu_by_their_bounds(
    tmp_path, form, big, bounds, low, high
):
    adu = np.linspace(0, 65535, 48 * 32).reshape(32, 48)
    order = ">" if big else "<"
    stored = (low + adu / 65535 * (high - low)).astype(np.dtype(form.lower()).newbyteorder(order))
    more = (f'bounds="{bounds}" ' if bounds else "") + ('byteOrder="big"' if big else "")
    found = read_adu(image(tmp_path, stored.tobytes(), "48:32:1", form, more))
    assert found.dtype == form.lower()
    np.testing.assert_allclose(found, adu, rtol=1e-6, atol=0.02)


def test_bounds_that_most_pixels_exceed_were_not_meant(tmp_path):
    adu = np.linspace(300, 900, 48 * 32, dtype="<f4")
    assert np.array_equal(
        read_adu(image(tmp_path, adu.tobytes(), "48:32:1", "Float32", 'bounds="0:1"')).ravel(), adu
    )


def test_integers_are_adu_as_they_are(tmp_path):
    assert np.array_equal(read_adu(image(tmp_path)), PIXELS)
    wide = PIXELS.astype("<u8")
    found = read_adu(image(tmp_path, wide.tobytes(), form="UInt64"))
    assert found.dtype == np.float64 and np.array_equal(found, PIXELS)


def test_images_are_found_by_their_names(tmp_path):
    def one(name, value):
        data = base64.b64encode(np.full((2, 2), value, "<u2")).decode()
        return (
            f'<Image id="{name}" geometry="2:2:1" sampleFormat="UInt16" '
            f'location="inline:base64">{data}</Image>'
        )

    xml = f"<xisf>{one('integration', 7)}{one('MASK', 9)}</xisf>".encode()
    path = tmp_path / "a.xisf"
    path.write_bytes(b"XISF0100" + len(xml).to_bytes(4, "little") + bytes(4) + xml)
    assert image_names(path) == ["integration", "MASK"]
    assert (read_pixels(path) == 7).all() and (read_pixels(path, "MASK") == 9).all()
    assert "no image rejection_low" in refusal(lambda p: read_pixels(p, "rejection_low"), path)


@pytest.mark.parametrize("storage", ["Planar", "Normal"])
def test_planes_come_first_however_they_are_stored(tmp_path, storage):
    pixels = np.arange(3 * 4 * 6, dtype=np.uint16).reshape(3, 4, 6)
    stored = pixels if storage == "Planar" else np.moveaxis(pixels, 0, -1)
    path = image(tmp_path, stored.tobytes(), geometry="6:4:3", more=f'pixelStorage="{storage}"')
    assert np.array_equal(read_pixels(path), pixels)


@pytest.mark.parametrize("encoding", ["base64", "hex"])
def test_pixels_inside_the_header_are_read(tmp_path, encoding):
    text = base64.b64encode(RAW).decode() if encoding == "base64" else RAW.hex()
    text = text[:20] + "\n  " + text[20:]
    attributes = 'geometry="6:4:1" sampleFormat="UInt16" location='
    inline = write_xisf(tmp_path / "i.xisf", f'{attributes}"inline:{encoding}"', text)
    data = f'<Data encoding="{encoding}">{text}</Data>'
    embedded = write_xisf(tmp_path / "e.xisf", f'{attributes}"embedded"', data)
    assert np.array_equal(read_pixels(inline), PIXELS)
    assert np.array_equal(read_pixels(embedded), PIXELS)


def test_pixels_packed_in_parts_are_read(tmp_path):
    shuffled = shuffle(RAW, 2)
    parts = [zlib.compress(shuffled[:20]), zlib.compress(shuffled[20:])]
    subblocks = f"{len(parts[0])},20:{len(parts[1])},{len(RAW) - 20}"
    more = f'compression="zlib+sh:{len(RAW)}:2" subblocks="{subblocks}"'
    assert np.array_equal(read_pixels(image(tmp_path, b"".join(parts), more=more)), PIXELS)


@pytest.mark.parametrize("codec", ["lz4", "lz4hc", "zstd"])
@pytest.mark.parametrize("shuffled", [False, True])
def test_other_codecs_are_read_where_their_module_is_installed(tmp_path, codec, shuffled):
    data = shuffle(RAW, 2) if shuffled else RAW
    if codec == "zstd":
        packed = pytest.importorskip("zstandard").compress(data)
    else:
        packed = pytest.importorskip("lz4.block").compress(data, store_size=False)
    more = (
        f'compression="{codec}+sh:{len(RAW)}:2"'
        if shuffled
        else (f'compression="{codec}:{len(RAW)}"')
    )
    assert np.array_equal(read_pixels(image(tmp_path, packed, more=more)), PIXELS)


@pytest.mark.parametrize(
    ("codec", "module", "package"),
    [("lz4", "lz4.block._block", "lz4"), ("zstd", "zstandard", "zstandard")],
)
def test_a_missing_codec_is_refused_with_the_remedy(tmp_path, monkeypatch, codec, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    path = image(tmp_path, more=f'compression="{codec}:{len(RAW)}"')
    with pytest.raises(TroubleError, match=f"install the Python package {package}"):
        read_pixels(path)


@pytest.mark.parametrize(
    ("compression", "words"),
    [
        ("zlib:48", "cannot be unpacked by zlib"),
        ("zlib:47", "unpacks to 47 bytes where 48"),
        ("zlib+sh:48", "makes no sense"),
        ("zlib+xx:48:2", "makes no sense"),
        ("zlib:many", "makes no sense"),
        ("rar:48", "no codec of XISF"),
    ],
)
def test_pixels_that_cannot_be_unpacked_are_refused(tmp_path, compression, words):
    path = image(tmp_path, more=f'compression="{compression}"')
    assert words in refusal(read_pixels, path)


def test_too_few_pixels_are_refused(tmp_path):
    assert "40 bytes of pixels where 48" in refusal(read_pixels, image(tmp_path, RAW[:40]))
    packed = image(tmp_path, zlib.compress(RAW[:40]), more='compression="zlib:48"')
    assert "40 bytes of pixels where 48" in refusal(read_pixels, packed)


def test_a_packed_block_cannot_ask_for_more_memory_than_its_image(tmp_path):
    bomb = zlib.compress(RAW + bytes(10_000_000))
    path = image(tmp_path, bomb, more='compression="zlib:48"')
    assert "unpacks to more than is promised" in refusal(read_pixels, path)


@pytest.mark.parametrize("codec", ["zlib", "zstd"])
def test_the_checksum_of_a_codec_is_compared(tmp_path, codec):
    zstd = zstandard.ZstdCompressor(write_checksum=True)
    packed = zlib.compress(RAW) if codec == "zlib" else zstd.compress(RAW)
    path = image(tmp_path, packed, more=f'compression="{codec}:48"')
    assert np.array_equal(read_pixels(path), PIXELS)
    path = image(tmp_path, packed[:-1] + bytes([packed[-1] ^ 1]), more=f'compression="{codec}:48"')
    assert f"cannot be unpacked by {codec}" in refusal(read_pixels, path)


def test_a_stream_of_zlib_that_breaks_off_before_its_checksum_is_refused(tmp_path):
    path = image(tmp_path, zlib.compress(RAW)[:-2], more='compression="zlib:48"')
    assert "cannot be unpacked by zlib: it breaks off" in refusal(read_pixels, path)


def test_a_block_of_lz4_that_is_larger_than_it_can_be_is_refused(tmp_path):
    path = image(tmp_path, bytes(500), more='compression="lz4:48"')
    assert "500 bytes are no block of 48" in refusal(read_pixels, path)


@pytest.mark.parametrize("item", [0, 5, 49, 9999999999999999999])
def test_items_of_whatever_size_are_put_together_or_left_as_they_are(tmp_path, item):
    data = shuffle(RAW, item) if item == 5 else RAW
    more = f'compression="zlib+sh:48:{item}"'
    assert np.array_equal(read_pixels(image(tmp_path, zlib.compress(data), more=more)), PIXELS)


def test_an_image_in_very_many_blocks_is_refused(tmp_path):
    data = bytes(48)
    for count, words in ((10_001, "more than 10,000 blocks"), (9_999, "do not add up")):
        more = f'compression="zlib:48" subblocks="{":".join(["1,1"] * count)}"'
        assert words in refusal(read_pixels, image(tmp_path, data, more=more))


@pytest.mark.parametrize(
    "subblocks",
    ["8,1000000000000:8,-999999999952", "-8,48", "8,-48:8,96", "0,48", "8,0:8,48", "9" * 30],
)
def test_blocks_of_absurd_sizes_are_refused(tmp_path, subblocks):
    more = f'compression="lz4:48" subblocks="{subblocks}"'
    assert "subblocks" in refusal(read_pixels, image(tmp_path, bytes(16), more=more))


@pytest.mark.parametrize("name", ["sha-1", "sha1", "sha-256", "sha-512", "sha3-256", "sha3-512"])
def test_a_checksum_is_compared(tmp_path, name):
    ours = name.replace("sha3-", "sha3_").replace("sha-", "sha")
    digest = hashlib.new(ours, RAW).hexdigest()
    path = image(tmp_path, more=f'checksum="{name}:{digest}"')
    assert np.array_equal(read_pixels(path), PIXELS)
    path.write_bytes(path.read_bytes()[:-1] + b"\x55")
    assert "do not agree" in refusal(read_pixels, path)


def test_text_that_is_not_of_its_encoding_is_refused(tmp_path):
    attributes = 'geometry="6:4:1" sampleFormat="UInt16" location="inline:{}"'
    for encoding, words in (("base64", "not base64"), ("hex", "not hex"), ("rot13", "'rot13'")):
        path = write_xisf(tmp_path / "a.xisf", attributes.format(encoding), "!!!")
        assert words in refusal(read_pixels, path)


def test_real_files_have_the_pixels_that_were_counted_in_them(shared_data):
    small = read_pixels(shared_data / "xisf" / "test.xisf")
    assert small[0].tolist() == [5, 7, 4, 2, 1, 1, 1, 5]  # BQAH AAQA AgAB AAEA AQAF
    packed = shared_data / "xisf" / "xisf-image-gray-256x256-16bits-zlib_sh.xisf"
    low, high = np.split(np.frombuffer(zlib.decompress(packed.read_bytes()[1054:]), np.uint8), 2)
    assert np.array_equal(read_pixels(packed).ravel(), low + 256 * high.astype(np.uint16))
