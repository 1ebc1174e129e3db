"""What keeps a file from being read: troubles of the system, told from what is in the file."""

import errno
import gzip
import os
import pickle
import zlib

import pytest

from frames import write_frame
from plateworks.errors import FrameError, TroubleError
from plateworks.logs import job_log
from plateworks.metadata.packed import DAMAGED
from plateworks.products.reading import FrameReader
from plateworks.troubles import in_words, may_pass, not_read, trouble_of

PASSING = (
    "ENOSPC", "EIO", "EACCES", "EPERM", "ENOENT", "EMFILE", "ENFILE", "ESTALE", "ENOMEM", "EINTR",
    "ETIMEDOUT", "EROFS", "EDQUOT", "EAGAIN", "EBUSY", "ENOTCONN", "EHOSTDOWN",
)  # fmt: skip


@pytest.mark.parametrize("name", PASSING)
def test_a_trouble_of_the_system_is_no_damage_and_comes_with_a_remedy(name):
    error = OSError(getattr(errno, name), os.strerror(getattr(errno, name)))
    raised = not_read("raw/a.fits", error, "cannot be read")
    assert type(raised) is TroubleError
    what, _, remedy = str(raised).partition("; ")
    assert what == f"raw/a.fits: cannot be read ({error.strerror}"
    assert len(remedy) > 5


@pytest.mark.parametrize(
    "error",
    [
        OSError("No SIMPLE card found"), gzip.BadGzipFile("CRC check failed"), EOFError("short"),
        zlib.error("invalid block"), ValueError("no number"),
        OSError(errno.ENAMETOOLONG, "File name too long"), IsADirectoryError(errno.EISDIR, "dir"),
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_in_a_file_sets_it_aside(error):
    assert type(not_read("raw/a.fits", error, "cannot be read")) is FrameError
    assert not may_pass(error)


def test_no_error_of_a_damaged_pack_is_taken_for_a_trouble():
    assert not any(may_pass(kind("damaged")) for kind in DAMAGED)


def test_memory_that_lacks_is_a_trouble_too():
    raised = not_read("raw/a.fits", MemoryError(), "its pixels cannot be read")
    assert type(raised) is TroubleError and "Cannot allocate memory; give the job" in str(raised)


def test_what_was_judged_already_stays_as_it_is():
    for error in (FrameError("a.fits", "is empty"), TroubleError("a.fits", "is away")):
        assert not_read("b.fits", error, "cannot be read") is error
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again)) == (type(error), str(error))


def test_a_trouble_names_the_file_that_the_system_named():
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/disk/a.fits")
    assert str(trouble_of(error)).startswith("/disk/a.fits: cannot be read or written (No space")
    nameless = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert "No space left on device; make room" in str(trouble_of(nameless))
    assert in_words(error) == "No space left on device; make room on its disk"


@pytest.mark.parametrize("name", ["a.fits", "a.fits.gz"])
def test_a_disk_that_fails_in_the_midst_of_a_frame_damages_no_frame(tmp_path, monkeypatch, name):
    path = write_frame(tmp_path / "a.fits", "DARK")
    if name.endswith(".gz"):
        path = tmp_path / name
        path.write_bytes(gzip.compress((tmp_path / "a.fits").read_bytes()))

    def fail(*arguments):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with FrameReader(str(path)) as reader:
        monkeypatch.setattr(os, "preadv", fail)
        with pytest.raises(TroubleError, match=r"its pixels cannot be read \(Input/output error"):
            reader.read()


def test_a_job_that_meets_a_trouble_ends_with_a_sentence(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended, job_log(tmp_path / "job.log"):
        os.stat(tmp_path / "nowhere.fits")
    assert "nowhere.fits: cannot be read or written (No such file or directory; put" in str(ended)
    log = (tmp_path / "job.log").read_text()
    assert f"ERROR: {ended.value}" in log and "Traceback" not in log


@pytest.mark.parametrize("name", ["EISDIR", "EEXIST", "ENOTDIR", "ELOOP", "ENAMETOOLONG"])
def test_a_job_that_finds_something_else_in_place_of_a_file_ends_with_a_sentence(tmp_path, name):
    number = getattr(errno, name)
    with pytest.raises(SystemExit) as ended, job_log(tmp_path / "job.log"):
        raise OSError(number, os.strerror(number), "results/report/lights.csv")
    assert f"lights.csv: cannot be read or written ({os.strerror(number)}; " in str(ended.value)
    assert "run again once it has passed" not in str(ended.value)
    assert "Traceback" not in (tmp_path / "job.log").read_text()


def test_what_nobody_foresaw_leaves_its_traceback(tmp_path):
    with pytest.raises(SystemExit, match="odd"), job_log(tmp_path / "job.log"):
        raise OSError("odd")
    assert "Traceback" in (tmp_path / "job.log").read_text()


def test_a_job_whose_log_cannot_be_written_goes_on_and_says_so_once(tmp_path, capsys):
    (tmp_path / "logs").touch()
    with job_log(tmp_path / "logs" / "job.log"):
        done = True
    assert done
    said = capsys.readouterr().err
    assert said.startswith(f"{tmp_path}/logs/job.log: the log cannot be written (")
    assert "Traceback" not in said
