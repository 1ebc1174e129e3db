"""Temporary files: where there is room for them, as much as is told, and for no longer."""

import errno
import os
import tempfile

import numpy as np
import pytest

from plateworks import scratch
from plateworks.errors import TroubleError
from plateworks.products.spooling import spooled


@pytest.fixture
def full(monkeypatch, tmp_path):
    """A folder for temporary files that has room for 1000 bytes, and no more."""
    folder = tmp_path / "full"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    real, device = os.posix_fallocate, []

    def allocate(descriptor, offset, size):
        place = os.readlink(f"/proc/self/fd/{descriptor}")
        device.append(place)
        if place.startswith(str(folder)) and size > 1000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor, offset, size)

    monkeypatch.setattr(os, "posix_fallocate", allocate)
    return folder


def place_of(stream):
    return os.path.dirname(os.readlink(f"/proc/self/fd/{stream.fileno()}"))


def test_a_temporary_file_lies_where_the_system_wants_it_while_there_is_room(full, tmp_path):
    with scratch.beside(tmp_path), scratch.room_for("a.gz", 1000) as stream:
        assert place_of(stream) == str(full)
        assert os.fstat(stream.fileno()).st_blocks * 512 >= 1000


def test_what_finds_no_room_there_lies_beside_the_results(full, tmp_path):
    pixels = np.arange(1200, dtype=">i2").reshape(30, 40)
    with scratch.beside(tmp_path), spooled("a.fz", pixels) as stream:
        assert place_of(stream) == str(tmp_path)
        assert os.pread(stream.fileno(), 5000, 0) == pixels.tobytes()


def test_no_temporary_file_has_a_name_that_could_be_left(full, tmp_path):
    with scratch.beside(tmp_path), scratch.room_for("a", 500), scratch.room_for("b", 5000):
        assert [path.name for path in tmp_path.iterdir()] == ["full"]
        assert not list(full.iterdir())


def test_where_there_is_no_room_at_all_every_place_is_named(full):
    with (
        scratch.beside(full),
        pytest.raises(TroubleError, match=r"a\.gz: there is no room") as refused,
    ):
        scratch.room_for("a.gz", 2000)
    assert str(refused.value).count(f"{full} (No space left on device; make room") == 2
    assert "no room to unpack it, 2,000 bytes" in str(refused.value)


def test_a_file_system_that_cannot_reserve_room_is_used_all_the_same(monkeypatch, tmp_path):
    def unable(*arguments):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(os, "posix_fallocate", unable)
    with spooled("a.fz", np.ones(10, np.uint8)) as stream:
        assert os.pread(stream.fileno(), 20, 0) == b"\1" * 10
