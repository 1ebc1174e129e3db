"""Three real lights of ARCSAT through the whole workflow, held against plain NumPy."""

import csv
import shutil

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from night import listed_pixels, reduce
from plateworks.wording import with_error
from workflow import NIGHT_TABLES

LIGHTS = ("LPSEB35_g_20250530_034359", "LPSEB35_g_20250530_041802", "LPSEB35_g_20250530_054221")


@pytest.fixture(scope="module")
def frames(shared_data):
    return shared_data / "arcsat-20250530"


@pytest.fixture(scope="module")
def embedded(frames, tmp_path_factory):
    """One command from the raw directory to solved frames."""
    return reduce(
        tmp_path_factory.mktemp("arcsat"),
        raw=str(frames),
        solve={"engine": "embedded", "index_dirs": [str(frames / "index")]},
    )


@pytest.fixture(scope="module")
def night(embedded, engine, frames, tmp_path_factory):
    """The night as each engine solves it."""
    assert embedded.run.code == 0, embedded.run.text
    if engine == "embedded":
        return embedded
    again = shutil.copytree(embedded.folder, tmp_path_factory.mktemp("other") / "again")
    solve = {"engine": engine, "index_dirs": [str(frames / "index")]}
    return reduce(again, raw=str(frames), solve=solve)


def stack(folder, pattern):
    return np.array([fits.getdata(p).astype(np.float64) for p in sorted(folder.glob(pattern))])


def repaired(image, bad):
    """Replace each bad pixel by the median of the good ones round it, one by one."""
    out = image.copy()
    for y, x in np.argwhere(bad):
        for reach in (1, 2):
            rows = slice(max(y - reach, 0), y + reach + 1)
            columns = slice(max(x - reach, 0), x + reach + 1)
            good = image[rows, columns][~bad[rows, columns]]
            if good.size:
                out[y, x] = np.median(good)
                break
    return out


@pytest.fixture(scope="module")
def expected(frames, embedded):
    """Masters and calibrated lights by the formulas alone; only where to repair is read."""
    bias = np.median(stack(frames, "Bias_*.fits"), axis=0)
    dark = np.median(stack(frames, "Dark_*.fits"), axis=0)
    hot = listed_pixels(embedded.one("cosmetic/*/cosme_30s*.lst"), dark.shape)
    bad = embedded.image("cosmetic/*/badpix_*.fits") != 0

    flats = []
    for path in sorted(frames.glob("domeflat_*.fits")):
        k = fits.getval(path, "EXPTIME") / 30.0
        flat = fits.getdata(path) - bias - k * (dark - bias)
        flat = repaired(flat, hot)
        flats.append(flat * 5000 / np.median(flat))
    flat = np.median(flats, axis=0)
    flat *= 5000 / np.median(flat)

    factors = np.median(flat) / flat
    # Where the flat itself shows a bad pixel, the values of its neighbours get their factor.
    factors = np.where(bad, repaired(factors, hot | bad), factors)
    lights = {}
    for name in LIGHTS:
        image = fits.getdata(frames / f"{name}.fits") - dark
        lights[name] = repaired(image, hot | bad) * factors
    return {"bias": bias, "dark": dark, "flat": flat, "repair": hot | bad, "lights": lights}


def without_outliers(values):
    spread = np.median(np.abs(values - np.median(values))) / 0.6745
    return values[np.abs(values - np.median(values)) < 4.5 * spread]


def test_real_frames_tell_gain_and_read_noise_as_the_textbook_has_them(embedded, frames):
    bias, flats = stack(frames, "Bias_*.fits"), stack(frames, "domeflat_*.fits")
    noise = np.std(without_outliers(bias[0] - bias[1])) / 2**0.5
    one, other = ((flat - np.median(bias, axis=0))[256:768, 256:768] for flat in flats[1:])
    ratio = np.median(one) / np.median(other)
    difference = np.var(without_outliers(one - ratio * other)) - (1 + ratio**2) * noise**2
    gain = np.median(one) * (1 + ratio) / difference
    [row] = embedded.table("report/cameras.csv")
    assert float(row["gain_e_per_adu"]) == pytest.approx(gain, rel=0.02)
    assert float(row["read_noise_e"]) == pytest.approx(gain * noise, rel=0.03)
    assert 0 < float(row["gain_error"]) < 0.01 * gain
    assert 0 < float(row["read_noise_error"]) < 0.01 * gain * noise
    gain_told = with_error(float(row["gain_e_per_adu"]), float(row["gain_error"]))
    assert f"gain {gain_told} e-/ADU, read noise" in embedded.run.text


