"""The stars of index files: every one in the field, each once, the bright ones first."""

import os
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from scipy.spatial import KDTree

from bentfields import Optics, see
from plateworks.errors import TroubleError
from plateworks.sky.engines.indexes import covering, read_index
from plateworks.sky.engines.indexmagnitudes import magnitudes_of
from plateworks.sky.engines.indexstars import stars_of
from plateworks.sky.magnitudecolumns import Wanted
from plateworks.sky.refine import Solution, refine

from .conftest import FIELD


@pytest.fixture(scope="session")
def demo(index_dir):
    return read_index(str(Path(index_dir) / "index-demo.fits"))


def vectors(stars):
    ra, dec = np.radians(stars[:, :2]).T
    return np.column_stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])


@pytest.mark.parametrize("radius", [0.1, 0.3, 1.0, 40.0, 180.0])
def test_those_within_a_circle_are_the_catalogues(demo, stars, radius):
    found = stars_of([demo], *FIELD, radius, 100_000)
    distance = np.linalg.norm(vectors(stars) - vectors(np.array([FIELD])), axis=1)
    there = stars[distance <= 2 * np.sin(np.radians(radius) / 2)]
    apart, _ = KDTree(vectors(there)).query(vectors(found))
    assert len(found) == len(there) and np.degrees(apart.max()) * 3600 < 0.01


def test_a_star_of_two_indexes_is_given_once(demo, tmp_path):
    again = replace(
        demo, path=str(shutil.copy(demo.path, tmp_path / "other.fits")), low=demo.low / 2
    )
    assert len(stars_of([demo, again], *FIELD, 1.0, 10_000)) == len(
        stars_of([demo], *FIELD, 1.0, 10_000)
    )


def test_of_too_many_the_brighter_ones_are_given(demo, stars):
    every = stars_of([demo], *FIELD, 5.0, 10_000)
    some = stars_of([demo], *FIELD, 5.0, 40)
    magnitude = stars[KDTree(vectors(stars)).query(vectors(every))[1], 2]
    brighter = stars[KDTree(vectors(stars)).query(vectors(some))[1], 2]
    assert len(some) == 40 and np.median(brighter) < np.median(magnitude)


def test_an_index_that_cannot_be_read_gives_none(demo, tmp_path):
    broken = tmp_path / "broken.fits"
    broken.write_bytes(Path(demo.path).read_bytes()[:40_000])
    assert len(stars_of([replace(demo, path=str(broken))], *FIELD, 1.0, 100)) == 0


def test_an_index_that_becomes_shorter_while_it_is_read_is_a_trouble_and_ends_no_process(
    demo, tmp_path
):
    """Of a map that its file no longer fills, the system kills the process (SIGBUS)."""
    path = str(shutil.copy(demo.path, tmp_path / "index-shrinks.fits"))
    shrinks = replace(demo, path=path)
    asks = stars_of, partial(magnitudes_of, wanted=Wanted())
    for asked in asks:
        assert len(asked([shrinks], *FIELD, 1.0, 100)) > 5
    os.truncate(path, 70_000)
    for asked in asks:
        with pytest.raises(TroubleError, match=r"index-shrinks\.fits: became shorter while"):
            asked([shrinks], *FIELD, 1.0, 100)


def test_damaged_indexes_give_some_stars_or_none_and_no_error(demo, tmp_path):
    whole, rng = Path(demo.path).read_bytes(), np.random.default_rng(7)
    with fits.open(demo.path) as hdus:
        places = [hdu.fileinfo() for hdu in hdus]
    for number in range(150):
        content, place = bytearray(whole), places[int(rng.integers(len(places)))]
        first, after = (
            (place["hdrLoc"], place["datLoc"]) if number % 2 else
            (place["datLoc"], min(place["datLoc"] + 4000, len(whole)))
        )  # fmt: skip
        for at in rng.integers(first, max(after, first + 1), int(rng.integers(1, 40))):
            content[min(at, len(content) - 1)] ^= 1 << int(rng.integers(8))
        path = tmp_path / f"index-{number}.fits"
        path.write_bytes(content)
        damaged = read_index(str(path))
        if damaged is not None and not damaged.flaw:
            assert len(stars_of([damaged], *FIELD, 1.0, 100)) <= 100
            magnitudes_of([damaged], *FIELD, 1.0, 100, Wanted())


def test_an_index_of_another_part_of_the_sky_is_not_asked(demo):
    tile = replace(demo, healpix=0, nside=4)
    assert covering([demo, tile], *FIELD, 1.0) == (demo,)


def test_all_stars_are_used_and_not_those_of_the_index_that_matched():
    """A tenth of the stars came with the match; their lens alone is pixels off in the corners."""
    optics = Optics((1200, 1600), 20.0, (200.0, -35.0), (800.5, 600.5), 70.0, False, 0.015, 0.003)
    field = see(optics, np.random.default_rng(12), 400)
    every = field.match.stars
    xy = optics.to_pixels(every)
    near = np.argsort(np.hypot(*(xy - [400, 300]).T))[:40]  # all of them in one quarter
    few = replace(field.match, stars=every[near])
    told = refine(few, field.xy, optics.shape, sip_order="auto")
    asked = []

    def catalogue(ra, dec, radius, most):
        asked.append((ra, dec, radius, most))
        return every

    solution = refine(few, field.xy, optics.shape, sip_order="auto", catalogue=catalogue)
    assert isinstance(solution, Solution) and solution.n_matched > 280
    assert field.errors(solution.lens.to_sky, field.corners).max() < 0.3
    assert isinstance(told, str) or field.errors(told.lens.to_sky, field.corners).max() > 2
    (circle,) = asked
    assert np.hypot(circle[0] - 200, circle[1] + 35) < 0.5
    assert 1000 * 20 / 3600 < circle[2] < 1.3 * 1000 * 20 / 3600
