"""The scan of raw folders: what is found, what is set aside, what the cache spares."""

import gzip
import os

import pytest

from frames import write_frame
from plateworks.errors import ConfigError
from plateworks.inventory import entries
from plateworks.inventory.scan import recall, scan
from plateworks.inventory.sources import Source


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "results" / "scan.json"


def test_frames_are_found_in_all_sub_folders_whatever_the_case_of_their_ending(tmp_path, cache):
    raw = tmp_path / "raw"
    for name in ("a.fits", "deep/er/b.FIT", "deep/c.Fts", ".hidden/d.fits", "notes.txt"):
        write_frame(raw / name, "LIGHT")
    packed = write_frame(raw / "e.fits", "LIGHT")
    (raw / "e.fits.gz").write_bytes(gzip.compress(packed.read_bytes()))
    packed.unlink()
    found = scan([Source(str(raw))], cache)
    names = [os.path.relpath(frame.path, raw) for frame in found.frames]
    assert names == ["a.fits", "deep/c.Fts", "deep/er/b.FIT", "e.fits.gz"]
    assert not found.rejects


def test_a_truncated_frame_is_set_aside_with_both_sizes_and_the_rest_goes_on(tmp_path, cache):
    write_frame(tmp_path / "raw" / "good.fits", "LIGHT")
    bad = write_frame(tmp_path / "raw" / "bad.fits", "LIGHT")
    os.truncate(bad, 4000)
    found = scan([Source(str(tmp_path / "raw"))], cache)
    assert [os.path.basename(f.path) for f in found.frames] == ["good.fits"]
    [reject] = found.rejects
    assert reject.path == str(bad)
    assert "shorter than its header promises: 4,000 bytes" in reject.reason


def test_empty_files_links_to_nowhere_and_folders_named_like_frames_are_set_aside(tmp_path, cache):
    raw = tmp_path / "raw"
    write_frame(raw / "good.fits", "LIGHT")
    (raw / "empty.fits").touch()
    (raw / "link.fits").symlink_to(tmp_path / "nowhere.fits")
    (raw / "text.fits").write_text("this is no image")
    (raw / "folder.fits").mkdir()
    found = scan([Source(str(raw))], cache)
    assert len(found.frames) == 1
    assert {os.path.basename(r.path) for r in found.rejects} == {
        "empty.fits", "link.fits", "text.fits",
    }  # fmt: skip
    assert all(reject.reason for reject in found.rejects)


@pytest.mark.parametrize(
    ("name", "flaw"),
    [
        (b"gr\xfc\xdfe.fits", "not written in UTF-8"),
        (b"caf\xe9/a.fits", "not written in UTF-8"),
        (b"new\nline.fits", "control character"),
        (b"return\r.fits", "control character"),
        (b"next\xc2\x85line.fits", "control character"),
        ("para\u2029graph/a.fits".encode(), "control character"),
        (b"caf\xe9.lst", "not written in UTF-8"),
        (b"caf\xe9", "not written in UTF-8"),
    ],
)
def test_a_name_that_nothing_can_show_is_set_aside_and_the_others_go_on(
    tmp_path, cache, name, flaw
):
    good = write_frame(tmp_path / "raw" / "good.fits", "LIGHT")
    bad = os.path.join(os.fsencode(tmp_path), b"raw", name)
    os.makedirs(os.path.dirname(bad), exist_ok=True)
    with open(bad, "wb") as stream:
        stream.write(good.read_bytes())
    found = scan([Source(str(tmp_path / "raw"))], cache)
    assert [frame.path for frame in found.frames] == [str(good)]
    [reject] = found.rejects
    assert flaw in reject.reason
    assert os.fsencode(reject.path) == bad
    assert recall(cache, [Source(str(tmp_path / "raw"))]) == found


@pytest.mark.parametrize(
    "name",
    ["x{y}.fits", "a<b>c.fits", "~tilde.fits", "a:b.fits", "%s%d.fits", "end .fits", " begin.fits",
     "em\N{EM DASH}dash.fits", "back\\slash.fits", "$HOME.fits", "[1].fits", "'quote\".fits"],
)  # fmt: skip
def test_any_other_name_is_read(tmp_path, cache, name):
    write_frame(tmp_path / "raw" / name, "LIGHT")
    found = scan([Source(str(tmp_path / "raw"))], cache)
    assert [os.path.basename(frame.path) for frame in found.frames] == [name]


def test_a_folder_that_links_to_its_own_parent_is_not_followed_for_ever(tmp_path, cache):
    write_frame(tmp_path / "raw" / "a.fits", "LIGHT")
    (tmp_path / "raw" / "loop").symlink_to(tmp_path / "raw")
    assert len(scan([Source(str(tmp_path / "raw"))], cache).frames) == 1


def test_a_linked_folder_of_frames_is_followed(tmp_path, cache):
    write_frame(tmp_path / "elsewhere" / "a.fits", "LIGHT")
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "link").symlink_to(tmp_path / "elsewhere")
    assert len(scan([Source(str(tmp_path / "raw"))], cache).frames) == 1


def test_a_link_out_of_the_folder_is_named_also_when_nothing_is_looked_at(tmp_path, cache):
    write_frame(tmp_path / "elsewhere" / "deep" / "a.fits", "LIGHT")
    raw = tmp_path / "raw"
    write_frame(raw / "own" / "b.fits", "LIGHT")
    (raw / "out").symlink_to(tmp_path / "elsewhere")
    (raw / "in").symlink_to(raw / "own")
    sources = [Source(str(raw))]
    for found in (scan(sources, cache), scan(sources, cache), recall(cache, sources)):
        assert found.followed == (str(raw / "out"),)
        assert len(found.frames) == 2


