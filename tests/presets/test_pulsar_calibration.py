"""PULSAR's calibrate and autocalibrate: every row of the page's commands, run on small trees."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from presets import trees
from presets.autocalibrate import date
from presets.page import section
from presets.running import run, runs
from presets.trees import pulsar_frame, read

PAGE = section("PULSAR: calibration")

SHAPE = (48, 64)
WHITE = 65535
#: Dark current of 120 s, ADU, with some hot pixels, as a dark shows it that is free of bias.
THERMAL = np.random.default_rng(7).uniform(36, 44, SHAPE).round()
THERMAL[3::6, 4::9] = 2000
THERMAL[trees.HOT] = 6000
#: A pixel beyond the range, and one below it.
BURNT, BLACK = (5, 6), (40, 50)


def write_light(path: Path, seed: int, *, bias: int, k: float = 1.0) -> Path:
    """Write a light of 120 s with `k` times the dark current of the dark."""
    noise = np.random.default_rng(seed).integers(-2, 3, SHAPE)
    image = bias + k * THERMAL + trees.SKY * trees.vignette() + noise
    image[BURNT], image[BLACK] = WHITE, 0
    cards = {"imagetyp": "Light Frame", "exptime": 120.0, "filter": "L"}
    pixels = np.clip(image.round(), 0, WHITE).astype(np.uint16)
    return trees.write(path, pixels, jd=trees.JD + seed / 100, **cards)


def write_masters(folder: Path, *, bias: int, flat: str = "flat.fit") -> None:
    """Write what stands behind -d, -b, -f and -c."""
    dark = {"imagetyp": "Dark Frame", "exptime": 120.0}
    trees.write(folder / "dark.fit", THERMAL.astype(np.float32), **dark)
    trees.write(folder / "bias.fit", np.full(SHAPE, bias, np.uint16))
    level = (24000 * trees.vignette()).astype(np.float32)
    trees.write(folder / flat, level, imagetyp="Flat Frame", filter="L")
    row, column = trees.HOT
    (folder / "cosme.lst").write_bytes(f"# hot\r\nP {column} {row}\r\n".encode())


def formula(
    raw: Path, *, dark: np.ndarray, bias: float = 0.0, k: float = 1.0,
    flat: np.ndarray | float = 1.0, mult: float = 1.0, listed: tuple[int, int] | None = None,
) -> np.ndarray:  # fmt: skip
    """(RAW - BIAS - DARK x K) x MULT / FLAT, in the guide's order, within the raw type's range."""
    image = read(raw) - bias - k * dark
    if listed is not None:
        y, x = listed
        around = np.delete(image[y - 1 : y + 2, x - 1 : x + 2].ravel(), 4)
        image[y, x] = np.median(around)
    return np.clip(image * mult / flat, 0, WHITE)


def assert_calibrated(path: Path, wanted: np.ndarray) -> None:
    """Check an integer product, rounded."""
    assert fits.getdata(path).dtype == np.uint16
    assert np.abs(read(path) - wanted).max() <= 0.51


# -- calibrate -------------------------------------------------------------------------------------


@runs(PAGE, "`calibrate raw001.fit out.fit -d master_dark.fit`")
def test_calibrate_subtracts_the_dark_of_one_light_and_nothing_else(row, tmp_path):
    raw, _ = (write_light(tmp_path / f"raw{i:03d}.fit", i, bias=0) for i in (1, 2))
    write_masters(tmp_path, bias=0)
    (tmp_path / "dark.fit").rename(tmp_path / "master_dark.fit")
    run(row, tmp_path)
    assert_calibrated(tmp_path / "out.fit", formula(raw, dark=THERMAL))
    assert fits.getheader(tmp_path / "out.fit")["DARKFILE"] == "master_dark.fit"
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out.fit"]


@runs(PAGE, "`calibrate raw001.fit out.fit -d dark.fit -b bias.fit -f flat.fit 25000`")
def test_calibrate_follows_the_formula_with_the_typed_multiplier(row, tmp_path):
    raw = write_light(tmp_path / "raw001.fit", 1, bias=200)
    write_masters(tmp_path, bias=200)
    run(row, tmp_path)
    flat = read(tmp_path / "flat.fit")
    wanted = formula(raw, dark=THERMAL, bias=200, flat=flat, mult=25000)
    assert (wanted[BURNT], wanted[BLACK]) == (WHITE, 0)
    assert_calibrated(tmp_path / "out.fit", wanted)


@runs(PAGE, "`calibrate raw*.fit calibrated.fit -d dark.fit -f flat.fit 25000 -c cosme.lst -o`")
def test_calibrate_fits_the_dark_to_each_light_and_repairs_before_the_flat(row, tmp_path):
    factors = {1: 1.0, 2: 1.3}
    for i, k in factors.items():
        write_light(tmp_path / f"raw{i:03d}.fit", i, bias=0, k=k)
    write_masters(tmp_path, bias=0)
    run(row, tmp_path)
    flat = read(tmp_path / "flat.fit")
    for i, k in factors.items():
        path = tmp_path / f"calibrated{i:03d}.fit"
        fitted = fits.getheader(path)["DARKK"]
        assert fitted == pytest.approx(k, abs=0.01)
        how = {"k": fitted, "flat": flat, "mult": 25000, "listed": trees.HOT}
        assert_calibrated(path, formula(tmp_path / f"raw{i:03d}.fit", dark=THERMAL, **how))


@runs(PAGE, "`calibrate light0001.fit calib.fit -d dark.fit -f flat_L.fit 24500`")
def test_calibrate_takes_a_sequence_up_to_its_first_gap(row, tmp_path):
    for i in (1, 2, 4):
        write_light(tmp_path / f"light{i:04d}.fit", i, bias=0)
    write_masters(tmp_path, bias=0, flat="flat_L.fit")
    run(row, tmp_path)
    made = sorted(tmp_path.glob("calib*.fit"))
    assert [path.name for path in made] == ["calib0001.fit", "calib0002.fit"]
    flat = read(tmp_path / "flat_L.fit")
    for i, path in enumerate(made, 1):
        raw = tmp_path / f"light{i:04d}.fit"
        assert_calibrated(path, formula(raw, dark=THERMAL, flat=flat, mult=24500))


@runs(PAGE, "`calibrate *.fit output/ -d dark.fit -f flat.fit 25000 -o`")
def test_calibrate_takes_all_lights_beside_their_masters(row, tmp_path):
    raw = write_light(tmp_path / "M 31.fit", 1, bias=0, k=0.8)
    write_masters(tmp_path, bias=0)
    (tmp_path / "bias.fit").unlink()
    run(row, tmp_path)
    product = tmp_path / "output" / "M-31.fit"
    fitted = fits.getheader(product)["DARKK"]
    assert fitted == pytest.approx(0.8, abs=0.01)
    flat = read(tmp_path / "flat.fit")
    assert_calibrated(product, formula(raw, dark=THERMAL, k=fitted, flat=flat, mult=25000))


@runs(PAGE, "`calibrate @filelist.txt result.fit")
def test_calibrate_does_all_at_once_to_the_lights_of_a_list(row, tmp_path):
    raw = [write_light(tmp_path / f"lights/{i}.fit", i, bias=200, k=1.2) for i in range(3)]
    (tmp_path / "filelist.txt").write_text("lights/0.fit\nlights/2.fit\n")
    write_masters(tmp_path, bias=200)
    run(row, tmp_path)
    flat = read(tmp_path / "flat.fit")
    made = sorted(tmp_path.glob("result*.fit"))
    assert [path.name for path in made] == ["result001.fit", "result002.fit"]
    for light, path in zip(raw[::2], made, strict=True):
        fitted = fits.getheader(path)["DARKK"]
        assert fitted == pytest.approx(1.2, abs=0.01)
        how = {"k": fitted, "flat": flat, "mult": 25000, "listed": trees.HOT}
        assert_calibrated(path, formula(light, dark=THERMAL, bias=200, **how))


# -- autocalibrate ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def libraries(tmp_path_factory) -> Path:
    """Lights, and trees of darks and flats as the guide shows them."""
    folder = tmp_path_factory.mktemp("libraries")
    for path, exposure, days in (
        ("2024_05/dark120s.fit", 120.0, -50), ("camera_A/dark120s_new.fit", 120.0, -10),
        ("dark60s.fit", 60.0, 0),
    ):  # fmt: skip
        pulsar_frame(folder / "darks" / path, "dark", exposure, jd=trees.JD + days)
    row, column = trees.HOT
    (folder / "darks/camera_A/cosme120s_new.lst").write_text(f"P {column} {row}\n")
    for path, code, days in (
        ("flat_L.fit", "L", -20), ("Telescope_A/2024_06/flat_Ha_early.fit", "Ha", -30),
        ("Telescope_A/flat_Ha.fit", "Ha", -1), ("flat_Ha_late.fit", "Ha", 10),
    ):  # fmt: skip
        pulsar_frame(folder / "flats" / path, "flat", 2.0, 9, filter=code, bias=0,
                     jd=trees.JD + days)  # fmt: skip
    for i, (code, exposure) in enumerate((("Ha", 120.0), ("OIII", 120.0), ("Ha", 70.0))):
        pulsar_frame(folder / f"lights/raw{i}.fit", "light", exposure, 20 + i, filter=code)
    run(
        PAGE.row("`autocalibrate lights/*.fit output darks/ flats/`"), folder, "cosmetic={count: 5}"
    )
    return folder


@pytest.mark.parametrize(
    ("name", "dark_file", "flat_file"),
    [
        ("output_exp120_Ha_001.fit", "dark120s_new.fit", "flat_Ha.fit"),
        ("output_exp120_OIII_001.fit", "dark120s_new.fit", "flat_L.fit"),
        ("output_exp70_Ha_001.fit", "dark60s.fit", "flat_Ha.fit"),
    ],
)
def test_autocalibrate_matches_darks_and_flats_by_header_anywhere_in_their_trees(
    libraries, name, dark_file, flat_file
):
    header = fits.getheader(libraries / name)
    assert (header["DARKFILE"], header["FLATFILE"]) == (dark_file, flat_file)


def test_autocalibrate_multiplies_by_the_median_of_the_flat(libraries):
    dark = read(libraries / "darks/camera_A/dark120s_new.fit")
    flat = read(libraries / "flats/Telescope_A/flat_Ha.fit")
    how = {"dark": dark, "flat": flat, "mult": np.median(flat), "listed": trees.HOT}
    wanted = formula(libraries / "lights/raw0.fit", **how)
    assert_calibrated(libraries / "output_exp120_Ha_001.fit", wanted)


def test_a_product_says_which_pixels_were_repaired(libraries):
    with fits.open(libraries / "output_exp120_Ha_001.fit") as hdus:
        assert hdus["MASK"].data[trees.HOT] != 0
        assert np.count_nonzero(hdus["MASK"].data) == 1


def flat_of_the_only_light(row, folder: Path, light: str, flats: list[str], **cards) -> str:
    """Run a command on a light and flats of some dates, and return the flat that it took."""
    pulsar_frame(folder / "darks/dark120s.fit", "dark", 120.0)
    (folder / "darks/cosme120s.lst").write_text("P 1 1\n")
    for day in flats:
        pulsar_frame(folder / f"flats/{day}.fit", "flat", 2.0, bias=0, jd=date(day))
    pulsar_frame(folder / "lights/raw001.fit", "light", 120.0, jd=date(light), **cards)
    run(row, folder)
    return fits.getheader(folder / "output_exp120_L_001.fit")["FLATFILE"]


@runs(PAGE, "`autocalibrate --flatlog maintenance.csv lights/*.fit output darks/ flats/`")
def test_a_flat_of_the_same_maintenance_interval_comes_before_an_earlier_one(row, tmp_path):
    (tmp_path / "maintenance.csv").write_text(
        "# DATETIME_UTC,CAMERA_ID[,COMMENT]\n"
        "2024-03-15T14:00:00,ASI2600MM,Initial setup\n"
        "2024-05-18T12:30:00,ASI2600MM,Rotated camera\n"
        "2024-07-01T10:00:00,ASI2600MM,Changed filter wheel\n"
    )
    flats = ["2024-05-17", "2024-06-24", "2024-06-25", "2024-07-02"]
    assert flat_of_the_only_light(row, tmp_path, "2024-06-15", flats) == "2024-06-25.fit"


@runs(PAGE, "`autocalibrate --flat-future-days 5 ")
def test_a_flat_may_be_as_many_days_later_as_is_allowed(row, tmp_path):
    flats = ["2024-05-10", "2024-05-24", "2024-05-26"]
    assert flat_of_the_only_light(row, tmp_path, "2024-05-20", flats) == "2024-05-24.fit"


# -- fitshdr ---------------------------------------------------------------------------------------


def test_a_master_flat_says_its_median(tmp_path):
    for i in range(2):
        pulsar_frame(tmp_path / f"flats/{i}.fit", "flat", 2.0, i)
    pulsar_frame(tmp_path / "dark2s.fit", "dark", 2.0)
    (tmp_path / "cosme2s.lst").write_text("P 1 1\n")
    run(section("PULSAR: masters").row("`makeflat flats/`"), tmp_path)
    median = fits.getheader(tmp_path / "flat_l.fit")["PWMEDIAN"]
    assert median == pytest.approx(np.median(read(tmp_path / "flat_l.fit")), rel=1e-6)