def test_one_command_solves_all_three_frames(night, engine):
    assert night.run.code == 0, night.run.text
    assert "Lights: 3 to calibrate and solve, 0 refused" in night.run.text
    rows = night.table("report/solved.csv")
    assert [(row["frame"], row["solved"]) for row in rows] == [(name, "True") for name in LIGHTS]
    for name in LIGHTS:
        header = fits.getheader(night.one(f"solved/*/{name}.fits"))
        assert header["PLTSOLVD"] is True
        assert header["SOLVER"] == engine
        assert header["NMATCH"] >= 15
        assert header["ASTRRMS"] < 0.3


def test_another_engine_calibrates_nothing_again(night, engine):
    if engine != "embedded":
        assert night.run.stages == {"solve": 3, **NIGHT_TABLES, "all": 1}


def test_centres_lie_where_others_have_found_them(night, frames):
    with open(frames / "solved-truth.tsv", newline="") as table:
        truth = {
            row["frame"]: (float(row["ra_at_pix512.5"]), float(row["dec_at_pix512.5"]))
            for row in csv.DictReader(table, delimiter="\t")
        }
    assert len(truth) == 2
    for name in LIGHTS:
        header = fits.getheader(night.one(f"solved/*/{name}.fits"))
        ra, dec = WCS(header, fix=False).all_pix2world(512.5, 512.5, 1)
        # The frame without a truth of its own is of the same field, a few arcseconds away.
        limit = 1.0 if f"{name}.fits" in truth else 10.0
        there = truth.get(f"{name}.fits", next(iter(truth.values())))
        east = (ra - there[0]) * np.cos(np.radians(dec))
        assert 3600 * np.hypot(east, dec - there[1]) < limit


@pytest.mark.parametrize(
    ("kind", "imagetyp"),
    [("bias", "Master Bias"), ("dark", "Master Dark"), ("flat", "Master Flat")],
)
def test_masters_are_the_medians_of_their_frames(embedded, expected, kind, imagetyp):
    product = embedded.one(f"masters/*/{kind}_*.fits")
    header = fits.getheader(product)
    assert fits.getdata(product).dtype == ">f4"
    np.testing.assert_allclose(fits.getdata(product), expected[kind], rtol=1e-5, atol=0)
    assert header["IMAGETYP"] == imagetyp
    assert header["NCOMBINE"] == 3
    assert header["COMBMETH"] == "median"
    assert header["PWMEDIAN"] == pytest.approx(np.median(expected[kind]), rel=1e-6)
    assert header.get("BIASSUB") == {"bias": None, "dark": False, "flat": None}[kind]


@pytest.mark.parametrize("name", LIGHTS)
def test_calibrated_pixels_are_what_the_formula_gives(embedded, expected, name):
    with fits.open(embedded.one(f"calibrated/*/{name}.fits")) as hdus:
        image, mask = hdus[0].data, hdus["MASK"].data
    assert image.dtype == ">f4"
    np.testing.assert_array_equal(mask != 0, expected["repair"])
    assert np.count_nonzero(mask == 0) > 0.99 * mask.size
    # Values near zero included: relative to each pixel, nothing is added to the tolerance.
    np.testing.assert_allclose(image, expected["lights"][name], rtol=1e-5, atol=0)


def test_products_name_what_they_were_made_from(embedded):
    digest = {
        kind: fits.getval(embedded.one(f"masters/*/{kind}_*.fits"), "PWDATA")
        for kind in ("bias", "dark", "flat")
    }
    assert len(set(digest.values())) == 3
    flat = str(fits.getheader(embedded.one("masters/*/flat_*.fits"))["HISTORY"])
    assert digest["bias"] in flat and digest["dark"] in flat
    assert "domeflat_g_001.fits" in flat
    for name in LIGHTS:
        for stage in ("calibrated", "solved"):
            header = fits.getheader(embedded.one(f"{stage}/*/{name}.fits"))
            assert header["RAWFILE"] == f"{name}.fits"
            assert (header["DARKDIG"], header["FLATDIG"]) == (digest["dark"], digest["flat"])
            assert header["DARKFILE"] == embedded.one("masters/*/dark_*.fits").name
            assert header["DARKK"] == 1.0
            assert header["CALSTAT"] == "BDF"
            steps = "Plateworks: dark, cosmetic, badpix, flat, in this order"
            assert steps in list(header["HISTORY"])
            assert header["OBJECT"] == "LPSEB35"  # the raw frame's own cards stay


def test_index_files_among_the_raw_frames_are_set_aside_with_the_reason(embedded):
    rejects = {row["path"]: row["reason"] for row in embedded.table("plan/rejects.csv")}
    assert len(rejects) == 2
    assert all("index/" in path for path in rejects)
    assert set(rejects.values()) == {"holds no image of two dimensions"}
