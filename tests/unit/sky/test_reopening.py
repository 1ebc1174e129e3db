"""Jobs on solved frames are told of new indexes where a frame is open, and only there."""

from pathlib import Path

import pytest
from astropy.io import fits

from plateworks.metadata.caveats import FAILED
from plateworks.products.imagefiles import write_cards
from plateworks.settings.solve import SolveOptions
from plateworks.sky import engines
from plateworks.sky.reopening import Reopening, note_search

SOLVED, OPEN, ASIDE = {"PLTSOLVD": True}, {"PLTSOLVD": False}, {"PLTSOLVD": False, FAILED: "short"}


@pytest.fixture
def now(tmp_path, monkeypatch):
    """A function that returns what jobs are told while something is searched."""
    monkeypatch.setattr(engines, "searched", lambda some: "".join(one.searched() for one in some))

    class Engine:
        def __init__(self, digest):
            self.searched, self.flaws = lambda: digest, tuple

    def looking(digest):
        monkeypatch.setattr(engines, "foresee", lambda options: (Engine(digest),))
        return Reopening(SolveOptions(), str(tmp_path))

    return looking


@pytest.fixture(params=["fits", "xisf"])
def made(request, tmp_path):
    """A function that makes solved frames of some cards; it returns their paths."""

    def making(*frames):
        paths = [str(tmp_path / f"{number}.{request.param}") for number in range(len(frames))]
        for path, cards in zip(paths, frames, strict=True):
            write_cards(path, fits.Header({"PWVERS": "1", **cards}))
        return paths

    return making


def run(reopening, paths):
    """Note what a job on some frames is told, as the job does; return it."""
    told = reopening.search(paths)
    note_search(reopening.note(paths), told)
    return told


def test_a_job_that_has_not_run_is_told_what_is_there(now, tmp_path):
    nothing = [str(tmp_path / "none.fits")]
    assert now("a").search(nothing) == "a" and now("b").search(nothing) == "b"
    assert not now("a").reopens(nothing)


def test_a_job_whose_frames_are_all_solved_is_told_the_same_for_good(now, made):
    assert run(now("a"), made(SOLVED, SOLVED)) == "a"
    for _ in range(2):
        assert now("b").search(made(SOLVED, SOLVED)) == "a"
    assert not now("b").reopens(made(SOLVED, SOLVED))


def test_a_frame_that_is_open_has_its_job_told_of_what_is_new_once(now, made):
    assert run(now("a"), made(SOLVED, OPEN)) == "a"
    assert now("a").search(made(SOLVED, OPEN)) == "a"
    assert now("b").reopens(made(SOLVED, OPEN))
    assert run(now("b"), made(SOLVED, OPEN)) == "b"
    assert not now("b").reopens(made(SOLVED, OPEN))
    assert now("c").search(made(SOLVED, SOLVED)) == "b"  # since it solved then


def test_a_light_that_was_set_aside_is_not_searched_for_again(now, made):
    assert run(now("a"), made(SOLVED, ASIDE)) == "a"
    assert now("b").search(made(SOLVED, ASIDE)) == "a"


def test_frames_of_which_nobody_noted_what_was_searched_are_looked_at_once(now, made):
    assert now("a").reopens(made(SOLVED, OPEN))
    assert not now("a").reopens(made(SOLVED, SOLVED))
    assert now("a").search(made(SOLVED, SOLVED)) == "a"


@pytest.mark.parametrize("note", [bytes(range(256)), b"", b"no digest", b"a" * 10_000_000, None])
def test_a_note_that_is_damaged_or_no_file_counts_as_none(now, made, note):
    paths = made(SOLVED, OPEN)
    run(now("a"), paths)
    path = Path(now("a").note(paths))
    path.unlink()
    path.mkdir() if note is None else path.write_bytes(note)
    assert now("b").reopens(paths)
    assert now("b").search(paths) == "b"
    assert now("b").search(made(SOLVED, SOLVED)) == "b"
