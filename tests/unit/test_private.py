"""The private folder: the user's own, whatever others put in its way."""

import os
import stat

import pytest

from plateworks.errors import PlateworksError
from plateworks.private import open_private, private_folder


@pytest.fixture
def homes(tmp_path, monkeypatch):
    """Where the private folder may lie: the user's cache, and the folder of the login."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "login"))
    return tmp_path / "cache", tmp_path / "login"


def touch(name="one"):
    """Make a file in the private folder."""
    with private_folder() as folder:
        os.close(open_private(folder, name))


def test_it_lies_in_the_cache_however_one_has_logged_in(homes, monkeypatch):
    touch()
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    touch("two")
    assert sorted(os.listdir(homes[0] / "plateworks")) == ["one", "two"]
    assert not homes[1].exists()


def test_without_a_setting_it_lies_in_the_home(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    touch()
    assert (tmp_path / ".cache/plateworks/one").is_file()


@pytest.mark.parametrize("put", [lambda one, to: one.symlink_to(to), lambda one, _: one.touch()])
def test_a_link_or_a_file_in_its_place_is_passed_over(homes, tmp_path, put):
    cache, login = homes
    cache.mkdir()
    put(cache / "plateworks", tmp_path)
    touch()
    assert os.listdir(login / "plateworks") == ["one"]
    assert "one" not in os.listdir(tmp_path)


def test_one_of_another_user_is_passed_over(homes, monkeypatch):
    cache, login = homes
    (cache / "plateworks").mkdir(parents=True)
    (login / "plateworks").mkdir(parents=True)
    monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
    with pytest.raises(PlateworksError, match=r"another user's.*another user's.*XDG_CACHE_HOME"):
        touch()


def test_one_that_others_may_enter_is_closed_to_them(homes):
    folder = homes[0] / "plateworks"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    touch()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("kind", ["link", "dangling link", "hard link", "pipe", "folder"])
def test_what_is_no_file_of_its_own_is_refused(homes, tmp_path, kind):
    folder = homes[0] / "plateworks"
    folder.mkdir(parents=True)
    other, path = tmp_path / "other", folder / "one"
    other.write_text("mine")
    {
        "link": lambda: path.symlink_to(other),
        "dangling link": lambda: path.symlink_to(tmp_path / "nowhere"),
        "hard link": lambda: path.hardlink_to(other),
        "pipe": lambda: os.mkfifo(path),
        "folder": path.mkdir,
    }[kind]()
    with pytest.raises(PlateworksError, match=r"file one .*Remove it"):
        touch()
    assert other.read_text() == "mine" and not (tmp_path / "nowhere").exists()
