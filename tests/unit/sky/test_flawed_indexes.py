"""Index files that cannot be read, or are damaged: named, and no field is unsolved for them."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from plateworks.errors import ConfigError, PlateworksError
from plateworks.settings.solve import SolveOptions
from plateworks.sky import engines
from plateworks.sky.engines import indexes
from plateworks.sky.engines.indexes import find_indexes
from plateworks.sky.preflight import unsearchable
from plateworks.sky.reopening import Reopening, refuse_other_flaws
from plateworks.sky.solving import solve_image

from .conftest import draw, make_wcs

SKY = {"ra": 322.95, "dec": 48.43}


@pytest.fixture
def folder(tmp_path, index_dir, monkeypatch):
    """The only folder of index files there is, with that of the demonstration."""
    monkeypatch.setattr(indexes, "USUAL_PLACES", ())
    monkeypatch.delenv(indexes.ENVIRONMENT, raising=False)
    indexes.read_index.cache_clear()
    content = (Path(index_dir) / "index-demo.fits").read_bytes()
    (tmp_path / "index-demo.fits").write_bytes(content)
    return tmp_path


def damage(folder, name="index-damaged.fits", size=2880 * 12):
    content = (folder / "index-demo.fits").read_bytes()
    (folder / name).write_bytes(content[:size])
    indexes.read_index.cache_clear()


def options(folder, engine="auto"):
    return SolveOptions(index_dirs=(str(folder),), engine=engine, time_limit_s=20.0)


@pytest.mark.parametrize("size", [-2881, 2880 * 12, 2881, 100, 0])
def test_an_index_that_is_short_anywhere_is_damaged(folder, size):
    damage(folder, size=size)
    flawed, good = find_indexes([folder])
    assert "is damaged" in flawed.flaw and not good.flaw


def test_a_file_that_is_no_index_is_none(folder):
    (folder / "image.fits").write_text("no FITS")
    (folder / "readme.txt").write_text("no FITS")
    assert [index.flaw for index in find_indexes([folder])] == [""]


def test_an_index_that_may_not_be_read_says_so(folder, monkeypatch):
    real = open

    def refuse(path, *how, **more):
        if str(path).endswith("index-demo.fits"):
            raise PermissionError(13, "Permission denied")
        return real(path, *how, **more)

    monkeypatch.setattr("builtins.open", refuse)
    (index,) = find_indexes([folder])
    assert index.flaw == "cannot be read (Permission denied; permit it)"


def test_a_good_index_of_another_folder_takes_the_place_of_a_damaged_one(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    damage(folder, other / "index-demo.fits")
    (index,) = find_indexes([other, folder])
    assert not index.flaw


def test_a_folder_of_indexes_that_cannot_be_read_is_said_by_name(folder, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(ConfigError, match=r"folder of index files .* cannot be read \(Permission"):
        find_indexes([folder])


def test_a_field_that_solves_without_a_damaged_index_is_solved(folder, field, engine):
    damage(folder)
    frame = replace(field.frame, **SKY)
    result = solve_image(field.image, None, frame, options(folder, engine))
    assert result.solution is not None


def test_a_field_that_does_not_solve_without_it_is_no_result(folder, engine):
    damage(folder)
    places = np.random.default_rng(5).uniform(1, [1200, 900], (60, 2))
    sky = make_wcs().all_pix2world(places, 1)  # no stars of the real sky
    field = draw(make_wcs(), np.column_stack([sky, np.linspace(8, 12, 60)]))
    frame = replace(field.frame, **SKY)
    with pytest.raises(PlateworksError, match=r"failed, so nothing is known .*index-damaged\.fits"):
        solve_image(field.image, None, frame, options(folder, engine))
    (folder / "index-damaged.fits").unlink()
    assert solve_image(field.image, None, frame, options(folder, engine)).reason


def test_the_preview_names_an_index_that_is_damaged(folder, field):
    damage(folder)
    said = unsearchable([replace(field.frame, **SKY)], options(folder))
    assert len(said) == 1
    assert said[0].startswith(f"The index {folder}/index-damaged.fits is damaged: ")


def test_what_is_searched_is_another_thing_only_where_indexes_that_serve_are(folder):
    first = engines.searched(engines.foresee(options(folder)))
    damage(folder)
    assert engines.searched(engines.foresee(options(folder))) == first
    damage(folder, size=None)
    assert engines.searched(engines.foresee(options(folder))) != first


def test_an_index_that_fails_after_the_run_began_stops_the_search_and_one_known_does_not(
    folder, tmp_path
):
    told = Reopening(options(folder), str(tmp_path)).flawed
    assert told == ""
    refuse_other_flaws(options(folder), told)
    damage(folder)
    with pytest.raises(
        PlateworksError, match=r"index-damaged\.fits is damaged.*when the run began"
    ):
        refuse_other_flaws(options(folder), told)
    known = Reopening(options(folder), str(tmp_path)).flawed
    refuse_other_flaws(options(folder), known)
    (folder / "index-damaged.fits").unlink()
    indexes.read_index.cache_clear()
    refuse_other_flaws(options(folder), known)  # it is mended in the meantime
