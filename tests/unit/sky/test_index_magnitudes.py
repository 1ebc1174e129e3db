"""The magnitudes of index files: those of each star, and of every index that has them."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from scipy.spatial import KDTree

from plateworks.settings.solve import SolveOptions
from plateworks.sky.engines.embedded import Embedded
from plateworks.sky.engines.indexes import read_index
from plateworks.sky.engines.indexmagnitudes import magnitudes_of
from plateworks.sky.knownstars import usual_error
from plateworks.sky.magnitudecolumns import Wanted
from plateworks.sky.projection import unit_vectors

from .conftest import FIELD, with_columns


@pytest.fixture
def demo(index_dir):
    return read_index(str(Path(index_dir) / "index-demo.fits"))


@pytest.mark.parametrize("radius", [0.2, 1.0, 40.0])
def test_every_star_has_its_own(demo, stars, radius):
    found = magnitudes_of([demo], *FIELD, radius, 10_000, Wanted())
    apart, which = KDTree(unit_vectors(stars[:, :2])).query(unit_vectors(found.radec))
    assert np.degrees(apart.max()) * 3600 < 0.01 and len(set(which)) == len(which)
    assert found.magnitude == pytest.approx(stars[which, 2], abs=0.001)
    assert found.band == "VT" and found.catalogue == "index-demo.fits"
    assert np.isnan(found.colour).all() and (np.diff(found.magnitude) >= 0).all()


def test_of_too_many_the_brightest_are_given(demo):
    every = magnitudes_of([demo], *FIELD, 5.0, 10_000, Wanted())
    some = magnitudes_of([demo], *FIELD, 5.0, 20, Wanted())
    assert some.magnitude.tolist() == every.magnitude[:20].tolist()


def test_a_star_of_two_indexes_is_given_once(demo, tmp_path):
    path = shutil.copy(demo.path, tmp_path / "other.fits")
    again = replace(demo, path=str(path), low=demo.low / 2)
    both = magnitudes_of([demo, again], *FIELD, 1.0, 10_000, Wanted())
    assert len(both.magnitude) == len(magnitudes_of([demo], *FIELD, 1.0, 999, Wanted()).magnitude)
    assert both.catalogue == "other.fits"


def test_colours_and_errors_beside_the_stars_are_used(demo, tmp_path):
    count = fits.getheader(demo.path, -1)["NAXIS2"]
    blue = np.linspace(8, 12, count)
    other = with_columns(
        demo, tmp_path, MAG_VT=blue - 0.5, MAG_BT=blue, e_MAG_VT=np.full(count, 0.03)
    )
    found = magnitudes_of([other], *FIELD, 1.0, 999, Wanted())
    assert found.colour == pytest.approx(0.5, abs=1e-5) and found.colour_name == "BT-VT"
    assert found.error == pytest.approx(0.03)
    asked = magnitudes_of([other], *FIELD, 1.0, 999, Wanted(band="BT"))
    assert asked.magnitude == pytest.approx(found.magnitude + 0.5, abs=1e-5)


def test_an_index_without_magnitudes_or_with_too_few_rows_tells_none(demo, tmp_path):
    assert magnitudes_of([demo], *FIELD, 1.0, 99, Wanted(band="BT")) is None
    short = with_columns(demo, tmp_path, MAG_VT=[1.0, 2.0])
    assert magnitudes_of([short], *FIELD, 1.0, 99, Wanted()) is None
    broken = tmp_path / "broken.fits"
    broken.write_bytes(Path(demo.path).read_bytes()[:40_000])
    assert magnitudes_of([replace(demo, path=str(broken))], *FIELD, 1.0, 99, Wanted()) is None
    assert magnitudes_of([], *FIELD, 1.0, 99, Wanted()) is None


def test_the_engine_tells_by_a_stamp_whether_its_index_is_another(demo, tmp_path):
    path = Path(shutil.copy(demo.path, tmp_path / "index-demo.fits"))

    def stamp():
        read_index.cache_clear()
        return Embedded(SolveOptions(index_dirs=(str(tmp_path),))).stamp("index-demo.fits")

    before = stamp()
    assert before and stamp() == before
    assert Embedded(SolveOptions(index_dirs=(str(tmp_path),))).stamp("no-such.fits") == ""
    os.utime(path, (1e9, 1e9))
    assert stamp() == before  # a copy is no other
    with open(path, "r+b") as stream:
        stream.seek(-1, os.SEEK_END)
        stream.write(b"1")
    assert stamp() not in ("", before)


def test_the_errors_of_tycho_grow_towards_its_faint_stars():
    error = usual_error(np.array([6.0, 9.0, 11.0, 12.0]), "VT")
    assert (np.diff(error) > 0).all() and 0.01 < error[0] < 0.016 and 0.09 < error[3] < 0.13
    assert usual_error(np.array([9.0]), "V").tolist() == [0.0]
