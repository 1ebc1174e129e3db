"""Files written whole or not at all: whatever happens, nothing else is left."""

import errno
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from frames import ROOT
from plateworks import files
from plateworks.files import atomic, durably, parts_of, reserve


@pytest.fixture
def place(tmp_path) -> Path:
    return tmp_path / "folder" / "a.csv"


def there(place: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in place.parent.iterdir()}


def no_links(part, path):
    raise OSError(errno.EPERM, "Operation not permitted")


def test_a_file_appears_whole_once_it_is_complete_and_not_before(place):
    with atomic(place) as stream:
        stream.write(b"complete")
        stream.flush()
        assert not place.exists()
    assert there(place) == {"a.csv": b"complete"}


def test_a_file_that_is_there_is_replaced_whole(place):
    place.parent.mkdir()
    place.write_bytes(b"the old and longer one")
    with open(place, "rb") as reader:
        with atomic(place) as stream:
            stream.write(b"new")
        assert reader.read() == b"the old and longer one"  # who reads goes on with what he opened
    assert there(place) == {"a.csv": b"new"}


@pytest.mark.parametrize("end", [RuntimeError, KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.parametrize("how", [{}, {"new": True}, {"durable": True}], ids=str)
def test_a_writer_that_fails_or_is_interrupted_leaves_nothing(place, end, how):
    with pytest.raises(end), atomic(place, **how) as stream:
        stream.write(b"half of the ne")
        raise end
    assert there(place) == {}


def test_a_writer_that_fails_leaves_the_old_file(place):
    place.parent.mkdir()
    place.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), atomic(place) as stream:
        stream.write(b"half of the ne")
        raise ZeroDivisionError
    assert there(place) == {"a.csv": b"old"}


def test_text_that_cannot_be_encoded_leaves_nothing(place):
    with pytest.raises(UnicodeEncodeError), atomic(place, "w", encoding="ascii") as stream:
        stream.write("first line\n")
        stream.write("Łódź\n")
    assert there(place) == {}


def test_a_full_disk_leaves_nothing(place, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"), atomic(place, durable=True) as stream:
        stream.write(b"a frame")
    assert there(place) == {}


def test_a_name_that_a_folder_has_leaves_nothing_else(place):
    place.mkdir(parents=True)
    with pytest.raises(IsADirectoryError), atomic(place) as stream:
        stream.write(b"x")
    assert [path.name for path in place.parent.iterdir()] == ["a.csv"]


def test_a_folder_that_is_a_file_is_no_file_that_exists_already(place):
    place.parent.write_text("a file")
    for path in (place, place / "deeper"):
        with pytest.raises(NotADirectoryError, match="folder"), atomic(path, new=True):
            pytest.fail("it began to write")


def test_text_is_written_in_the_encoding_and_with_the_line_ends_asked_for(place):
    with atomic(place, "w", newline="\r\n") as stream:
        stream.write("M 39\nété\n")
    assert there(place) == {"a.csv": "M 39\r\nété\r\n".encode()}
    with atomic(place, "w", errors="surrogateescape", newline="") as stream:
        stream.write("light_\udcff.fits\n")
    assert there(place) == {"a.csv": b"light_\xff.fits\n"}


@pytest.mark.parametrize("links", [True, False])
def test_a_new_file_never_takes_the_place_of_one_that_is_there(place, monkeypatch, links):
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    with atomic(place, new=True) as stream:
        stream.write(b"first")
    assert there(place) == {"a.csv": b"first"}
    with pytest.raises(FileExistsError), atomic(place, new=True) as stream:
        stream.write(b"second")
    assert there(place) == {"a.csv": b"first"}


@pytest.mark.parametrize("links", [True, False])
def test_of_two_writers_of_a_new_file_one_wins_and_the_other_is_told(place, monkeypatch, links):
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(FileExistsError), atomic(place, new=True) as slow:
        slow.write(b"slow")
        with atomic(place, new=True) as quick:
            quick.write(b"quick")
    assert there(place) == {"a.csv": b"quick"}


def test_two_writers_of_one_file_do_not_mix(place):
    with atomic(place) as one, atomic(place) as other:
        one.write(b"one one one")
        other.write(b"other")
    assert there(place) == {"a.csv": b"one one one"}  # the last to end


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_permissions_are_those_of_any_new_file(tmp_path, mask, new):
    before = os.umask(mask)
    try:
        (tmp_path / "plain").touch()
        with atomic(tmp_path / "whole", new=new) as stream:
            stream.write(b"x")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "whole")]
    assert modes[0] == modes[1] == 0o666 & ~mask


