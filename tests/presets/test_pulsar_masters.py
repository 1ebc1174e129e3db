"""PULSAR's makers of masters: every row of the page, on trees as the guide lays them out."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from night import listed_pixels
from presets import trees
from presets.page import section
from presets.running import run, runs
from presets.trees import pulsar_bias, pulsar_frame, pulsar_set, read

PAGE = section("PULSAR: masters")

#: Frames of these tests have fewer pixels than the preset lists; all would be repaired.
FEW = "cosmetic={count: 20, rank: value}"


def median(paths: list[Path], minus: np.ndarray | float = 0.0) -> np.ndarray:
    """What med makes of some frames."""
    return np.median([read(path) - minus for path in paths], axis=0)


def pixel_lines(path: Path) -> list[str]:
    """Return the lines of a list that name pixels; every line must end as IRIS wants."""
    text = path.read_bytes()
    assert text.count(b"\n") == text.count(b"\r\n") > 0
    return [line for line in text.decode().split("\r\n") if line[:1] not in ("", "#")]


# -- med -------------------------------------------------------------------------------------------


@runs(PAGE, "`med bias*.fit master_bias.fit`")
def test_med_takes_the_median_of_frames_without_any_header(row, tmp_path):
    frames = pulsar_bias(tmp_path, [f"bias{i:04d}.fit" for i in range(4)])
    run(row, tmp_path)
    assert np.array_equal(read(tmp_path / "master_bias.fit"), median(frames))
    header = fits.getheader(tmp_path / "master_bias.fit")
    assert (header["IMAGETYP"], header["NCOMBINE"]) == ("Master Bias", 4)
    assert header["COMBMETH"] == "median"


@runs(PAGE, "`med bias0001.fit master_bias.fit`")
def test_med_finds_the_frames_of_a_sequence_up_to_its_first_gap(row, tmp_path):
    numbers = (1, 2, 3, 5)
    frames = pulsar_bias(tmp_path, [f"bias{i:04d}.fit" for i in numbers])
    run(row, tmp_path)
    assert np.array_equal(read(tmp_path / "master_bias.fit"), median(frames[:3]))


@runs(PAGE, "`med @biaslist.txt master_bias.fit`")
def test_med_takes_the_frames_of_a_list(row, tmp_path):
    frames = pulsar_bias(tmp_path, [f"some/bias{i}.fit" for i in range(4)])
    names = [str(path.relative_to(tmp_path)) for path in frames[1:]]
    (tmp_path / "biaslist.txt").write_text("\n".join(["# three", *names]))
    run(row, tmp_path)
    assert np.array_equal(read(tmp_path / "master_bias.fit"), median(frames[1:]))


@runs(PAGE, "`med bias*.fit bias.fit --memory 4`")
def test_med_makes_the_same_with_another_limit_of_memory(row, tmp_path):
    frames = pulsar_bias(tmp_path, [f"bias{i}.fit" for i in range(3)])
    run(row, tmp_path)
    assert np.array_equal(read(tmp_path / "bias.fit"), median(frames))


@runs(PAGE, "`med bias*.fit bias.fit`")
def test_med_does_not_take_its_own_product_for_a_frame(row, tmp_path):
    frames = pulsar_bias(tmp_path, [f"bias{i}.fit" for i in range(3)])
    run(row, tmp_path)
    assert np.array_equal(read(tmp_path / "bias.fit"), median(frames))
    assert set(run(row, tmp_path, "--cores", "1").jobs) <= {"plan", "all"}


# -- makedark --------------------------------------------------------------------------------------


@runs(PAGE, "`makedark darks/`, `makedark darks_folder/`")
def test_makedark_makes_a_median_and_a_list_of_the_10000_hottest_pixels(row, tmp_path, monkeypatch):
    monkeypatch.setattr(trees, "SHAPE", (100, 128))
    frames = pulsar_set(tmp_path / "darks/any", "dark", 120.0)
    run(row, tmp_path)
    dark = read(tmp_path / "dark120s.fit")
    assert np.array_equal(dark, median(frames))
    header = fits.getheader(tmp_path / "dark120s.fit")
    assert (header["EXPTIME"], header["JD"]) == (120.0, trees.JD)
    assert header["DATE-OBS"] == "2024-05-20T00:00:00.000"
    lines = pixel_lines(tmp_path / "cosme120s.lst")
    y, x = trees.HOT
    assert lines[0] == f"P {x} {y}"
    assert len(set(lines)) == 10000
    listed = listed_pixels(tmp_path / "cosme120s.lst", dark.shape)
    assert dark[listed].min() >= dark[~listed].max()


def assert_without_bias(folder: Path, bias: np.ndarray | float, darks: list[Path]) -> None:
    """Check the master dark of 120 s in a folder, and that it says what was taken out."""
    assert np.array_equal(read(folder / "dark120s.fit"), median(darks, bias))
    assert fits.getheader(folder / "dark120s.fit")["BIASSUB"] is True
    y, x = trees.HOT
    assert pixel_lines(folder / "cosme120s.lst")[0] == f"P {x} {y}"


@runs(PAGE, "`makedark darks/ master_bias.fit`")
def test_makedark_subtracts_a_master_bias(row, tmp_path):
    [bias] = pulsar_bias(tmp_path, ["master_bias.fit"])
    darks = pulsar_set(tmp_path / "darks", "dark", 120.0)
    run(row, tmp_path)
    assert_without_bias(tmp_path, read(bias), darks)


@runs(PAGE, "`makedark darks/ bias.fit`")
def test_makedark_subtracts_a_bias_that_has_the_name_of_a_product(row, tmp_path):
    [bias] = pulsar_bias(tmp_path, ["bias.fit"])
    before = bias.read_bytes()
    darks = pulsar_set(tmp_path / "darks", "dark", 120.0)
    run(row, tmp_path)
    assert_without_bias(tmp_path, read(bias), darks)
    assert bias.read_bytes() == before


@runs(PAGE, "`makedark darks/ bias*.fit`")
def test_makedark_makes_the_bias_that_it_subtracts(row, tmp_path):
    frames = pulsar_bias(tmp_path, [f"bias{i}.fit" for i in range(3)])
    darks = pulsar_set(tmp_path / "darks", "dark", 120.0)
    run(row, tmp_path)
    bias = read(tmp_path / "bias.fit")
    assert np.array_equal(bias, median(frames))
    assert_without_bias(tmp_path, bias, darks)


@runs(PAGE, "`makedark darks/ 100`")
def test_makedark_subtracts_a_number(row, tmp_path):
    darks = pulsar_set(tmp_path / "darks", "dark", 120.0)
    run(row, tmp_path)
    assert_without_bias(tmp_path, 100.0, darks)
    assert np.array_equal(read(tmp_path / "bias_100adu.fit"), np.full(trees.SHAPE, 100.0))


# -- makeflat and make_cosme -----------------------------------------------------------------------


def write_flats_and_darks(folder: Path) -> None:
    """Write red flats of 2 s, with and without the dark and the list that makeflat wants."""
    pulsar_set(folder, "flat", 2.0, filter="Red")
    pulsar_frame(folder.parent / "dark2s.fit", "dark", 2.0)
    pulsar_frame(folder.parent / "dark60s.fit", "dark", 60.0)
    row, column = trees.HOT
    (folder.parent / "cosme2s.lst").write_bytes(f"P {column} {row}\r\n".encode())


def assert_flat(path: Path, level: float) -> None:
    """Check a master flat made with the dark and the list in the working folder."""
    flat = read(path)
    assert np.median(flat) == pytest.approx(level, abs=1)
    assert np.allclose(flat / level, trees.vignette(), atol=0.003)
    history = str(fits.getheader(path)["HISTORY"])
    assert "with dark2s.fit" in history
    assert "dark60s" not in history


@runs(PAGE, "`makeflat flats/`, `makeflat flats_folder/`")
def test_makeflat_brings_flats_to_5000_with_the_dark_and_list_of_their_exposure(row, tmp_path):
    write_flats_and_darks(tmp_path / "flats")
    run(row, tmp_path)
    assert_flat(tmp_path / "flat_r.fit", 5000)


@runs(PAGE, "`makeflat flats_folder/ 10000`")
def test_makeflat_brings_flats_to_a_level_of_choice(row, tmp_path):
    write_flats_and_darks(tmp_path / "flats_folder")
    run(row, tmp_path)
    assert_flat(tmp_path / "flat_r.fit", 10000)


@runs(PAGE, "`makeflat flats/`, `makeflat flats_folder/`")
def test_makeflat_finds_the_dark_among_the_flats(row, tmp_path):
    write_flats_and_darks(tmp_path / "flats")
    for name in ("dark2s.fit", "dark60s.fit", "cosme2s.lst"):
        (tmp_path / name).rename(tmp_path / "flats" / name)
    run(row, tmp_path)
    assert_flat(tmp_path / "flat_r.fit", 5000)


@runs(PAGE, "`make_cosme master_dark.fit cosme.lst`, `find_hot`")
def test_make_cosme_lists_the_hottest_pixels_of_any_dark(row, tmp_path):
    dark = read(trees.write(tmp_path / "master_dark.fit", trees.pixels("dark", 60.0, seed=1)))
    run(row, tmp_path, "cosmetic={count: 7, rank: value}")
    lines = pixel_lines(tmp_path / "cosme.lst")
    y, x = trees.HOT
    assert lines[0] == f"P {x} {y}"
    assert len(lines) == 7
    listed = listed_pixels(tmp_path / "cosme.lst", dark.shape)
    assert dark[listed].min() >= dark[~listed].max()


# -- the complete workflow -------------------------------------------------------------------------


def write_everything(folder: Path) -> None:
    pulsar_bias(folder, [f"bias{i}.fit" for i in range(3)])
    for exposure in (120.0, 0.5):
        pulsar_set(folder / "darks", "dark", exposure)
    for code in ("L", "Ha"):
        pulsar_set(folder / "flats", "flat", 0.5, filter=code)


def leave_all_behind(folder: Path) -> None:
    """Write what the old program left of all lines in the folder, of other values."""
    pulsar_bias(folder, ["bias.fit"])
    for seconds, name in ((120.0, "120s"), (0.5, "500ms")):
        pulsar_frame(folder / f"dark{name}.fit", "dark", seconds, bias=0)
        (folder / f"cosme{name}.lst").write_bytes(b"P 1 1\r\n")
    for name, code in (("flat_l", "L"), ("flat_h", "Ha")):
        pulsar_frame(folder / f"{name}.fit", "flat", 0.5, filter=code)


#: The lines of the complete workflow.
WORKFLOW = (
    "`med bias*.fit bias.fit`", "`makedark darks/ bias.fit`",
    "`makeflat flats/`, `makeflat flats_folder/`",
)  # fmt: skip


@pytest.fixture(scope="module")
def night(tmp_path_factory) -> Path:
    """The folder /calibration/2024_05_20 of the guide, after its example."""
    folder = tmp_path_factory.mktemp("2024_05_20")
    write_everything(folder)
    leave_all_behind(folder)
    for theirs in WORKFLOW:
        run(PAGE.row(theirs), folder, FEW)
    return folder


def test_the_workflow_leaves_the_files_of_the_guide_in_the_working_folder(night):
    products = {path.name for path in night.iterdir() if path.suffix in (".fit", ".lst")}
    assert products - {f"bias{i}.fit" for i in range(3)} == {
        "bias.fit", "dark120s.fit", "dark500ms.fit", "cosme120s.lst", "cosme500ms.lst",
        "flat_l.fit", "flat_h.fit", "flat_r.fit",
    }  # fmt: skip


def test_each_product_says_its_kind(night):
    kinds = [fits.getheader(night / f"{name}.fit")["IMAGETYP"]
             for name in ("bias", "dark120s", "flat_h")]  # fmt: skip
    assert kinds == ["Master Bias", "Master Dark", "Master Flat"]
    assert len(pixel_lines(night / "cosme120s.lst")) == 20


def test_the_workflow_makes_darks_without_bias_and_takes_both_from_flats(night):
    darks = sorted(night.glob("darks/dark_120*.fit"))
    assert_without_bias(night, read(night / "bias.fit"), darks)
    flat = read(night / "flat_h.fit")
    assert np.median(flat) == pytest.approx(5000, abs=1)
    good = ~listed_pixels(night / "cosme500ms.lst", trees.SHAPE)
    assert np.allclose((flat / 5000)[good], trees.vignette()[good], atol=0.003)
