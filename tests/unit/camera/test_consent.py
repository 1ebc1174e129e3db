"""Who may use the camera, and who says that the telescope is covered."""

import os
import stat
import subprocess
import sys

import pytest

from frames import ROOT
from plateworks.camera import consent
from plateworks.camera.consent import exclusive
from plateworks.errors import PlateworksError
from terminal import at_terminal

ASK = """
from plateworks.camera import consent
from plateworks.camera.consent import exclusive
from plateworks.errors import PlateworksError
try:
    with exclusive("{address}", 0, {needless}) as consent:
        for request in {requests}:
            consent.ask(request)
    print("agreed")
except PlateworksError as error:
    print(error)
"""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of its own; the processes that a test starts have it too."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def address(tmp_path):
    """A camera that no other test has."""
    return f"{tmp_path.name}:11111"


def script(address, requests, needless=False):
    return ASK.format(address=address, needless=needless, requests=requests)


def environment():
    return os.environ | {"PYTHONPATH": str(ROOT / "scripts")}


def without_terminal(text):
    command = [sys.executable, "-c", text]
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, start_new_session=True
    )
    return done.stdout + done.stderr


def answered(text, answers):
    """Return all that a terminal shows of a program and of the answers to it."""
    return at_terminal([sys.executable, "-c", text], answers, environment=environment())[1]


def test_without_a_terminal_it_stops_and_names_the_setting(address):
    said = without_terminal(script(address, ["Cover the telescope."]))
    assert said.startswith("Cover the telescope.  Nobody can confirm it")
    assert "capture.no_confirm: true" in said


def test_automation_is_not_asked(address):
    assert without_terminal(script(address, ["Cover the telescope."], True)) == "agreed\n"


def test_enter_agrees(address):
    shown = answered(script(address, ["Cover the telescope."]), b"\n")
    assert "Cover the telescope." in shown
    assert "agreed" in shown


@pytest.mark.parametrize("answer", [b"n\n", b"no\n", b"\x04"])
def test_no_and_the_end_of_input_do_not(address, answer):
    shown = answered(script(address, ["Cover the telescope."]), answer)
    assert "Not confirmed; nothing was exposed." in shown
    assert "agreed" not in shown


def test_what_was_agreed_is_not_asked_twice_in_a_run_until_it_is_undone(address):
    requests = ["Cover.", "Cover.", "Uncover.", "Cover."]
    shown = answered(script(address, requests), b"\n\n\n")
    assert shown.count("[Enter: go on") == 3
    assert "agreed" in shown


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("roof.invalid:11111", "roof.invalid:11111"),
        ("localhost:11999", "127.0.0.1:11999"),
        ("127.0.0.1:11999", "LOCALHOST:011999/"),
        ("[::1]:11999", "localhost:11999"),
    ],
)
def test_a_second_run_waits_until_the_first_has_done(first, second, tmp_path):
    over = tmp_path / "over"
    code = (
        "import logging, pathlib, sys\n"
        "logging.basicConfig(level='INFO', stream=sys.stdout, format='%(message)s')\n"
        "from plateworks.camera.consent import exclusive\n"
        f"with exclusive({second!r}, 0, True): print(pathlib.Path({str(over)!r}).exists())"
    )
    with exclusive(first, 0, True):
        waiting = subprocess.Popen(
            [sys.executable, "-uc", code], env=environment(), stdout=subprocess.PIPE, text=True
        )
        assert waiting.stdout.readline() == (
            f"another run has the camera 0 at {second}; waiting for it\n"
        )
        over.touch()
    assert waiting.communicate()[0] == "True\n"


def test_the_lock_lies_where_nobody_else_can_touch_it(address, cache):
    with exclusive(address, 0, True):
        folder = cache / "plateworks"
        (lock,) = folder.iterdir()
        assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, lock)] == [0o700, 0o600]


def test_no_link_in_the_place_of_the_lock_is_followed(address, cache, tmp_path):
    with exclusive(address, 0, True):
        (lock,) = (cache / "plateworks").iterdir()
    victim = tmp_path / "victim"
    victim.write_text("mine")
    lock.unlink()
    lock.symlink_to(victim)
    with pytest.raises(PlateworksError, match="it is a link"), exclusive(address, 0, True):
        pass
    assert victim.read_text() == "mine"


def test_where_there_are_no_locks_a_person_is_told(address, monkeypatch, capsys):
    monkeypatch.setattr(consent, "hold", lambda _: None)
    with exclusive(address, 0, True):
        assert "knows no locks: see that no other run has the camera" in capsys.readouterr().err


def test_another_camera_is_free_meanwhile(address):
    with exclusive(address, 0, True), exclusive(address, 1, True):
        pass