@pytest.mark.parametrize("up", ["..", "../..", "/"])
def test_a_link_to_what_holds_the_folder_is_not_followed_and_said(tmp_path, cache, up):
    raw = tmp_path / "station" / "raw"
    write_frame(raw / "a.fits", "LIGHT")
    write_frame(tmp_path / "station" / "other" / "b.fits", "LIGHT")
    (raw / "up").symlink_to(up)
    for _ in range(2):
        found = scan([Source(str(raw))], cache)
        assert [frame.path for frame in found.frames] == [str(raw / "a.fits")]
        assert found.rejects[0].path == str(raw / "up")
        assert "which holds the folder that is searched" in found.rejects[0].reason
        assert found.followed == ()


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="this system shows no processes so")
def test_what_the_system_makes_up_is_never_searched(tmp_path, cache):
    write_frame(tmp_path / "raw" / "a.fits", "LIGHT")
    (tmp_path / "raw" / "system").symlink_to("/proc/self")
    found = scan([Source(str(tmp_path / "raw"))], cache)
    assert (len(found.frames), found.rejects[0].path) == (1, str(tmp_path / "raw" / "system"))
    with pytest.raises(ConfigError, match=r"raw: /proc/self cannot stand there"):
        scan([Source("/proc/self")], cache)


@pytest.mark.parametrize("what", ["absent", "file"])
def test_a_raw_folder_that_is_none_is_said_by_name(tmp_path, cache, what):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=str(tmp_path / what)):
        scan([Source(str(tmp_path / what))], cache)


def test_a_second_scan_reads_no_header_of_an_unchanged_file(tmp_path, cache, monkeypatch):
    for i in range(3):
        write_frame(tmp_path / "raw" / f"{i}.fits", "LIGHT", exptime=60.0)
    first = scan([Source(str(tmp_path / "raw"))], cache)
    stamp = cache.stat().st_mtime_ns
    write_frame(tmp_path / "raw" / "1.fits", "LIGHT", exptime=61.5)
    os.utime(tmp_path / "raw" / "1.fits", ns=(1, 1))
    read = []
    real = entries.read_cards
    monkeypatch.setattr(entries, "read_cards", lambda path: read.append(path) or real(path))
    second = scan([Source(str(tmp_path / "raw"))], cache)
    assert [os.path.basename(path) for path in read] == ["1.fits"]
    assert second.frames[1].exposure == 61.5
    assert second.frames[0] == first.frames[0]
    assert cache.stat().st_mtime_ns >= stamp


def test_a_scan_that_finds_nothing_new_leaves_the_cache_alone(tmp_path, cache):
    write_frame(tmp_path / "raw" / "a.fits", "LIGHT")
    scan([Source(str(tmp_path / "raw"))], cache)
    stamp = cache.stat().st_mtime_ns, cache.stat().st_ino
    scan([Source(str(tmp_path / "raw"))], cache)
    assert (cache.stat().st_mtime_ns, cache.stat().st_ino) == stamp


def test_a_recalled_inventory_is_the_scanned_one(tmp_path, cache):
    write_frame(tmp_path / "raw" / "a.fits", "LIGHT", filter="Ha", filters="L")
    (tmp_path / "raw" / "b.fits").touch()
    scanned = scan([Source(str(tmp_path / "raw"))], cache)
    assert recall(cache, [Source(str(tmp_path / "raw"))]) == scanned
    assert scanned.frames[0].notes


@pytest.mark.parametrize("damage", [b"", b"{", b'{"version": [0, []], "files": {}}', b"\xff\xfe"])
def test_a_damaged_or_foreign_cache_counts_as_empty(tmp_path, cache, damage):
    write_frame(tmp_path / "raw" / "a.fits", "LIGHT")
    scan([Source(str(tmp_path / "raw"))], cache)
    cache.write_bytes(damage)
    assert len(scan([Source(str(tmp_path / "raw"))], cache).frames) == 1


def test_a_file_that_cannot_be_read_is_no_reject_and_is_read_by_the_next_scan(
    tmp_path, cache, monkeypatch
):
    write_frame(tmp_path / "raw" / "good.fits", "LIGHT")
    bad = write_frame(tmp_path / "raw" / "bad.fits", "DARK")
    sources = [Source(str(tmp_path / "raw"))]
    real = os.open

    def refuse(path, *how, **more):
        if str(path) == str(bad):
            raise PermissionError(13, "Permission denied")
        return real(path, *how, **more)

    monkeypatch.setattr(os, "open", refuse)
    found = scan(sources, cache)
    assert found.unread == ((str(bad), "cannot be read (Permission denied; permit it)"),)
    assert (len(found.frames), found.rejects) == (1, ())
    assert recall(cache, sources) == found  # jobs and tables of this run know of it
    monkeypatch.undo()
    again = scan(sources, cache)
    assert (len(again.frames), again.unread) == (2, ())


def test_a_link_to_nowhere_says_so_and_is_read_once_its_file_is_there(tmp_path, cache):
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "link.fits").symlink_to("../there.fits")
    [reject] = scan([Source(str(raw))], cache).rejects
    assert reject.reason == "is a link to ../there.fits, which is not there"
    write_frame(tmp_path / "there.fits", "LIGHT")
    assert len(scan([Source(str(raw))], cache).frames) == 1
