"""Real frames: every one that can be solved is, by both engines, where others have found it."""

import csv

import numpy as np
import pytest
from astropy.io import fits

from plateworks.errors import FrameError
from plateworks.metadata.normalise import read_frame
from plateworks.settings.solve import SolveOptions
from plateworks.sky.solving import solve_image


def separation(one, other) -> float:
    """Arcseconds between two (right ascension, declination) in degrees."""
    east = (one[0] - other[0]) * np.cos(np.radians(one[1]))
    return 3600 * float(np.hypot(east, one[1] - other[1]))


def solve(path, engine, pixels=None, **options):
    """Solve one file as it is, or with other pixels, by what its own header says."""
    if pixels is None:
        pixels = fits.getdata(path)
    try:
        frame = read_frame(path)
    except FrameError as error:
        pytest.fail(str(error))
    result = solve_image(pixels, None, frame, SolveOptions(engine=engine, **options))
    assert result.solution, result.reason
    assert result.solution.n_matched >= 8
    return result.solution


def stack(folder, pattern):
    return np.array([fits.getdata(path).astype(float) for path in sorted(folder.glob(pattern))])


@pytest.fixture(scope="session")
def arcsat(shared_data):
    """The three lights of ARCSAT, calibrated with plain NumPy."""
    folder = shared_data / "arcsat-20250530"
    dark = np.median(stack(folder, "Dark_*.fits"), axis=0)
    flats = stack(folder, "domeflat_*.fits") - np.median(stack(folder, "Bias_*.fits"), axis=0)
    flat = np.median(flats / np.median(flats, axis=(1, 2), keepdims=True), axis=0)
    return {
        path: (fits.getdata(path) - dark) / flat for path in sorted(folder.glob("LPSEB35_*.fits"))
    }


@pytest.mark.parametrize("sip_order", [0, 2])
def test_all_three_arcsat_frames_solve_once_calibrated(arcsat, engine, sip_order):
    folder = next(iter(arcsat)).parent
    with open(folder / "solved-truth.tsv", newline="") as table:
        truth = {
            row["frame"]: (float(row["ra_at_pix512.5"]), float(row["dec_at_pix512.5"]))
            for row in csv.DictReader(table, delimiter="\t")
        }
    middles = []
    for path, pixels in arcsat.items():
        solution = solve(
            path, engine, pixels, index_dirs=[str(folder / "index")], sip_order=sip_order
        )
        ra, dec = solution.lens.to_sky(np.array([[512.5, 512.5]]))
        middles.append((ra[0], dec[0]))
        assert separation(middles[-1], truth.get(path.name, middles[-1])) < 1.0
        assert solution.lens.scale == pytest.approx(0.6704, abs=0.001)
        assert solution.rms_arcsec < 0.3
    assert len(middles) == 3 and len(truth) == 2
    # The frame without a truth of its own is of the same field, a few arcseconds away.
    assert all(separation(middle, middles[0]) < 10 for middle in middles)


@pytest.mark.parametrize(
    ("frame", "center"),
    [
        ("013343", (31.2485, 46.7411)),
        ("030912", (31.1418, 46.8002)),
        ("070912", (30.7666, 46.7980)),
    ],
)
def test_microobservatory_frames_solve_though_the_header_points_elsewhere(
    shared_data, tycho, engine, frame, center
):
    path = shared_data / "microobservatory" / f"HATP-32171220{frame}.FITS"
    solution = solve(path, engine)
    assert separation((solution.ra, solution.dec), center) < 5
    assert solution.lens.scale == pytest.approx(5.164, abs=0.005)


def test_a_colour_mosaic_without_hints_solves(shared_data, tycho, engine):
    solution = solve(shared_data / "pocs" / "unsolved.fits", engine)
    assert separation((solution.ra, solution.dec), (303.2110, 46.0195)) < 5
    assert solution.lens.scale == pytest.approx(10.31, abs=0.02)


@pytest.mark.parametrize(
    ("name", "center"),
    [
        ("Light_M 94_10.0s_IRCUT_20250326-212046.fit", (192.7775, 41.1169)),
        ("Light_NGC_7023_10.0s_IRCUT_20240730-224436.fit", (315.4432, 68.1263)),
    ],
)
def test_seestar_mosaics_solve(shared_data, tycho, engine, name, center):
    solution = solve(shared_data / "seestar" / name, engine)
    assert separation((solution.ra, solution.dec), center) < 5
    assert solution.lens.scale == pytest.approx(2.375, abs=0.003)


def test_a_star_tracker_frame_without_any_card_solves(shared_data, tycho, engine):
    solution = solve(shared_data / "tetra3" / "2019-07-29T204726_Alt60_Azi-45_Try1.fits", engine)
    assert solution.lens.scale == pytest.approx(40.3, abs=0.3)
    assert solution.n_matched > 40
