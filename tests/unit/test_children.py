"""Programs that are started end with whoever started them, and take along what they started."""

import signal
import subprocess

import pytest

from blocked import blocked, said_to_the_end

#: Starts the program that is named first, and waits for it; says how it ended.
PARENT = """
import signal, sys
from plateworks.children import child
from plateworks.stopping import heeded
grace_s, code = float(sys.argv[1]), sys.argv[2]
with heeded(), child([sys.executable, "-c", code], signal.SIGINT, grace_s) as process:
    process.wait()
"""

#: A program that starts another, both waiting for what never comes.
PAIR = r"""
import os, signal, subprocess, sys
signal.signal(signal.SIGINT, signal.{disposition})
other = subprocess.Popen([sys.executable, "-c", r"import os; os.write(1, b'other\n'); input()"])
os.write(1, b"one\n")
other.wait()
"""

#: Ends when it is asked twice, and is slow to go.
PATIENT = """
import signal, sys
asked = []
signal.signal(signal.SIGINT, lambda *_: asked.append(print("asked", flush=True)))
print("ready", flush=True)
while len(asked) < 2:
    signal.pause()
print("gone", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_all_that_was_started_ends_with_the_parent(number):
    code = PAIR.format(disposition="default_int_handler")
    with blocked(["-c", PARENT, "60", code], ignored=[signal.SIGINT]) as parent:
        assert {parent.stdout.readline() for _ in range(2)} == {"one\n", "other\n"}
        parent.send_signal(number)
        said_to_the_end(parent)
    assert parent.returncode != 0


def test_what_does_not_listen_is_killed_after_a_while():
    with blocked(["-c", PARENT, "0.2", PAIR.format(disposition="SIG_IGN")]) as parent:
        assert {parent.stdout.readline() for _ in range(2)} == {"one\n", "other\n"}
        parent.send_signal(signal.SIGTERM)
        said_to_the_end(parent)
    assert parent.returncode != 0


def test_a_further_signal_is_passed_on_and_breaks_nothing_off():
    with blocked(["-c", PARENT, "60", PATIENT]) as parent:
        assert parent.stdout.readline() == "ready\n"
        for _ in range(2):
            parent.send_signal(signal.SIGTERM)
            assert parent.stdout.readline() == "asked\n"
        assert parent.stdout.readline() == "gone\n"
        said_to_the_end(parent)


def test_a_program_that_ends_by_itself_is_left_to_do_so():
    done = "import os, sys; sys.exit(0)"
    with blocked(["-c", PARENT, "60", done]) as parent:
        assert said_to_the_end(parent) == ""
    assert parent.returncode == 0


def test_a_program_that_is_not_there_is_told():
    code = PARENT.replace("sys.executable", "'/no/such/program'")
    with blocked(["-c", code, "60", ""]) as parent:
        assert "FileNotFoundError" in said_to_the_end(parent)


def test_what_runs_is_told_from_what_has_ended():
    """The pipe is what the other tests rest on: it is open as long as anybody holds it."""
    with blocked(["-c", PARENT, "60", PAIR.format(disposition="SIG_DFL")]) as parent:
        assert {parent.stdout.readline() for _ in range(2)} == {"one\n", "other\n"}
        with pytest.raises(subprocess.TimeoutExpired):
            parent.communicate(timeout=0.1)
