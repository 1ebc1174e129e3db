"""PULSAR's tools on what the others left: med, makedark with a bias, makeflat, make_cosme."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from presets import trees
from workflow import ROOT, snakemake

PRESET = str(ROOT / "config" / "presets" / "pulsar.yaml")
JD = {"jd": 2460450.5}


def run(folder: Path, *arguments: str) -> None:
    targets = [word for word in arguments if "=" not in word]
    config = [word for word in arguments if "=" in word]
    done = snakemake(folder, *targets, "--configfile", PRESET, "--config", *config)
    assert done.code == 0, done.text


def dark(path: Path, exposure: float, seed: int = 0, **changes) -> None:
    cards = {"imagetyp": "Dark Frame", "exptime": exposure, **JD, **changes}
    trees.write(path, trees.pixels("dark", exposure, seed), **cards)


def flat(path: Path, code: str, jd: float = 2460450.5) -> None:
    cards = {"imagetyp": "Flat Frame", "exptime": 2.0, "filter": code, "jd": jd}
    trees.write(path, trees.pixels("flat", 2.0, 9, bias=0), **cards)


def test_a_bias_is_the_median_of_listed_frames_without_any_header(tmp_path):
    """med @biaslist.txt master_bias.fit"""
    for i in range(4):
        trees.write(tmp_path / f"some/bias{i}.fit", trees.pixels("bias", 0.0, seed=i))
    names = [f"some/bias{i}.fit" for i in range(3)]
    (tmp_path / "biaslist.txt").write_text("\n".join(["# three", *names]))
    run(tmp_path, "masters", "raw=@biaslist.txt", "names={bias: master_bias.fit}", "results=.")
    stack = [trees.read(tmp_path / f"some/bias{i}.fit") for i in range(3)]
    assert np.array_equal(trees.read(tmp_path / "master_bias.fit"), np.median(stack, axis=0))


def test_bias_frames_beside_darks_become_a_master_that_is_taken_out(tmp_path):
    """makedark darks/ bias*.fit"""
    for i in range(3):
        trees.write(tmp_path / f"bias{i}.fit", trees.pixels("bias", 0.0, seed=i))
        dark(tmp_path / f"darks/d{i}.fit", 300.0, seed=10 + i)
    raw = 'raw=[darks/, "bias[0-9].fit"]'
    run(tmp_path, "masters", "cosmetic", raw, "masters={subtract_bias: true}",
        "cosmetic={count: 5}", "results=.")  # fmt: skip
    bias = np.median([trees.read(tmp_path / f"bias{i}.fit") for i in range(3)], axis=0)
    stack = [trees.read(tmp_path / f"darks/d{i}.fit") - bias for i in range(3)]
    assert np.array_equal(trees.read(tmp_path / "bias.fit"), bias)
    assert np.array_equal(trees.read(tmp_path / "dark300s.fit"), np.median(stack, axis=0))
    assert (tmp_path / "cosme300s.lst").exists()


def test_flats_find_darks_and_lists_in_the_working_folder(tmp_path):
    """makeflat flats_folder/ 10000"""
    for i in range(3):
        cards = {"imagetyp": "Flat Frame", "exptime": 2.0, "filter": "Red", **JD}
        trees.write(tmp_path / f"flats_folder/{i}.fit", trees.pixels("flat", 2.0, i), **cards)
    dark(tmp_path / "dark2s.fit", 2.0)
    dark(tmp_path / "dark60s.fit", 60.0)
    row, column = trees.HOT
    (tmp_path / "cosme2s.lst").write_bytes(f"P {column} {row}\r\n".encode())
    run(tmp_path, "masters", "raw=flats_folder/", 'library=["dark*.fit"]',
        "masters={flat_target: 10000}", "results=.")  # fmt: skip
    master = trees.read(tmp_path / "flat_r.fit")
    assert np.median(master) == pytest.approx(10000, abs=1)
    assert np.allclose(master / 10000, trees.vignette(), atol=0.003)
    history = str(fits.getheader(tmp_path / "flat_r.fit")["HISTORY"])
    assert "with dark2s.fit" in history
    assert "dark60s" not in history


def test_a_list_is_made_of_any_dark(tmp_path):
    """make_cosme master_dark.fit cosme.lst"""
    dark(tmp_path / "master_dark.fit", 60.0)
    run(tmp_path, "hot/cosme.lst", "library=[master_dark.fit]", "names={cosmetic: cosme.lst}",
        "results=hot", "cosmetic={count: 7}")  # fmt: skip
    lines = (tmp_path / "hot/cosme.lst").read_bytes().decode().split("\r\n")
    pixels = [line for line in lines if line.startswith("P ")]
    row, column = trees.HOT
    assert pixels[0] == f"P {column} {row}"
    assert len(pixels) == 7


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory) -> Path:
    """autocalibrate lights/*.fit output darks/ flats/"""
    folder = tmp_path_factory.mktemp("libraries")
    dark(folder / "darks/2024_05/dark120s.fit", 120.0, jd=2460400.0)
    dark(folder / "darks/camera_A/dark120s_new.fit", 120.0, jd=2460440.0)
    dark(folder / "darks/dark60s.fit", 60.0, jd=2460450.0)
    row, column = trees.HOT
    (folder / "darks/camera_A/cosme120s_new.lst").write_text(f"P {column} {row}\n")
    flat(folder / "flats/flat_L.fit", "L", 2460430.0)
    flat(folder / "flats/Telescope_A/2024_06/flat_Ha_early.fit", "Ha", 2460420.0)
    flat(folder / "flats/Telescope_A/flat_Ha.fit", "Ha", 2460449.0)
    flat(folder / "flats/flat_Ha_late.fit", "Ha", 2460460.0)
    for i, (code, exposure) in enumerate((("Ha", 120.0), ("OIII", 120.0), ("Ha", 70.0))):
        cards = {"imagetyp": "Light Frame", "exptime": exposure, "filter": code, **JD}
        image = trees.pixels("light", exposure, 20 + i)
        trees.write(folder / f"lights/raw{i}.fit", image, **cards)
    run(folder, "calibrated", "raw=lights/*.fit", "library=[darks/, flats/]", "results=.",
        "cosmetic={count: 5}")  # fmt: skip
    return folder


@pytest.mark.parametrize(
    ("name", "dark_file", "flat_file"),
    [
        ("output_exp120_Ha_001.fit", "dark120s_new.fit", "flat_Ha.fit"),
        ("output_exp120_OIII_001.fit", "dark120s_new.fit", "flat_L.fit"),
        ("output_exp70_Ha_001.fit", "dark60s.fit", "flat_Ha.fit"),
    ],
)
def test_darks_and_flats_are_matched_by_header_anywhere_in_their_trees(
    calibrated, name, dark_file, flat_file
):
    header = fits.getheader(calibrated / name)
    assert (header["DARKFILE"], header["FLATFILE"]) == (dark_file, flat_file)


def test_the_list_beside_a_dark_repairs_its_lights(calibrated):
    image = trees.read(calibrated / "output_exp120_Ha_001.fit")
    assert abs(image[trees.HOT] - trees.SKY) < 20
