"""What a scan remembers: files that wait, folders passed over, and scans of other folders."""

import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from frames import write_frame
from plateworks.errors import PlateworksError
from plateworks.inventory import entries, scancache
from plateworks.inventory.scan import recall, scan
from plateworks.inventory.scancache import Entry, ScanCache, Stamp, store
from plateworks.inventory.sources import Source


@pytest.fixture
def cache(tmp_path) -> Path:
    return tmp_path / "results" / "scan.json"


@pytest.fixture
def raw(tmp_path) -> Path:
    """Two nights and a folder of darks, none of them changed lately."""
    for folder in ("one", "two", "two/deep", "darks"):
        write_frame(tmp_path / "raw" / folder / "a.fits", "LIGHT", object=folder)
    settle(tmp_path / "raw")
    return tmp_path / "raw"


def settle(folder: Path) -> None:
    """Make all folders look as if they had not changed for a minute."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            os.utime(path, ns=(0, time.time_ns() - 60_000_000_000))


class Clock:
    """The clock of scans: the computer's, put forward by so many seconds."""

    ahead = 0.0

    def time(self) -> float:
        return time.time() + self.ahead

    def time_ns(self) -> int:
        return int(self.time() * 1e9)


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(entries, "time", clock)
    return clock


@pytest.fixture
def listed(monkeypatch) -> list[str]:
    """The folders whose names are read."""
    folders, real = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: folders.append(path) or real(path))
    return folders


def names(found) -> list[str]:
    return [frame.object for frame in found.frames]


# -- files that may still be written -------------------------------------------------------------


def test_a_file_that_changed_lately_waits_and_is_neither_frame_nor_reject(raw, cache):
    fresh = write_frame(raw / "one" / "fresh.fits", "LIGHT")
    os.truncate(fresh, 3000)
    found = scan([Source(str(raw))], cache, settle_s=3600.0)
    assert str(fresh) in found.waiting
    assert not found.rejects
    assert recall(cache, [Source(str(raw))]) == found


def test_a_file_that_stood_still_is_read(raw, cache):
    for path in raw.rglob("*.fits"):
        os.utime(path, (0, time.time() - 100))
    found = scan([Source(str(raw))], cache, settle_s=60.0)
    assert len(found.frames) == 4
    assert not found.waiting


def test_a_file_that_goes_on_growing_goes_on_waiting(raw, cache, clock):
    growing = raw / "one" / "growing.fits"
    for size in (100, 200, 300):
        growing.write_bytes(bytes(size))
        os.utime(growing, (0, clock.time()))
        assert str(growing) in scan([Source(str(raw))], cache, settle_s=50.0).waiting
        clock.ahead += 30.0


def test_a_clock_that_is_ahead_delays_a_file_by_no_more_than_it_takes_to_settle(raw, cache, clock):
    ahead = write_frame(raw / "one" / "ahead.fits", "LIGHT")
    os.utime(ahead, (0, time.time() + 86_400))
    assert str(ahead) in scan([Source(str(raw))], cache, settle_s=50.0).waiting
    clock.ahead = 49.0
    assert str(ahead) in scan([Source(str(raw))], cache, settle_s=50.0).waiting
    clock.ahead = 51.0
    found = scan([Source(str(raw))], cache, settle_s=50.0)
    assert str(ahead) not in found.waiting
    assert str(ahead) in [frame.path for frame in found.frames]


def test_without_a_time_to_settle_nothing_waits(raw, cache):
    os.utime(raw / "one" / "a.fits", (0, time.time() + 86_400))
    assert not scan([Source(str(raw))], cache).waiting


# -- folders passed over -------------------------------------------------------------------------


def of_others(frame) -> bool:
    return frame.object != "one"


def test_folders_without_wanted_frames_are_passed_over_while_their_names_stay(raw, cache, listed):
    everything = scan([Source(str(raw))], cache)
    listed.clear()
    assert scan([Source(str(raw))], cache, pass_over=of_others) == everything
    assert listed == [f"{raw}/one"]


def test_a_new_file_a_lost_one_and_a_new_folder_are_noticed_in_folders_passed_over(raw, cache):
    scan([Source(str(raw))], cache)
    write_frame(raw / "two" / "b.fits", "LIGHT", object="new")
    (raw / "darks" / "a.fits").unlink()
    write_frame(raw / "two" / "deep" / "er" / "c.fits", "LIGHT", object="deeper")
    found = scan([Source(str(raw))], cache, pass_over=of_others)
    assert names(found) == ["one", "two", "new", "two/deep", "deeper"]


