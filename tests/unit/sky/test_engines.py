"""Both engines: the same answers, a limit that holds, and no trouble with odd names."""

import os
import select
import tempfile
from pathlib import Path
from typing import get_args, get_type_hints

import numpy as np
import pytest
from astropy.wcs import WCS

from plateworks.errors import ConfigError
from plateworks.settings.solve import SolveOptions
from plateworks.sky import engines, hints
from plateworks.sky.engines import embedded, solvefield
from plateworks.sky.engines.embedded import Embedded
from plateworks.sky.engines.engine import Query
from plateworks.sky.engines.indexes import find_indexes, read_index
from plateworks.sky.engines.solvefield import SolveField
from plateworks.sky.hints import Attempt

SHAPE = (900, 1200)
NARROW = Attempt(1.8, 2.2, 322.95, 48.43, 2.0)


@pytest.fixture
def solve(tmp_path, monkeypatch):
    """A function that has an engine search for sources, with a folder for temporary files."""

    def solving(engine: str, xy, indexes, attempt=NARROW, limit=20.0, folder=tmp_path):
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        query = Query(np.asarray(xy, float), SHAPE, attempt, limit)
        return engines.ENGINES[engine].solve(tuple(indexes), query)

    return solving


@pytest.fixture(scope="session")
def demo(index_dir):
    return [read_index(str(Path(index_dir) / "index-demo.fits"))]


def noise(seed=0, count=300):
    return np.random.default_rng(seed).uniform(1, SHAPE[::-1], (count, 2))


