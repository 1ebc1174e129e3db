"""Both engines: the same answers, a limit that holds, and no trouble with odd names."""

import os
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from astropy.wcs import WCS

from plateworks.errors import ConfigError
from plateworks.sky import engines, hints
from plateworks.sky.engines import Query, embedded, solvefield
from plateworks.sky.hints import Attempt
from plateworks.sky.indexes import find_indexes, read_index

SHAPE = (900, 1200)
NARROW = Attempt(1.8, 2.2, 322.95, 48.43, 2.0)


def solve(engine: str, xy, folder, attempt=NARROW, indexes=(), limit=20.0):
    folder.mkdir(exist_ok=True)
    query = Query(np.asarray(xy, float), SHAPE, attempt, tuple(indexes), limit)
    return engines.choose(engine)[1].solve(query, str(folder))


@pytest.fixture(scope="session")
def demo(index_dir):
    return [read_index(str(Path(index_dir) / "index-demo.fits"))]


def noise(seed=0, count=300):
    return np.random.default_rng(seed).uniform(1, SHAPE[::-1], (count, 2))


def test_a_drawn_field_is_found_where_it_is_counting_pixels_from_one(engine, field, demo, tmp_path):
    answer = solve(engine, field.xy, tmp_path, indexes=demo)
    match = answer.match
    assert match.index == "index-demo.fits" and match.logodds > 20 and answer.seconds > 0
    cards = match.cards | {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN"}
    # The middle of the stars: a quad knows it to a fraction of a pixel, so a shift of one shows.
    wcs, middle = WCS(cards), field.xy.mean(axis=0)
    assert np.hypot(*(wcs.all_world2pix(field.radec, 1).mean(axis=0) - middle)) < 0.3
    near = np.abs(match.stars[:, None] - field.radec).max(axis=2).min(axis=1)
    assert len(match.stars) >= 20 and np.median(near) < 1e-5


def test_both_engines_give_the_same_first_solution(field, demo, tmp_path):
    if embedded.available() or solvefield.available():
        pytest.skip("both engines are needed to compare them")
    one, other = (solve(name, field.xy, tmp_path / name, indexes=demo) for name in engines.ENGINES)
    embedded.stop()
    for key, value in one.match.cards.items():
        assert value == pytest.approx(other.match.cards[key], rel=1e-6)


def test_the_embedded_engine_answers_again_and_again_from_one_process(field, demo, tmp_path):
    if lack := embedded.available():
        pytest.skip(f"the embedded engine needs {lack}")
    first = solve("embedded", field.xy, tmp_path, indexes=demo)
    process = embedded._worker.pid
    again = solve("embedded", field.xy, tmp_path, indexes=demo)
    assert embedded._worker.pid == process and first.match.cards == again.match.cards
    embedded.stop()


@pytest.mark.parametrize(
    "elsewhere", [Attempt(1.8, 2.2, 100.0, 48.43, 2.0), Attempt(2.5, 3.0), Attempt(1.0, 1.5)]
)
def test_only_the_circle_and_the_scales_asked_for_are_searched(
    engine, field, demo, tmp_path, elsewhere
):
    assert solve(engine, field.xy, tmp_path, elsewhere, demo).match is None


def test_noise_has_no_match(engine, demo, tmp_path):
    answer = solve(engine, noise(), tmp_path, indexes=demo)
    assert answer.match is None and answer.reason == "no match"


def test_a_search_that_takes_too_long_is_stopped_and_the_next_one_works(
    engine, field, demo, tmp_path, monkeypatch
):
    big = [i for i in find_indexes() if "tycho2" in i.path]
    if not big:
        pytest.skip("the Tycho-2 indexes of Debian are not installed")
    wide = Attempt(0.1, 180.0)
    monkeypatch.setattr(hints, "LEAST_DEPTH", 100)
    start = time.monotonic()
    limit = 0.5 if engine == "embedded" else 1.0
    answer = solve(engine, noise(count=400), tmp_path / "a", wide, big, limit)
    assert answer.match is None and "time limit" in answer.reason
    assert answer.seconds >= limit and time.monotonic() - start < 20
    assert solve(engine, field.xy, tmp_path / "b", indexes=demo).match


def test_a_program_that_waits_for_ever_is_ended_with_its_children(
    field, demo, tmp_path, monkeypatch
):
    script = tmp_path / "solve-field"
    script.write_text("#!/bin/sh\nsleep 60 &\necho $! > child\nwait\n")
    script.chmod(0o755)
    monkeypatch.setattr(solvefield, "PROGRAM", str(script))
    answer = solve("solve-field", field.xy, tmp_path / "scratch", indexes=demo, limit=0.1)
    assert answer.match is None and "time limit" in answer.reason
    child = int((tmp_path / "scratch" / "child").read_text())
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(child)], capture_output=True, text=True)
    assert state.stdout.strip() in ("", "Z")


def test_a_program_that_ends_well_without_a_solution_has_not_solved(
    field, demo, tmp_path, monkeypatch
):
    script = tmp_path / "solve-field"
    script.write_text("#!/bin/sh\nexit 0\n")
    script.chmod(0o755)
    monkeypatch.setattr(solvefield, "PROGRAM", str(script))
    assert solve("solve-field", field.xy, tmp_path / "s", indexes=demo).reason == "no match"


def test_a_damaged_index_is_a_reason_and_the_next_search_works(engine, field, demo, tmp_path):
    damaged = tmp_path / "index-demo.fits"
    damaged.write_bytes(Path(demo[0].path).read_bytes()[: 2880 * 12])
    answer = solve(engine, field.xy, tmp_path / "a", indexes=[read_index(str(damaged))])
    assert answer.match is None and answer.reason
    assert solve(engine, field.xy, tmp_path / "b", indexes=demo).match


@pytest.mark.parametrize("name", ["with a space", "Łódź ñ", "quo'te \"$(touch pwned)`;#", "-rf"])
def test_folders_of_any_name_serve_as_scratch_and_for_indexes(engine, field, demo, tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "index demo.fits").symlink_to(demo[0].path)
    index = read_index(str(folder / "index demo.fits"))
    answer = solve(engine, field.xy, folder, indexes=[index])
    assert answer.match, answer.reason
    assert not list(tmp_path.rglob("pwned")) and not os.path.exists("pwned")


def test_an_unknown_engine_is_an_error_that_names_those_there_are():
    with pytest.raises(ConfigError, match=r"'astap'.*auto, embedded, solve-field"):
        engines.choose("astap")


def test_auto_takes_the_embedded_engine_first_and_the_program_next(monkeypatch):
    monkeypatch.setattr(embedded, "available", lambda: "")
    assert engines.choose("auto")[0] == "embedded"
    monkeypatch.setattr(embedded, "available", lambda: "a package")
    monkeypatch.setattr(solvefield, "available", lambda: "")
    assert engines.choose("auto")[0] == "solve-field"
    monkeypatch.setattr(solvefield, "available", lambda: "a program")
    with pytest.raises(ConfigError, match="embedded needs a package; solve-field needs a program"):
        engines.choose("auto")