def test_the_first_scan_reads_every_folder(raw, cache):
    assert len(scan([Source(str(raw))], cache, pass_over=of_others).frames) == 4


def test_a_folder_that_changed_this_moment_is_read_again(raw, cache, listed):
    scan([Source(str(raw))], cache)
    (raw / "two" / "b.txt").touch()
    scan([Source(str(raw))], cache, pass_over=of_others)
    listed.clear()
    scan([Source(str(raw))], cache, pass_over=of_others)
    assert f"{raw}/two" in listed


def test_a_frame_changed_in_place_is_read_again_where_it_is_wanted(raw, cache):
    scan([Source(str(raw))], cache)
    write_frame(raw / "one" / "a.fits", "LIGHT", object="one", exptime=5.0)
    settle(raw)
    found = scan([Source(str(raw))], cache, pass_over=of_others)
    assert [frame.exposure for frame in found.frames if frame.object == "one"] == [5.0]


# -- one cache for several scans -----------------------------------------------------------------


def test_scans_of_other_folders_keep_what_is_known_of_these(raw, cache):
    one = scan([Source(f"{raw}/one")], cache)
    two = scan([Source(f"{raw}/two")], cache)
    assert recall(cache, [Source(f"{raw}/one")]) == one
    assert recall(cache, [Source(f"{raw}/two")]) == two
    assert len(recall(cache, [Source(str(raw))]).frames) == 3


def test_a_file_that_is_gone_is_forgotten(raw, cache):
    scan([Source(str(raw))], cache)
    (raw / "one" / "a.fits").unlink()
    scan([Source(f"{raw}/one")], cache)
    assert names(recall(cache, [Source(str(raw))])) == ["darks", "two", "two/deep"]


# -- code that reads headers otherwise -----------------------------------------------------------


@pytest.fixture
def code(monkeypatch):
    """Tell the cache that these are the modules which read headers; None: those there are."""
    real = scancache.sources

    def use(modules: dict[str, bytes] | None = None) -> None:
        monkeypatch.setattr(scancache, "sources", modules.items if modules else real)
        scancache._code.cache_clear()

    yield use
    monkeypatch.undo()
    scancache._code.cache_clear()


def test_a_cache_of_other_code_counts_as_empty(raw, cache, code):
    there = dict(scancache.sources())
    scan([Source(str(raw))], cache)
    for other in (
        there | {"values": there["values"] + b"\n"},
        there | {"another": b""},
        {name: text for name, text in there.items() if name != "dialects"},
    ):
        code(other)
        assert recall(cache, [Source(str(raw))]).frames == ()
    code(there)
    assert len(recall(cache, [Source(str(raw))]).frames) == 4


def test_the_code_is_every_module_of_the_room_that_reads_headers(root):
    room = root / "scripts" / "plateworks" / "metadata"
    files = {
        ".".join(path.relative_to(room).with_suffix("").parts): path.read_bytes()
        for path in room.rglob("*.py")
    }
    there = {name.removesuffix(".__init__"): code for name, code in files.items()}
    assert dict(scancache.sources()) == {k: v for k, v in there.items() if k != "__init__"}


def test_code_in_an_archive_is_the_same_code(tmp_path, root):
    scripts = root / "scripts"
    with zipfile.ZipFile(tmp_path / "plateworks.zip", "w") as archive:
        for path in (scripts / "plateworks").rglob("*.py"):
            archive.write(path, path.relative_to(scripts))
    ask = "from plateworks.inventory import scancache; print(scancache._code())"
    told = {
        subprocess.run(
            [sys.executable, "-c", ask], env=os.environ | {"PYTHONPATH": str(place)},
            capture_output=True, text=True, check=True,
        ).stdout
        for place in (scripts, tmp_path / "plateworks.zip")
    }  # fmt: skip
    assert told == {f"{scancache._code()}\n"}


def test_a_cache_that_cannot_be_written_is_said_with_the_key_that_put_it_there(tmp_path):
    (tmp_path / "results").touch()
    path = tmp_path / "results" / ".plateworks" / "scan.json"
    with pytest.raises(PlateworksError, match=r"scan\.json: .* config key results, .*Not a direct"):
        store(path, ScanCache({"a": Entry(Stamp(1, 1, 1))}), lambda path: True)