def test_a_drawn_field_is_found_where_it_is_counting_pixels_from_one(engine, field, demo, solve):
    answer = solve(engine, field.xy, demo)
    match = answer.match
    assert match.index == "index-demo.fits" and match.logodds > 20 and answer.seconds > 0
    cards = match.cards | {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN"}
    # The middle of the stars: a quad knows it to a fraction of a pixel, so a shift of one shows.
    wcs, middle = WCS(cards), field.xy.mean(axis=0)
    assert np.hypot(*(wcs.all_world2pix(field.radec, 1).mean(axis=0) - middle)) < 0.3
    near = np.abs(match.stars[:, None] - field.radec).max(axis=2).min(axis=1)
    assert len(match.stars) >= 20 and np.median(near) < 1e-5


def test_both_engines_give_the_same_first_solution(field, demo, solve):
    if Embedded.lack() or SolveField.lack():
        pytest.skip("both engines are needed to compare them")
    one, other = (solve(name, field.xy, demo) for name in engines.ENGINES)
    embedded.stop()
    for key, value in one.match.cards.items():
        assert value == pytest.approx(other.match.cards[key], rel=1e-6)


def test_the_embedded_engine_answers_again_and_again_from_one_process(field, demo, solve):
    if lack := Embedded.lack():
        pytest.skip(f"the embedded engine needs {lack}")
    first = solve("embedded", field.xy, demo)
    process = embedded._worker.process.pid
    again = solve("embedded", field.xy, demo)
    assert embedded._worker.process.pid == process and first.match.cards == again.match.cards
    embedded.stop()


@pytest.mark.parametrize(
    "elsewhere", [Attempt(1.8, 2.2, 100.0, 48.43, 2.0), Attempt(2.5, 3.0), Attempt(1.0, 1.5)]
)
def test_only_the_circle_and_the_scales_asked_for_are_searched(
    engine, field, demo, solve, elsewhere
):
    assert solve(engine, field.xy, demo, elsewhere).match is None


def test_noise_has_no_match(engine, demo, solve):
    answer = solve(engine, noise(), demo)
    assert answer.match is None and answer.reason == "no match"


def test_a_search_that_takes_too_long_is_stopped_and_the_next_one_works(
    engine, field, demo, solve, monkeypatch
):
    big = [i for i in find_indexes() if "tycho2" in i.path]
    if not big:
        pytest.skip("the Tycho-2 indexes of Debian are not installed")
    wide = Attempt(0.1, 180.0)
    monkeypatch.setattr(hints, "LEAST_DEPTH", 100)
    limit = 0.5 if engine == "embedded" else 1.0
    answer = solve(engine, noise(count=400), big, wide, limit)
    assert answer.match is None and "time limit" in answer.reason
    assert answer.seconds >= limit
    assert solve(engine, field.xy, demo).match


def test_a_program_that_waits_for_ever_is_ended_with_its_children(
    field, demo, solve, tmp_path, monkeypatch
):
    script = tmp_path / "solve-field"
    os.mkfifo(tmp_path / "line")
    line = os.open(tmp_path / "line", os.O_RDONLY | os.O_NONBLOCK)
    ours = os.open(tmp_path / "line", os.O_WRONLY)
    script.write_text(f"#!/bin/sh\nsleep infinity 3> '{tmp_path}/line' &\nwait\n")
    script.chmod(0o755)
    monkeypatch.setattr(solvefield, "PROGRAM", str(script))
    answer = solve("solve-field", field.xy, demo, limit=0.1)
    assert answer.match is None and "time limit" in answer.reason
    os.close(ours)
    assert select.select([line], [], [], 60)[0], "its child goes on"
    assert os.read(line, 1) == b""  # nobody holds it any more
    os.close(line)


def test_a_program_that_ends_well_without_a_solution_has_not_solved(
    field, demo, solve, tmp_path, monkeypatch
):
    script = tmp_path / "solve-field"
    script.write_text("#!/bin/sh\nexit 0\n")
    script.chmod(0o755)
    monkeypatch.setattr(solvefield, "PROGRAM", str(script))
    assert solve("solve-field", field.xy, demo).reason == "no match"


def test_a_damaged_index_is_a_failure_and_the_next_search_works(
    engine, field, demo, solve, tmp_path
):
    damaged = tmp_path / "index-demo.fits"
    damaged.write_bytes(Path(demo[0].path).read_bytes()[: 2880 * 12])
    answer = solve(engine, field.xy, [read_index(str(damaged))])
    assert answer.match is None and answer.failed and answer.reason
    assert solve(engine, field.xy, demo).match


def test_an_engine_that_is_killed_has_failed_and_the_next_search_works(
    field, demo, solve, tmp_path, monkeypatch
):
    script = tmp_path / "solve-field"
    script.write_text("#!/bin/sh\necho it begins\nkill -9 $$\n")
    script.chmod(0o755)
    with monkeypatch.context() as patched:
        patched.setattr(solvefield, "PROGRAM", str(script))
        answer = solve("solve-field", field.xy, demo)
    assert answer.failed and answer.match is None
    assert answer.reason.endswith("ended with status -9 (it begins)")
    if not Embedded.lack():
        assert solve("embedded", field.xy, demo).match
        embedded._worker.process.kill()
        answer = solve("embedded", field.xy, demo)
        assert (answer.failed, answer.reason) == (True, "the embedded engine ended with status -9")
        assert solve("embedded", field.xy, demo).match
        embedded.stop()


def test_an_index_of_several_that_solve_field_cannot_read_is_a_failure(
    field, demo, solve, tmp_path
):
    if lack := SolveField.lack():
        pytest.skip(f"the engine solve-field needs {lack}")
    damaged = tmp_path / "index-damaged.fits"
    damaged.write_bytes(Path(demo[0].path).read_bytes()[: 2880 * 12])
    answer = solve("solve-field", noise(), [*demo, read_index(str(damaged))])
    assert answer.failed and str(damaged) in answer.reason
    assert not solve("solve-field", noise(), demo).failed


@pytest.mark.parametrize("name", ["with a space", "Łódź ñ", "quo'te \"$(touch pwned)`;#", "-rf"])
def test_folders_of_any_name_serve_as_scratch_and_for_indexes(
    engine, field, demo, solve, tmp_path, name
):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "index demo.fits").symlink_to(demo[0].path)
    index = read_index(str(folder / "index demo.fits"))
    answer = solve(engine, field.xy, [index], folder=folder)
    assert answer.match, answer.reason
    assert not list(tmp_path.rglob("pwned")) and not os.path.exists("pwned")


def test_the_configuration_may_name_every_engine_there_is():
    assert get_args(get_type_hints(SolveOptions)["engine"]) == ("auto", *engines.ENGINES)


def test_an_unknown_engine_is_an_error_that_names_those_there_are():
    with pytest.raises(ConfigError, match=r"'astap'.*auto, embedded, solve-field"):
        engines.choose(SolveOptions(engine="astap"))


def test_auto_takes_the_embedded_engine_first_and_the_program_next(monkeypatch):
    def names(of):
        return [one.name for one in of(SolveOptions())]

    monkeypatch.setattr(Embedded, "lack", lambda: "")
    monkeypatch.setattr(SolveField, "lack", lambda: "")
    assert names(engines.choose) == names(engines.foresee) == ["embedded", "solve-field"]
    monkeypatch.setattr(Embedded, "lack", lambda: "a package")
    assert names(engines.choose) == names(engines.foresee) == ["solve-field"]
    monkeypatch.setattr(SolveField, "lack", lambda: "a program")
    with pytest.raises(ConfigError, match="embedded needs a package; solve-field needs a program"):
        engines.choose(SolveOptions())
    assert names(engines.foresee) == ["embedded"]  # jobs may run where it is