@pytest.mark.parametrize("asked", [{"durable": True}, {}], ids=["by itself", "meanwhile"])
def test_a_durable_file_is_on_the_disk_before_it_has_its_name_and_its_name_before_all_goes_on(
    place, monkeypatch, asked
):
    steps, sync, replace = [], os.fsync, os.replace

    def synced(descriptor):
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        steps.append((kind, os.fstat(descriptor).st_size if kind == "file" else None))
        sync(descriptor)

    def replaced(*names):
        steps.append(("name", None))
        replace(*names)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    with durably(not asked), atomic(place, **asked) as stream:
        stream.write(b"raw")
    assert steps == [("file", 3), ("name", None), ("folder", None)]
    with durably(False), atomic(place) as stream:
        stream.write(b"raw")
    assert steps[3:] == [("name", None)]


def test_what_a_thread_writes_meanwhile_is_durable_as_well(place, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(descriptor))

    def write():
        with atomic(place) as stream:
            stream.write(b"light")

    with durably(), ThreadPoolExecutor(1) as pool:
        pool.submit(write).result()
    assert len(synced) == 2  # the file and its folder
    write()
    assert len(synced) == 2


def test_names_as_long_as_the_file_system_allows_can_be_written(tmp_path):
    names = ["é" * 127, "x" * 255]
    for name in names:
        with atomic(tmp_path / name, "w") as stream:
            assert len(parts_of(tmp_path / name)) == 1
            stream.write(name)
    assert sorted(os.listdir(tmp_path)) == sorted(names)


def test_what_a_killed_writer_left_can_be_told_from_all_else(tmp_path):
    code = (
        "import os, signal, sys; from plateworks.files import atomic\n"
        "with atomic(sys.argv[1]) as stream: os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a[1].fits")],
        env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")},
    )
    assert done.returncode == -9
    (left,) = tmp_path.iterdir()
    for name in (".a[1].fits.part", ".a1.fits.01234567.part", ".a[1].fits.fits.01234567.part"):
        (tmp_path / name).touch()
    assert parts_of(tmp_path / "a[1].fits") == [left]


def test_an_error_of_the_writer_is_not_hidden_by_one_of_tidying_up(place, monkeypatch):
    def gone(*_, **__):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(files.Path, "unlink", gone)
    with pytest.raises(ZeroDivisionError), atomic(place):
        raise ZeroDivisionError


def test_a_disk_that_is_full_is_said_with_the_file(tmp_path):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    told = pytest.raises(OSError, match=r"No space left on device: '.*a\.fits'")
    with told, atomic(tmp_path / "a.fits") as stream:
        stream.write(b"half")
        raise full
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can do so")
def test_room_that_was_found_beforehand_makes_a_file_no_longer(place):
    with atomic(place) as stream:
        stream.write(b"head")
        reserve(stream, 1 << 20)
        room = os.stat(stream.fileno()).st_blocks * 512
        stream.write(b"all")
    assert room >= 1 << 20 and place.read_bytes() == b"headall"


def test_where_no_room_can_be_found_beforehand_writing_goes_on():
    with open(os.devnull, "wb") as stream:
        reserve(stream, 1 << 20)
        assert stream.write(b"all") == 3
