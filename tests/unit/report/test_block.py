"""The block at the foot of a terminal while a run lasts, on a screen that is read as people do."""

import errno
import os
import subprocess
import termios
import threading

import pytest

from plateworks.report.block import Block
from plateworks.report.progress import Progress, Reached
from terminal import Shown

STAGES = (
    Reached("masters", 3, 7, ""),
    Reached("calibrated", 130, 250, ""),
    Reached("solved", 101, 250, "2 without solution"),
)
PROGRESS = Progress(STAGES, left_s=250.0, at_s=0.0, ended=False)
LONG = "WARNING: " + "the flat of 2026-03-01 is of another rotation, and serves none the less; " * 3


@pytest.fixture
def terminal():
    terminal = Shown()
    yield terminal
    terminal.close()


@pytest.fixture
def block(terminal, monkeypatch):
    """A block that is drawn when something happens, and not by the clock."""
    monkeypatch.setenv("TERM", "xterm-256color")
    block = Block(terminal.descriptor, often=1e-3, clock=lambda: 0.0)
    yield block
    block.end()


def standing(lines: list[str]) -> bool:
    return bool(lines) and lines[-1].strip() == "about 4 min left"


def test_a_block_says_how_far_each_stage_is_in_frames(terminal, block):
    block.show(PROGRESS)
    lines = terminal.until(standing)
    assert len(lines) == 4
    for line, words in zip(lines, ("3 of 7", "130 of 250", "101 of 250", "about"), strict=True):
        assert words in line
    assert lines[2].startswith("solved ") and lines[2].endswith("101 of 250 2 without solution")
    assert max(map(len, lines)) <= 80


def test_a_terminal_that_does_not_tell_its_size_is_taken_for_an_ordinary_one(block, terminal):
    termios.tcsetwinsize(terminal.descriptor, (0, 0))
    block.show(PROGRESS)
    assert max(map(len, terminal.until(standing))) == 80


def test_words_stand_whole_above_the_block_whoever_says_them(terminal, block):
    block.show(PROGRESS)
    for number in range(40):  # more than the screen has lines
        os.write(terminal.descriptor, f"line {number}\n".encode())
    os.write(terminal.descriptor, f"{LONG}\n".encode())
    subprocess.run(["echo", "a job of its own"], stdout=terminal.descriptor, check=True)
    lines = terminal.until(lambda lines: standing(lines) and "a job of its own" in lines)
    above = lines[:-4]
    assert above[:40] == [f"line {number}" for number in range(40)]
    assert "".join(line.ljust(80) for line in above[40:-1]).strip() == LONG.strip()
    assert above[-1] == "a job of its own"


def test_nothing_of_the_block_is_left_behind(terminal, block):
    os.write(terminal.descriptor, b"before\n")
    block.show(PROGRESS)
    os.write(terminal.descriptor, b"meanwhile\n")
    block.show(PROGRESS._replace(left_s=100.0))
    block.end()
    os.write(terminal.descriptor, b"the conclusion\n")
    assert terminal.rest() == ["before", "meanwhile", "the conclusion"]
    assert not terminal.screen.cursor.hidden


def test_a_run_ends_though_what_was_said_last_ends_without_a_line(terminal, block):
    block.show(PROGRESS)
    os.write(terminal.descriptor, b"half a line")
    ending = threading.Thread(target=block.end, daemon=True)
    ending.start()
    ending.join(timeout=20)
    assert not ending.is_alive()
    assert terminal.rest() == ["half a line"]


def test_jobs_go_on_where_the_terminal_is_gone(terminal, block, monkeypatch):
    block.show(PROGRESS)
    terminal.until(standing)

    def gone(*_, **__):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(block._console, "print", gone)
        for _ in range(200):  # more than a pipe holds
            os.write(terminal.descriptor, b"x" * 1000 + b"\n")
        ending = threading.Thread(target=block.end, daemon=True)
        ending.start()
        ending.join(timeout=20)
    assert not ending.is_alive()


def test_what_a_job_says_after_the_end_is_not_lost(terminal, block):
    block.show(PROGRESS)
    late = os.dup(terminal.descriptor)  # as a job has it that was started meanwhile
    block.end()
    os.write(late, b"a last word\n")
    os.close(late)
    assert terminal.until(lambda lines: "a last word" in lines) == ["a last word"]


def test_what_comes_from_outside_cannot_move_the_cursor(terminal, block):
    block.show(PROGRESS)
    os.write(terminal.descriptor, b"target \x1b[2J\x1b[5A\x07 M 39\n")
    lines = terminal.until(lambda lines: standing(lines) and len(lines) == 5)
    assert lines[0] == r"target \x1b[2J\x1b[5A\x07 M 39"


@pytest.mark.parametrize("told", ["NO_COLOR", ""])
def test_colours_are_left_out_where_somebody_says_so(terminal, monkeypatch, told):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if told:
        monkeypatch.setenv(told, "1")
    block = Block(terminal.descriptor, often=1e-3, clock=lambda: 0.0)
    block.show(PROGRESS)
    terminal.until(standing)
    colours = {cell.fg for line in terminal.screen.buffer.values() for cell in line.values()}
    assert (colours == {"default"}) == bool(told)
    block.end()
