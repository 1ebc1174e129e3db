"""A format of another kind: one class and its place are all that the rest needs to know of it."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from frames import write_frame
from plateworks.errors import FrameError
from plateworks.inventory.scan import scan
from plateworks.inventory.sources import Source, sources
from plateworks.jobs.sizes import raw_mb, unpacked_mb, unpacking_mb
from plateworks.metadata import formats
from plateworks.metadata.cards import read_cards
from plateworks.metadata.datadigest import digest_of_data
from plateworks.metadata.formats.format import Format, as_in_fits
from plateworks.metadata.header import Header, too_short
from plateworks.metadata.imagenames import is_image_name, stem_of
from plateworks.products.headers import original_header
from plateworks.products.reading import FrameReader


class Graymap(Format):
    """Netpbm's portable graymap of 16 bits, whose comments are taken for cards."""

    name = "PGM"
    endings = (".pgm",)
    whole = (".pgm",)
    media_type = "image/x-portable-graymap"
    upper_row_first = True

    def begins(self, path, start):
        return start.startswith(b"P5\n")

    def read(self, path, handle, size, start):
        _, *comments, sides, _ = start[: self._length(start)].split(b"\n")[:-1]
        width, height = map(int, sides.split())
        if size < self._length(start) + 2 * width * height:
            raise too_short(path, size, self._length(start) + 2 * width * height)
        cards = {key: value for key, value, _ in map(self._card, comments)}
        return Header(cards, width, height, 1, 16, bzero=32768.0, format=self.name)

    def stored(self, path, header):
        content = Path(path).read_bytes()
        pixels = np.frombuffer(content, ">u2", offset=self._length(content))
        return as_in_fits(pixels.astype(np.uint16).reshape(header.height, header.width))

    def keywords(self, path):
        _, *comments, _, _ = Path(path).read_bytes().split(b"\n")[:5]
        return [self._card(one) for one in comments]

    def _length(self, content):
        return content.index(b"\n65535\n") + len(b"\n65535\n")

    def _card(self, comment):
        key, _, value = comment.decode().removeprefix("# ").partition("=")
        return key, float(value) if value[:1].isdigit() else value, ""


PIXELS = np.arange(24, dtype=np.uint16).reshape(4, 6) * 2718


@pytest.fixture
def graymap(tmp_path, monkeypatch):
    """A dark in the other format, which is known for as long as the test."""
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, Graymap()))
    path = tmp_path / "raw" / "dark_1.PGM"
    path.parent.mkdir()
    head = b"P5\n# IMAGETYP=DARK\n# EXPTIME=30.5\n6 4\n65535\n"
    path.write_bytes(head + PIXELS.astype(">u2").tobytes())
    return path


def test_a_format_that_is_not_known_is_told_by_those_that_are(tmp_path):
    path = tmp_path / "a.fits"
    path.write_bytes(b"P5\n6 4\n65535\n")
    with pytest.raises(FrameError, match=r"neither FITS nor XISF.*: it begins with the bytes 50"):
        read_cards(path)


def test_a_frame_of_another_format_is_found_and_read_as_any_other(graymap, tmp_path):
    write_frame(graymap.with_name("light.fits"), "LIGHT")
    found = scan([Source(str(graymap.parent))], tmp_path / "scan.json")
    dark = next(frame for frame in found.frames if frame.kind == "dark")
    assert (dark.path, dark.exposure, dark.row_order) == (str(graymap), 30.5, "TOP-DOWN")
    assert (dark.width, dark.height, dark.raw_bits) == (6, 4, 16)
    assert not found.others
    assert sources([f"{graymap.parent}/*"], "raw")[0].files == tuple(
        sorted(map(str, graymap.parent.iterdir()))
    )
    assert unpacked_mb([dark]) == raw_mb([dark])
    assert unpacking_mb([dark]) > raw_mb([dark])


def test_its_pixels_and_cards_go_into_products(graymap):
    with FrameReader(str(graymap)) as reader:
        assert reader.dtype == np.uint16
        assert np.array_equal(reader.read(), PIXELS)
        assert np.array_equal(reader.rows(1, 3), PIXELS[1:3])
    assert dict(original_header(str(graymap))) == {"IMAGETYP": "DARK", "EXPTIME": 30.5}


def test_its_image_is_known_again_in_fits(graymap):
    copy = graymap.with_name("copy.fits")
    fits.PrimaryHDU(PIXELS).writeto(copy)
    digests = {digest_of_data(str(path), whole=True) for path in (graymap, copy)}
    assert len(digests) == 1


def test_its_ending_is_no_part_of_the_names_of_its_products(graymap):
    assert is_image_name(str(graymap))
    assert stem_of(str(graymap)) == "dark_1"


def test_a_file_of_it_that_is_cut_short_is_set_aside_by_name(graymap, tmp_path):
    graymap.write_bytes(graymap.read_bytes()[:-5])
    [reject] = scan([Source(str(graymap.parent))], tmp_path / "scan.json").rejects
    assert "is shorter than its header promises" in reject.reason
