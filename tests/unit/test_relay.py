"""Who ends Snakemake ends its jobs, however it was started, and nobody else."""

import os
import signal

import pytest

from blocked import blocked, said_to_the_end

#: Stands in for Snakemake, which waits for its jobs when it is told to terminate: a job below a
#: shell, and a bystander who would end by a signal that it does not know.
SNAKEMAKE = """
import signal, subprocess, sys
from plateworks.relay import pass_on
def say(line):
    sys.stdout.write(line + "\\n")  # at once: print gives the end of a line by itself
    sys.stdout.flush()
signal.signal(signal.SIGTERM, lambda *_: say("finishing"))
pass_on()
pass_on()
bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
job = [sys.executable, "-c", *sys.argv[1:]]
shell = subprocess.Popen(["bash", "-c", 'set -e; "$@"; true', "bash", *job])
while True:
    try:
        shell.wait()
        break
    except KeyboardInterrupt:
        say("finishing")
bystander.communicate(b"\\n")
say(f"bystander {bystander.returncode}")
"""

JOB = """
import sys
from plateworks.stopping import Stopped, heeded, hurried
def say(line):
    sys.stdout.write(line + "\\n")
    sys.stdout.flush()
if sys.argv[1:]:
    open(sys.argv[1]).read()
try:
    with heeded():
        try:
            say("ready")
            sys.stdin.read()
        finally:
            say("hurried" if hurried() else "in order")
except Stopped as stop:
    say(str(stop))
"""
HELD = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", HELD)
@pytest.mark.parametrize("how", [{}, {"ignored": [signal.SIGINT]}, {"held": HELD}])
def test_a_job_is_told_though_only_snakemake_was(number, how):
    with blocked(["-c", SNAKEMAKE, JOB], **how) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        out, said = process.communicate(timeout=60)
    lines = out.splitlines()
    assert sorted(lines[:3]) == ["SIGTERM", "finishing", "in order"], said
    assert lines[3:] == ["bystander 0"]
    assert process.returncode == 0


def test_a_job_that_begins_to_listen_later_is_told_then(tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    with blocked(["-c", SNAKEMAKE, JOB, str(gate)]) as process:
        with open(gate, "w"):  # opened by the job too: it runs, and does not listen yet
            process.send_signal(signal.SIGTERM)
            assert process.stdout.readline() == "finishing\n"
        said_to_the_end(process)
    assert process.returncode == 0
