"""The shelf gives back what was put there, as it was, and for the same place and making alone."""

import os
from pathlib import Path

import pytest

from plateworks.shelf import Batch, Shelf

A, B = "0123456789abcdef", "fedcba9876543210"


@pytest.fixture(params=["links", "no links"])
def shelf(request, tmp_path, monkeypatch) -> Shelf:
    if request.param == "no links":

        def link(*names):
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", link)
    return Shelf(str(tmp_path / "results" / ".plateworks" / "shelf"))


@pytest.fixture
def frame(tmp_path) -> Path:
    path = tmp_path / "results" / "calibrated" / "night" / "light.fits"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"as it was made")
    return path


def lost(frame: Path) -> str:
    """Remove a frame as Snakemake does before a job; return its path."""
    frame.unlink(missing_ok=True)
    return str(frame)


@pytest.mark.parametrize("believed", [True, False])
def test_a_frame_comes_back_as_it_was(shelf, frame, believed):
    shelf.keep(str(frame), A, believed=believed)
    assert shelf.take({lost(frame): A}) == {str(frame)}
    assert frame.read_bytes() == b"as it was made"


def test_a_frame_that_would_be_made_of_something_else_stays_away(shelf, frame):
    shelf.keep(str(frame), A)
    assert shelf.take({lost(frame): B}) == set()
    assert not frame.exists()


def test_a_frame_of_another_place_stays_away(shelf, frame):
    shelf.keep(str(frame), A)
    assert shelf.take({str(frame.with_name("other.fits")): A}) == set()


@pytest.mark.parametrize("damage", [b"as it was mad", b"", b"as it was Made"])
def test_a_frame_that_was_damaged_on_the_shelf_stays_away(shelf, frame, damage):
    shelf.keep(str(frame), A)
    lost(frame)
    [kept] = Path(shelf._folder).iterdir()
    kept.write_bytes(damage)
    assert shelf.take({str(frame): A}) == set()
    assert not frame.exists()


def test_a_place_is_the_same_from_wherever_the_results_are_named(shelf, frame, monkeypatch):
    shelf.keep(str(frame), A)
    lost(frame)
    monkeypatch.chdir(frame.parents[3])
    here = Shelf("results/.plateworks/shelf")
    assert here.take({"results/calibrated/night/light.fits": A}) != set()


def test_what_is_taken_can_be_taken_again_after_another_kill(tmp_path, frame):
    shelf = Shelf(str(tmp_path / "results" / "shelf"))
    shelf.keep(str(frame), A)
    for _ in range(2):
        assert shelf.take({lost(frame): A}) == {str(frame)}


def test_a_frame_is_put_there_twice_without_harm(tmp_path, frame):
    shelf = Shelf(str(tmp_path / "results" / "shelf"))
    shelf.keep(str(frame), A)
    shelf.keep(str(frame), A)
    assert shelf.take({lost(frame): A}) == {str(frame)}


def test_a_shelf_that_cannot_be_made_keeps_nothing_and_costs_nothing(tmp_path, frame):
    (tmp_path / "results" / ".plateworks").write_text("a file")
    shelf = Shelf(str(tmp_path / "results" / ".plateworks" / "shelf"))
    shelf.keep(str(frame), A)
    assert frame.exists()
    assert shelf.take({str(frame): A}) == set()
    shelf.clear([])


def test_it_is_cleared_but_for_what_is_to_stay(shelf, frame):
    other = frame.with_name("other.fits")
    other.write_bytes(b"other")
    for path in (frame, other):
        shelf.keep(str(path), A)
        lost(path)
    shelf.clear([str(other)])
    assert shelf.take({str(frame): A, str(other): A}) == {str(other)}
    shelf.clear([])
    assert not Path(shelf._folder).exists()


def test_without_links_frames_wait_until_all_are_made(frame, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", lambda *names: (_ for _ in ()).throw(OSError(1, "no")))
    shelf = Shelf(str(tmp_path / "results" / "shelf"))
    other = frame.with_name("other.fits")
    other.write_bytes(b"other")
    batch = Batch(shelf, {str(frame): A, str(other): B})
    batch.keep(str(frame))
    batch.keep(str(other))
    assert not frame.exists() and not other.exists()
    batch.bring_back()
    assert frame.read_bytes() == b"as it was made" and other.read_bytes() == b"other"
    assert not shelf


def test_a_job_of_one_frame_keeps_none(frame, tmp_path):
    shelf = Shelf(str(tmp_path / "results" / "shelf"))
    Batch(shelf, {str(frame): A}).keep(str(frame))
    assert not shelf
