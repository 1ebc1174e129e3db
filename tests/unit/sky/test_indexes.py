"""Index files: found, read without a FITS library, chosen by the field, missed in a sentence."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from plateworks.errors import ConfigError
from plateworks.sky.engines import indexes
from plateworks.sky.engines.indexes import (
    Index,
    choose,
    explain_absence,
    find_indexes,
    healpix_center,
)
from plateworks.sky.hints import Attempt

SKY = Attempt(1.0, 1.0)


@pytest.fixture
def no_usual_places(monkeypatch):
    monkeypatch.setattr(indexes, "USUAL_PLACES", ())
    monkeypatch.delenv(indexes.ENVIRONMENT, raising=False)


def write_index(path: Path, low: float, high: float, **cards) -> None:
    header = fits.Header([("SCALE_L", np.radians(low / 60)), ("SCALE_U", np.radians(high / 60))])
    header.update(cards)
    fits.PrimaryHDU(header=header).writeto(path)


def test_an_index_says_the_sizes_of_its_quads(index_dir, no_usual_places):
    (index,) = find_indexes([index_dir])
    assert (index.low, index.high) == (pytest.approx(10, rel=0.01), pytest.approx(45, rel=0.01))


def test_cards_are_read_as_astropy_reads_them(index_dir):
    path = Path(index_dir) / "index-demo.fits"
    index, header = indexes.read_index(str(path)), fits.getheader(path)
    assert index.low == pytest.approx(np.degrees(header["SCALE_L"]) * 60, rel=1e-12)
    assert index.high == pytest.approx(np.degrees(header["SCALE_U"]) * 60, rel=1e-12)
    assert (index.healpix, index.nside) == (header["HEALPIX"], header["HPNSIDE"])


def test_other_files_in_the_folder_are_passed_over(tmp_path, no_usual_places):
    write_index(tmp_path / "index-1.fits", 10, 20)
    fits.PrimaryHDU(np.zeros((9, 9))).writeto(tmp_path / "image.fits")
    (tmp_path / "text.fits").write_bytes("é".encode("latin1") * 3000)
    (tmp_path / "empty.fits").touch()
    assert [Path(i.path).name for i in find_indexes([tmp_path])] == ["index-1.fits"]


def test_folders_of_the_configuration_come_before_the_usual_ones(tmp_path, monkeypatch):
    for name, low in (("own", 10), ("usual", 30)):
        (tmp_path / name).mkdir()
        write_index(tmp_path / name / "index-1.fits", low, 40)
    monkeypatch.setattr(indexes, "USUAL_PLACES", (str(tmp_path / "usual"),))
    (index,) = find_indexes([tmp_path / "own"])
    assert index.low == pytest.approx(10)


def test_a_configured_folder_that_is_missing_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match=r"index_dirs names .*nowhere"):
        find_indexes([tmp_path / "nowhere"])


def test_indexes_fit_by_the_size_of_their_quads():
    shape = (3600, 4800)  # 60' by 80' at 1", diagonal 100'
    sizes = [(2, 5.9), (5, 7), (20, 30), (95, 120), (101, 200)]
    chosen = choose([Index(str(n), *size) for n, size in enumerate(sizes)], shape, SKY)
    assert [i.path for i in chosen] == ["1", "2", "3"]


def test_a_wide_window_of_scales_takes_more_indexes():
    there = [Index("a", 20, 30), Index("b", 1000, 1400)]
    assert len(choose(there, (3600, 4800), Attempt(0.1, 180))) == 2


def test_a_tile_far_from_the_pointing_is_left_out():
    tiles = [Index(str(n), 20, 30, healpix=n, nside=2) for n in range(48)]
    chosen = choose(tiles, (3600, 4800), Attempt(1, 1, 10.0, 20.0, 1.0))
    assert 1 <= len(chosen) < 24
    assert choose(tiles, (3600, 4800), SKY) and len(choose(tiles, (3600, 4800), SKY)) == 48


def test_no_index_is_explained_by_the_field_what_is_there_and_the_package():
    text = explain_absence([Index("a", 60, 2000)], (1200, 1800), SKY)
    assert "30' x 20'" in text and "60' to 33.3°" in text
    assert "astrometry-data-tycho2-07" in text and "tycho2-10-19" not in text
    assert "solve.index_dirs" in text


def test_no_index_for_a_tiny_field_names_no_package_that_would_not_help():
    text = explain_absence([], (500, 500), Attempt(0.3, 0.3))
    assert "no index file was found" in text and "tycho2" not in text and "0.5' to 2'" in text


def test_tiles_are_where_astrometry_net_has_them():
    code = (
        "import json; from astrometry.util.util import healpix_to_radecdeg as f;"
        "print(json.dumps([[n, h, f(h, n, .5, .5), [f(h, n, a, b) for a in (0, 1) for b in (0, 1)]]"
        " for n in (1, 2, 3, 4, 8) for h in range(12 * n * n)]))"
    )
    try:
        run = subprocess.run(["/usr/bin/python3", "-c", code], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("the Python package of Astrometry.net (python3-astrometry) is not installed")
    for nside, tile, center, corners in json.loads(run.stdout):
        assert indexes.separation(*healpix_center(tile, nside), *center) < 1e-9
        for corner in corners:
            far = Index("", 1, 2, healpix=tile, nside=nside)
            assert indexes._holds(far, Attempt(1, 1, *corner, 0.01))


def test_tiles_cover_the_sky_evenly():
    """Without a reference: as many random points are nearest to each centre."""
    centers = np.radians([healpix_center(tile, 2) for tile in range(48)]).T
    vectors = np.array([np.cos(centers[1]) * np.cos(centers[0]),
                        np.cos(centers[1]) * np.sin(centers[0]), np.sin(centers[1])])  # fmt: skip
    points = np.random.default_rng(0).normal(size=(48_000, 3))
    counts = np.bincount((points @ vectors).argmax(axis=1), minlength=48)
    assert counts.min() > 700 and counts.max() < 1300
