"""Signals: whatever runs is left in order, however it was started."""

import os
import signal
from pathlib import Path

import pytest

from blocked import blocked, said_to_the_end
from plateworks.stopping import PASSED_ON, Stopped, guarded, heeded, hurried, shield

BLOCKED = """
import sys
from plateworks.stopping import guarded
with guarded("all was left in order"):
    try:
        print("ready", flush=True)
        sys.stdin.read()
    finally:
        print("left", flush=True)
"""

JOB = """
import os, sys
from plateworks.files import atomic
from plateworks.logs import job_log
with job_log(sys.argv[1] + "/job.log"), atomic(sys.argv[1] + "/product.fits") as stream:
    stream.write(b"half of it")
    stream.flush()
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_process_in_order_and_with_the_status_of_shells(number):
    with blocked(["-c", BLOCKED]) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        out, said = process.communicate(timeout=60)
    assert (out, process.returncode) == ("left\n", 128 + number)
    assert said == f"stopped by {number.name}; all was left in order\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_that_a_shell_put_into_the_background_ends_too(number):
    with blocked(["-c", BLOCKED], ignored=[number]) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        said_to_the_end(process)
    assert process.returncode == 128 + number


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_from_which_signals_were_held_back_ends_too(number):
    with blocked(["-c", BLOCKED], held=[number]) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        said_to_the_end(process)
    assert process.returncode == 128 + number


def test_what_snakemake_passes_on_ends_a_process_and_hurries_none():
    steps = []
    with pytest.raises(Stopped, match="SIGTERM"), heeded():
        try:
            signal.raise_signal(PASSED_ON)
        finally:
            signal.raise_signal(PASSED_ON)
            steps.append(hurried())
    with pytest.raises(Stopped, match="SIGINT"), heeded():
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            signal.raise_signal(PASSED_ON)
            steps.append(hurried())
    assert steps == [False, False]


def test_under_nohup_a_terminal_that_closes_ends_nothing():
    with blocked(["-c", BLOCKED], ignored=[signal.SIGHUP, signal.SIGINT]) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)  # had the first counted, its status would be told
        said_to_the_end(process)
    assert process.returncode == 128 + signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_job_that_is_ended_leaves_no_half_a_product_and_says_in_its_log_why(tmp_path, number):
    with blocked(["-c", JOB, str(tmp_path)], ignored=[number]) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        said = said_to_the_end(process)
    assert process.returncode == 128 + number and "Traceback" not in said
    assert os.listdir(tmp_path) == ["job.log"]
    log = Path(tmp_path, "job.log").read_text().splitlines()
    assert log[0] == f"ERROR: stopped by {number.name}"
    assert log[1].startswith("INFO: peak memory") and len(log) == 2


def test_a_shield_holds_a_signal_back_until_it_is_lifted():
    steps = []
    with pytest.raises(SystemExit) as end, guarded():
        with shield():
            signal.raise_signal(signal.SIGTERM)
            steps.append("behind the shield")
        steps.append("never")
    assert steps == ["behind the shield"]
    assert end.value.code == 128 + signal.SIGTERM


def test_signals_after_the_first_break_nothing_off_and_say_hurry():
    steps = []
    with pytest.raises(Stopped, match="SIGTERM"), heeded():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            steps.append(hurried())
            signal.raise_signal(signal.SIGINT)
            steps.append(hurried())
    assert steps == [False, True]


def test_afterwards_signals_do_what_they_did_before():
    every = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(one) for one in every]
    with heeded():
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert [signal.getsignal(one) for one in every] == before


def test_a_stop_is_an_interrupt_to_whoever_catches_those():
    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        raise Stopped(signal.SIGTERM)
