"""What is made and what is found among the files of a job, and when what is found has changed."""

import os
import shutil

import pytest

from plateworks.jobs.found import Files


@pytest.fixture
def raw(tmp_path):
    path = tmp_path / "raw" / "light.fits"
    path.parent.mkdir()
    path.write_bytes(b"light")
    return path


def files_of(*found, made=(), **contents) -> Files:
    """Return the files as a new run finds them; what frames are told by is given by their names."""
    told = {str(path): contents[path.stem] for path in found if path.stem in contents}
    return Files({*made}, {*map(str, found)}, told)


def told(files, *paths) -> str:
    """Return what a job is told by whose order names some frames."""
    names = [str(path) for path in paths]
    return files.told({"frames": [{"raw": name} for name in names]}, names)


def test_what_others_make_is_an_input_also_where_it_is_there_already(tmp_path, raw):
    files = files_of(made=[str(raw)])
    assert files.made([str(raw)]) == [str(raw)]
    assert told(files, raw) == files.told({"frames": [{"raw": str(raw)}]}, [])


def test_a_file_that_nobody_knows_is_found_where_it_is_there(tmp_path, raw):
    typed, missing = raw.with_name("typed.lst"), raw.with_name("missing.lst")
    typed.write_text("1 1\n")
    files = files_of()
    assert files.made([str(typed), str(missing)]) == [str(missing)]
    before = told(files, typed)
    typed.write_text("1 2\n")
    assert told(files_of(), typed) != before


def test_a_frame_that_went_after_the_scan_is_no_input(tmp_path, raw):
    raw.unlink()
    assert files_of(raw).made([str(raw)]) == []


def test_with_more_made_the_rest_stays(tmp_path, raw):
    image = str(tmp_path / "image.xisf")
    more = files_of(raw).with_made([image])
    assert more.made([str(raw), image]) == [image]


def change_size(path):
    path.write_bytes(b"longer")


def change_pixels(path):
    path.write_bytes(path.read_bytes().swapcase())


def remove(path):
    path.unlink()


@pytest.mark.parametrize("change", [change_size, change_pixels, remove])
def test_a_job_is_told_otherwise_of_a_file_that_has_changed(tmp_path, raw, change):
    before = told(files_of(raw), raw)
    assert told(files_of(raw), raw) == before
    change(raw)
    assert told(files_of(raw), raw) != before


def test_a_frame_is_told_by_what_it_holds_wherever_it_lies(tmp_path, raw):
    before = told(files_of(raw, light="a"), raw)
    there = shutil.move(raw, tmp_path / "light.fits")
    os.utime(there, (1, 1))
    assert told(files_of(there, light="a"), there) == before
    assert told(files_of(there, light="b"), there) != before


def test_what_products_call_a_frame_tells_where_it_lies_and_is_no_other_order(tmp_path, raw):
    def named(name, fact):
        order = {"frame": {"raw": str(raw), "name": name}, "rule": {"name": fact}}
        return files_of(raw).told(order, [str(raw)])

    assert named("one/raw.fits", "x") == named("two/raw.fits", "x") != named("two/raw.fits", "y")


def test_other_names_and_another_order_of_the_frames_are_no_other_order(tmp_path, raw):
    second = raw.with_name("second.fits")
    second.write_bytes(b"second")
    before = told(files_of(raw, second, light="a", second="b"), raw, second)
    exchanged = files_of(raw, second, light="b", second="a")
    assert told(exchanged, raw, second) == before
    assert told(exchanged, raw) != before


def test_a_long_file_that_is_no_frame_is_told_by_its_size_and_time_as_fat_keeps_it(tmp_path, raw):
    os.truncate(raw, 1 << 21)
    os.utime(raw, ns=(0, 1_755_295_321_987_654_321))
    before = told(files_of(raw), raw)
    os.utime(raw, ns=(0, 1_755_295_320_000_000_000))
    assert told(files_of(raw), raw) == before
    os.utime(raw, ns=(0, 1_755_295_325_000_000_000))
    assert told(files_of(raw), raw) != before


def test_a_change_in_mid_run_waits_for_the_next_run(tmp_path, raw):
    files = files_of(raw)
    before = told(files, raw)
    remove(raw)
    assert told(files, raw) == before


def test_a_frame_that_may_not_be_read_for_now_holds_what_it_held(tmp_path, raw, monkeypatch):
    before = told(files_of(raw, light="a"), raw)
    raw.chmod(0)
    monkeypatch.setattr(os, "access", lambda *asked: False)  # the superuser may read every file
    assert told(files_of(raw, light="a"), raw) == before
