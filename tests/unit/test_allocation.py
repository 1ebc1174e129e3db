"""Freed memory of blocks is kept; that of whole frames goes back."""

import subprocess
import sys

import pytest

from frames import ROOT

CODE = f"""
import resource, sys
sys.path.insert(0, {str(ROOT / "scripts")!r})
from plateworks.allocation import keep_freed
if sys.argv[1] == "kept":
    keep_freed()
def faults(size, count=3):
    for turn in range(3):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        blocks = [b"x" * size for _ in range(count)]
        del blocks
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print(faults(15_000_000), faults(100_000_000, 1))
"""


def faults(how):
    """How many pages the system gives for blocks, and for a frame, that were had before."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, how], capture_output=True, text=True, check=True
    )
    return tuple(map(int, done.stdout.split()))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the C library is glibc's")
def test_freed_memory_of_blocks_is_kept_and_that_of_frames_is_not():
    assert faults("not")[0] > 1000
    blocks, frame = faults("kept")
    assert blocks < 100
    assert frame > 1000
