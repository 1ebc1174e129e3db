"""Temporary files and folders of killed processes are removed, and those of others stay."""

import os
import tempfile

import pytest

from blocked import blocked
from plateworks import locks
from plateworks.abandoned import remove_abandoned
from plateworks.files import atomic
from plateworks.scratch import scratch_folder

WRITER = """
import sys
from plateworks.scratch import scratch_folder
from plateworks.files import atomic
with scratch_folder() as folder, atomic(sys.argv[1]) as stream:
    (folder / "field.xyls").write_bytes(b"stars")
    stream.write(bytes(5000))
    stream.flush()
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A folder for temporary files of our own."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path / "tmp"


def parts(folder):
    return sorted(path.name for path in folder.rglob(".*.part"))


def test_what_a_killed_process_left_is_removed_and_what_a_live_one_writes_is_not(room, tmp_path):
    product = tmp_path / "results" / "masters" / "dark.fits"
    with blocked(["-c", WRITER, str(product)]) as process:
        folder = process.stdout.readline().strip()
        assert not remove_abandoned([str(tmp_path / "results")])
        assert len(parts(tmp_path)) == 1 and os.listdir(folder)
        process.kill()
        process.wait()
    removed = remove_abandoned([str(tmp_path / "results"), str(tmp_path / "not there")])
    assert (removed.things, removed.size) == (2, 5000)
    assert parts(tmp_path) == os.listdir(room) == []


def test_who_needs_a_folder_removes_those_that_killed_processes_left(room, tmp_path):
    with blocked(["-c", WRITER, str(tmp_path / "x")]) as process:
        left = process.stdout.readline().strip()
        process.kill()
        process.wait()
    with scratch_folder() as one, scratch_folder() as other:
        assert sorted(room.iterdir()) == sorted([one, other])
    assert not os.path.exists(left)
    assert not list(room.iterdir())


@pytest.mark.parametrize(
    "name", ["x.part", ".x.part", ".x.0123456.part", ".x.fits.0123456g.part", ".x.01234567.part~"]
)
def test_files_that_only_look_like_ours_stay(room, tmp_path, name):
    (tmp_path / name).write_text("a download")
    assert not remove_abandoned([str(tmp_path)])
    assert (tmp_path / name).exists()


@pytest.mark.parametrize("name", ["plateworks-results", "plateworks-a1b2c3d4", ".plateworks-main"])
def test_folders_that_people_name_after_the_program_stay(room, name):
    (room / name).mkdir()
    (room / name / "frame.fits").write_text("precious")
    with scratch_folder():
        assert not remove_abandoned([])
    assert (room / name / "frame.fits").exists()


def test_links_and_folders_of_such_names_stay_and_lead_nowhere(room, tmp_path):
    precious, top = tmp_path / "precious", tmp_path / "results"
    precious.mkdir()
    top.mkdir()
    (precious / ".raw.fits.01234567.part").write_text("x")
    (precious / "file").write_text("x")
    (top / ".linked.01234567.part").symlink_to(precious / "file")
    (top / "linked").symlink_to(precious)
    (top / ".folder.01234567.part").mkdir()
    os.mkfifo(top / ".pipe.01234567.part")
    (room / ".plateworks-a1b2c3d4").symlink_to(precious)
    assert not remove_abandoned([str(top)])
    assert len(list(precious.iterdir())) == 2
    assert len(list(top.iterdir())) == 4


def test_nothing_is_removed_where_the_file_system_knows_no_locks(room, tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "hold", lambda descriptor: None)
    (tmp_path / ".x.fits.01234567.part").touch()
    assert not remove_abandoned([str(tmp_path)])


def test_a_file_that_is_removed_before_it_is_held_is_begun_anew(tmp_path, monkeypatch):
    from plateworks import files

    real, removed = files.hold, []

    def late(descriptor):
        if not removed:
            removed.extend(tmp_path.glob(".*.part"))
            removed[0].unlink()
        return real(descriptor)

    monkeypatch.setattr(files, "hold", late)
    with atomic(tmp_path / "x.csv", "w") as stream:
        stream.write("whole")
    assert removed and (tmp_path / "x.csv").read_text() == "whole"
