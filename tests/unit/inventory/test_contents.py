"""What a frame is told by: its header and pixels, and neither its place, its name nor its times."""

import gzip
import os
import shutil

import numpy as np
import pytest
from astropy.io import fits

from frames import write_frame
from plateworks.inventory import contents
from plateworks.inventory.contents import remember
from plateworks.inventory.scan import scan
from plateworks.inventory.sources import Source
from plateworks.metadata.datadigest import digest_of_data
from plateworks.products.reading import FrameReader

#: Longer than what is read with a header.
SIDE = 200


@pytest.fixture
def raw(tmp_path):
    """A folder with one large frame, of noise."""
    path = write_frame(tmp_path / "raw" / "light.fits", "LIGHT", width=SIDE, height=SIDE)
    with open(path, "r+b") as file:
        file.seek(2880)
        file.write(np.random.default_rng(5).bytes(SIDE * SIDE * 2))
    return path


def look(folder) -> str:
    """Scan a folder; return what the one frame in it is told by."""
    inventory = scan([Source(str(folder))], folder.parent / "scan.json")
    assert not inventory.rejects
    [told] = inventory.contents.values()
    return told


def alter(path, place=SIDE * SIDE * 2 - 1):
    """Change one byte of the pixels, the last, and set the time of change."""
    data = bytearray(path.read_bytes())
    data[2880 + place] ^= 1
    path.write_bytes(data)
    os.utime(path, (1, 1))


def read_by_a_job(path):
    """Keep what a job tells that read the frame."""
    remember(path.parents[1] / "scan.json", {str(path): digest_of_data(str(path), True).whole})


def test_a_frame_that_was_moved_renamed_copied_or_packed_is_told_by_the_same(raw, tmp_path):
    before = look(raw.parent)
    shutil.copyfile(raw, (tmp_path / "copy.fits"))
    (tmp_path / "b").mkdir()
    shutil.move(tmp_path / "copy.fits", tmp_path / "b" / "other.fits")
    assert look(tmp_path / "b") == before
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "light.fits.gz").write_bytes(gzip.compress(raw.read_bytes()))
    assert look(tmp_path / "c") == before


def test_a_frame_of_other_pixels_or_other_cards_is_told_otherwise(raw, tmp_path):
    before = look(raw.parent)
    for number, (old, new) in enumerate([(b"LIGHT", b"Light"), (b"ASI2600", b"ASI2601")]):
        there = tmp_path / str(number) / "light.fits"
        there.parent.mkdir()
        there.write_bytes(raw.read_bytes().replace(old, new, 1))
        assert look(there.parent) != before
    alter(raw, 0)
    assert look(raw.parent) != before


def test_a_frame_that_was_touched_is_known_by_what_a_job_read_of_it(raw):
    before = look(raw.parent)
    read_by_a_job(raw)
    os.utime(raw, (1, 1))
    assert look(raw.parent) == before
    os.utime(raw, (2, 2))
    assert look(raw.parent) == before


def test_one_changed_pixel_behind_the_beginning_is_seen_where_the_file_lies(raw):
    before = look(raw.parent)
    read_by_a_job(raw)
    alter(raw)
    changed = look(raw.parent)
    assert changed != before
    os.utime(raw, (3, 3))
    assert look(raw.parent) == changed


def test_a_touched_frame_that_no_job_has_read_is_told_otherwise_once(raw):
    before = look(raw.parent)
    os.utime(raw, (1, 1))
    once = look(raw.parent)
    assert once != before
    os.utime(raw, (2, 2))
    assert look(raw.parent) == once


def test_no_pixels_are_read_of_a_file_whose_rights_or_links_alone_changed(raw, monkeypatch):
    before = look(raw.parent)
    monkeypatch.setattr(contents, "digest_of_data", pytest.fail)
    raw.chmod(0o444)
    assert look(raw.parent) == before


def test_what_was_changed_since_the_scan_is_not_remembered_as_read(raw):
    before = look(raw.parent)
    alter(raw)
    read_by_a_job(raw)
    assert look(raw.parent) != before


def test_a_frame_in_tiles_is_told_by_its_bytes_as_they_are_stored(raw, tmp_path):
    told = []
    for name, value in (("a", 1), ("b", 2)):
        pixels = fits.getdata(raw).copy()
        pixels[SIDE // 2] += np.uint16(value)
        header = fits.getheader(raw)
        tiles = fits.CompImageHDU(pixels, header, compression_type="RICE_1")
        (tmp_path / name).mkdir()
        tiles.writeto(tmp_path / name / "light.fits.fz")
        told.append(look(tmp_path / name))
    assert told[0] != told[1]
    shutil.move(tmp_path / "a", tmp_path / "c")
    assert look(tmp_path / "c") == told[0]


def test_jobs_and_the_scan_have_one_digest_of_all_pixels(raw, tmp_path):
    with FrameReader(str(raw)) as reader:
        assert reader.digest() == digest_of_data(str(raw), True).whole
    small = write_frame(tmp_path / "small" / "light.fits", "LIGHT")
    scan([Source(str(small.parent))], tmp_path / "small.json")
    with FrameReader(str(small)) as reader:
        assert reader.digest() in (tmp_path / "small.json").read_text()
