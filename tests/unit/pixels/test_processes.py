"""Work shared out among processes."""

import os
import signal

import numpy as np
import pytest

from blocked import blocked, said_to_the_end
from plateworks.errors import FrameError
from plateworks.pixels.processes import in_processes, shared


@pytest.mark.parametrize("processes", [1, 2, 3, 9])
def test_results_come_in_the_order_of_the_parts(processes):
    assert in_processes(lambda part: part**2, range(7), processes) == [n**2 for n in range(7)]
    assert in_processes(lambda part: part, [], processes) == []


def test_several_processes_fill_one_array():
    image = shared((6, 4), np.float32)
    assert not image.any()

    def fill(row):
        image[row] = row + 1
        return os.getpid()

    assert len(set(in_processes(fill, range(6), 3))) == 3
    np.testing.assert_array_equal(image, np.arange(1, 7)[:, None] * np.ones(4))


@pytest.mark.parametrize("bad", [0, 1])
def test_an_error_of_any_process_is_raised_with_all_that_it_says(bad):
    def work(part):
        if part == bad:
            raise FrameError("frame.fits", "it ends before row 5")
        return part

    with pytest.raises(FrameError, match=r"frame\.fits: it ends before row 5") as raised:
        in_processes(work, range(4), 2)
    assert raised.value.reason == "it ends before row 5"


def test_a_process_that_is_killed_is_an_error_and_no_endless_wait():
    def work(part):
        if part == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(ChildProcessError, match="exit code -9"):
        in_processes(work, range(2), 2)


def test_processes_that_share_the_work_end_with_a_job_that_is_stopped_and_say_nothing():
    code = (
        "import os, sys; from plateworks.pixels.processes import in_processes\n"
        "from plateworks.stopping import guarded\n"
        "def work(part):\n"
        "    os.write(1, b'ready\\n')\n"
        "    sys.stdin.read()\n"
        "with guarded(): in_processes(work, range(3), 3)"
    )
    with blocked(["-c", code]) as job:
        assert [job.stdout.readline() for _ in range(3)] == ["ready\n"] * 3
        job.send_signal(signal.SIGTERM)
        assert said_to_the_end(job) == "stopped by SIGTERM\n"
