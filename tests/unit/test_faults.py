"""The faults that tests make: each hits the calls that it is meant for, and no others."""

import errno
import os
import subprocess
import sys

import pytest

from faults import KILL, Fault, injected


def run(code, faults, *arguments):
    """Run a line of Python under faults; return what it printed."""
    environment = os.environ | faults.environment
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


TRY = """
import os, sys
for path in sys.argv[1:]:
    try:
        with open(path, "rb") as stream:
            print(len(os.pread(stream.fileno(), 10, 0)), end=" ")
    except OSError as error:
        print(error.errno, end=" ")
"""


@pytest.fixture
def files(tmp_path):
    """Three files of ten bytes."""
    paths = [tmp_path / f"{letter}.fits" for letter in "abc"]
    for path in paths:
        path.write_bytes(b"0123456789")
    return paths


@pytest.mark.parametrize("call", ["open", "read"])
def test_a_fault_hits_what_fits_its_pattern_and_nothing_else(files, tmp_path, call):
    faults = injected(tmp_path / "faults", Fault(call, "*/b.fits", errno.EIO))
    assert run(TRY, faults, *files) == f"10 {errno.EIO} 10"
    assert faults.made() == [1]


def test_a_fault_hits_from_one_call_to_another(files, tmp_path):
    fault = Fault("open", "*.fits", errno.EMFILE, first=2, count=3)
    faults = injected(tmp_path / "faults", fault)
    expected = f"10 {errno.EMFILE} {errno.EMFILE} {errno.EMFILE} 10 10"
    assert run(TRY, faults, *files, *files) == expected
    assert (faults.calls(), faults.made()) == ([6], [3])


def test_calls_of_all_processes_are_counted_together(files, tmp_path):
    faults = injected(tmp_path / "faults", Fault("open", "*.fits", errno.EACCES, first=2))
    assert [run(TRY, faults, files[0]), run(TRY, faults, files[0])] == ["10", str(errno.EACCES)]


def test_a_fault_without_an_error_falls_short(files, tmp_path):
    faults = injected(tmp_path / "faults", Fault("read", "*/a.fits", 0))
    assert run(TRY, faults, *files) == "5 10 10"


def test_a_path_is_the_same_from_whatever_folder_it_is_named(files, tmp_path):
    faults = injected(tmp_path / "faults", Fault("open", str(files[0]), errno.EIO))
    code = f"import os\nos.chdir({str(tmp_path)!r})\n{TRY}"
    assert run(code, faults, "a.fits", "b.fits") == f"{errno.EIO} 10"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("write", "open(sys.argv[1], 'wb', buffering=0).write(b'1')"),
        ("stat", "os.stat(sys.argv[1])"),
        ("sync", "os.fsync(os.open(sys.argv[1], os.O_RDWR))"),
        ("rename", "os.replace(sys.argv[2], sys.argv[1])"),
        ("mkdir", "os.mkdir(sys.argv[1])"),
        ("map", "mmap.mmap(os.open(sys.argv[1], os.O_RDONLY), 10, mmap.MAP_SHARED, 1)"),
    ],
)
def test_every_kind_of_call_can_fail(files, tmp_path, call, code):
    faults = injected(tmp_path / "faults", Fault(call, "*/a.fits", errno.EDQUOT))
    code = f"import mmap, os, sys\ntry:\n {code}\nexcept OSError as e: print(e.errno)"
    assert run(code, faults, *files) == str(errno.EDQUOT)


def test_without_faults_all_goes_on_as_ever(files, tmp_path):
    assert run(TRY, injected(tmp_path / "faults"), *files) == "10 10 10"


GROUP = """
import subprocess, sys
child = [sys.executable, "-c", "import sys\\nfor path in sys.argv[1:]: open(path).close()"]
subprocess.run([*child, *sys.argv[1:]])
print("it goes on")
"""


@pytest.mark.parametrize("first", [2, 4])
def test_the_group_of_a_process_is_killed_at_a_call(files, tmp_path, first):
    faults = injected(tmp_path / "faults", Fault("open", "*.fits", KILL, first))
    done = subprocess.run(
        [sys.executable, "-c", GROUP, *map(str, files)], env=os.environ | faults.environment,
        capture_output=True, text=True, start_new_session=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == ((-9, "") if first == 2 else (0, "it goes on\n"))
    assert faults.made() == [int(first == 2)]
