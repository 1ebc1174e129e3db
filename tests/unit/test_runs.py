"""Two runs on the same results: the second is told of the first, by name."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace

import pytest

from blocked import blocked
from frames import ROOT
from plateworks import runs
from plateworks.runs import AtWorkError, Claim, Process

HOLDER = """
import sys
from plateworks.runs import Claim
Claim(sys.argv[1]).take()
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results" / ".plateworks" / "products.run"


def written(path, **changes) -> Process:
    """Write the word of this process, with some changes; return it."""
    process = replace(Process.here(), **changes)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(asdict(process)))
    return process


def test_the_second_is_refused_and_told_who_is_there_and_what_to_do(path):
    with blocked(["-c", HOLDER, str(path)]) as process:
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(AtWorkError) as caught:
            Claim(path).take()
        said = str(caught.value)
        for word in (f"process {process.pid} on computer ", "since 20", f"kill {process.pid}"):
            assert word in said
        assert str(os.getcwd()) in said
        process.kill()
        process.wait()
    assert Claim(path).take()  # it was killed, so it did not end well


def test_a_process_is_refused_where_the_file_system_knows_no_locks(path, monkeypatch):
    monkeypatch.setattr(runs, "hold", lambda descriptor: None)
    with blocked(["-c", HOLDER, str(path)]) as process:
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(AtWorkError, match=f"process {process.pid} "):
            Claim(path).take()
        process.kill()
        process.wait()
    assert Claim(path).take()


def test_another_computer_is_believed_with_a_word_on_how_to_take_it_away(path):
    written(path, host="dome", boot="another", pid=1)
    with pytest.raises(AtWorkError) as caught:
        Claim(path).take()
    assert "on computer dome" in str(caught.value)
    assert f"rm {path}" in str(caught.value)
    path.unlink()
    assert Claim(path).take()


def test_another_computer_is_not_believed_where_nobody_asks_for_locks(path):
    written(path, host="dome", boot="another")
    assert Claim(path).take(believe=False)


@pytest.mark.parametrize(
    "changes",
    [{"boot": "an earlier start"}, {"began": 1}, {"pid": 2**22 + 1}],
    ids=["before this computer was started", "another process of that number", "no process"],
)
def test_a_process_that_is_gone_holds_nothing(path, changes):
    written(path, **changes)
    assert Claim(path).take()


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"pid": "x"}', "\x00" * 99, "null", "[" * 99999])
def test_whatever_a_file_holds_it_can_be_taken(path, text):
    path.parent.mkdir(parents=True)
    path.write_text(text)
    Claim(path).take()
    assert json.loads(path.read_text())["pid"] == os.getpid()


@pytest.mark.parametrize("well", [True, False])
def test_how_a_run_ended_is_told_to_the_next(path, well):
    claim = Claim(path)
    assert claim.take()  # nothing is known of what was before
    claim.release(well=well)
    assert Claim(path).take() is not well


def test_a_name_with_control_characters_is_told_without_them(path):
    written(path, host="dome\x1b]0;title\x07", boot="another", command="x\nINFO: all is well")
    with pytest.raises(AtWorkError) as caught:
        Claim(path).take()
    assert str(caught.value).isprintable()


def test_of_many_that_begin_at_once_one_has_it(path):
    code = (
        "import sys; from plateworks.runs import Claim, AtWorkError\n"
        "sys.stdin.readline()\n"
        "try: Claim(sys.argv[1]).take(); print('has it', flush=True)\n"
        "except AtWorkError: print('refused', flush=True)\n"
        "sys.stdin.readline()"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    many = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], env=environment, **pipes)
        for _ in range(6)
    ]
    for process in many:
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.stdout.readline().strip() for process in many]
    for process in many:
        process.communicate("\n", timeout=60)
    assert sorted(said) == ["has it", *["refused"] * 5]


def test_a_stopped_process_still_has_what_it_holds(path):
    with blocked(["-c", HOLDER, str(path)]) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(AtWorkError):
            Claim(path).take()
        process.send_signal(signal.SIGCONT)
