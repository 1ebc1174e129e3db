"""What is made and what is found among the files of a job, and when what is found has changed."""

import os

import pytest

from plateworks.jobs.found import Files
from plateworks.lost import note_lost


@pytest.fixture
def raw(tmp_path):
    path = tmp_path / "raw" / "light.fits"
    path.parent.mkdir()
    path.write_bytes(b"light")
    return path


def files_of(tmp_path, *found, made=()) -> Files:
    """Return the files as a new run finds them."""
    return Files({*made}, {*map(str, found)}, str(tmp_path / "lost"))


def test_what_others_make_is_an_input_also_where_it_is_there_already(tmp_path, raw):
    files = files_of(tmp_path, made=[str(raw)])
    assert files.made([str(raw)]) == [str(raw)]
    assert files.stamps([str(raw)]) == files.stamps([])


def test_a_file_that_nobody_knows_is_found_where_it_is_there(tmp_path, raw):
    typed, missing = raw.with_name("typed.lst"), raw.with_name("missing.lst")
    typed.write_text("1 1\n")
    files = files_of(tmp_path)
    assert files.made([str(typed), str(missing)]) == [str(missing)]
    assert files.stamps([str(typed)]) != files.stamps([])


def test_a_frame_that_went_after_the_scan_is_no_input(tmp_path, raw):
    raw.unlink()
    assert files_of(tmp_path, raw).made([str(raw)]) == []


def test_with_more_made_the_rest_stays(tmp_path, raw):
    image = str(tmp_path / "image.xisf")
    more = files_of(tmp_path, raw).with_made([image])
    assert more.made([str(raw), image]) == [image]


def change_size(path):
    path.write_bytes(b"longer")


def change_time(path):
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 5_000_000_000))


def remove(path):
    path.unlink()


def move_into_the_future(path):
    os.utime(path, ns=(0, 4_000_000_000_000_000_000))


@pytest.mark.parametrize("change", [change_size, change_time, remove, move_into_the_future])
def test_a_change_of_a_frame_changes_its_stamp(tmp_path, raw, change):
    before = files_of(tmp_path, raw).stamps([str(raw)])
    assert files_of(tmp_path, raw).stamps([str(raw)]) == before
    change(raw)
    assert files_of(tmp_path, raw).stamps([str(raw)]) != before


def test_a_copy_on_a_disk_that_keeps_times_less_finely_has_the_same_stamp(tmp_path, raw):
    os.utime(raw, ns=(0, 1_755_295_321_987_654_321))
    before = files_of(tmp_path, raw).stamps([str(raw)])
    os.utime(raw, ns=(0, 1_755_295_320_000_000_000))
    assert files_of(tmp_path, raw).stamps([str(raw)]) == before


def test_a_change_in_mid_run_waits_for_the_next_run(tmp_path, raw):
    files = files_of(tmp_path, raw)
    before = files.stamps([str(raw)])
    remove(raw)
    assert files.stamps([str(raw)]) == before


def test_a_frame_that_was_lost_has_another_stamp_once_it_is_back(tmp_path, raw):
    other = raw.with_name("other.fits")
    other.write_bytes(b"other")
    before = files_of(tmp_path, raw).stamps([str(raw)])
    note_lost(str(tmp_path / "lost"), str(raw))
    once = files_of(tmp_path, raw).stamps([str(raw)])
    assert before != once == files_of(tmp_path, raw).stamps([str(raw)])
    note_lost(str(tmp_path / "lost"), str(raw))
    assert files_of(tmp_path, raw).stamps([str(raw)]) not in (before, once)
    unharmed = files_of(tmp_path, other).stamps([str(other)])
    assert unharmed == Files({str(raw)}, {str(other)}, "/nowhere").stamps([str(other)])
