"""PULSAR's commands on trees as its guides show them: products by name and content."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from night import listed_pixels
from presets import trees
from workflow import ROOT, snakemake

PRESET = str(ROOT / "config" / "presets" / "pulsar.yaml")


def run(folder: Path, *arguments: str, config: list[str]):
    done = snakemake(folder, *arguments, "--configfile", PRESET, "--config", *config)
    assert done.code == 0, done.text
    return done


@pytest.fixture(scope="module")
def night(tmp_path_factory) -> Path:
    """makedark darks/, makeflat flats/, autocalibrate lights/*.fit output . .: in one run."""
    folder = tmp_path_factory.mktemp("pulsar")
    trees.pulsar(folder)
    raw = 'raw=["darks/", "flats/", "lights/*.fit"]'
    # Frames of these tests have fewer pixels than the preset lists.
    config = [raw, "results=.", "cosmetic={count: 20}"]
    run(folder, "masters", "cosmetic", "calibrated", config=config)
    return folder


def products(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix in (".fit", ".lst")}


def test_products_lie_in_the_working_folder_by_the_names_of_the_guide(night):
    assert products(night) == {
        "dark120s.fit", "dark2s.fit", "dark500ms.fit",
        "cosme120s.lst", "cosme2s.lst", "cosme500ms.lst",
        "flat_l.fit", "flat_h.fit",
        "output_exp120_L_001.fit", "output_exp120_L_002.fit", "output_exp120_Ha_001.fit",
    }  # fmt: skip


def test_a_dark_is_the_median_of_its_frames(night):
    stack = [trees.read(path) for path in sorted(night.glob("darks/any/d120_*.fit"))]
    assert np.array_equal(trees.read(night / "dark120s.fit"), np.median(stack, axis=0))


def test_a_flat_has_the_median_5000_and_the_shape_of_the_light(night):
    flat = trees.read(night / "flat_h.fit")
    assert np.median(flat) == pytest.approx(5000, abs=1)
    good = ~listed_pixels(night / "cosme2s.lst", trees.SHAPE)
    assert np.allclose((flat / 5000)[good], trees.vignette()[good], atol=0.002)


def test_a_list_names_the_hottest_pixels_first_with_the_line_ends_of_iris(night):
    text = (night / "cosme120s.lst").read_bytes()
    lines = [line for line in text.decode().split("\r\n") if line.startswith("P ")]
    row, column = trees.HOT
    assert lines[0] == f"P {column} {row}"
    assert len(lines) == 20
    assert text.count(b"\n") == text.count(b"\r\n")


def test_a_light_is_calibrated_by_the_formula_and_rounded_to_its_type(night):
    path = night / "output_exp120_L_001.fit"
    assert fits.getdata(path).dtype.kind == "u"
    dark, flat = trees.read(night / "dark120s.fit"), trees.read(night / "flat_l.fit")
    raw = trees.read(night / "lights" / "raw001.fit")
    wanted = (raw - dark) * np.median(flat) / flat
    listed = listed_pixels(night / "cosme120s.lst", raw.shape)
    assert np.abs(trees.read(path) - wanted)[~listed].max() <= 0.51
    assert abs(trees.read(path)[trees.HOT] - trees.SKY) < 20


def test_lights_are_numbered_by_time_within_exposure_and_filter(night):
    for name, raw in (("L_001", "raw001"), ("L_002", "raw002"), ("Ha_001", "raw003")):
        ours = fits.getheader(night / f"output_exp120_{name}.fit")
        assert ours["JD"] == fits.getheader(night / "lights" / f"{raw}.fit")["JD"]


def test_best_flats_are_tried_with_the_log_and_any_days_ahead(night):
    (night / "maintenance.csv").write_text("2024-03-15T14:00:00,ASI2600MM,Initial setup\n")
    again = night / "other"
    flat = night / "flat_l.fit"
    again.mkdir()
    (again / "flat_L_old.fit").write_bytes(flat.read_bytes())
    matching = "{best_flat: true, maintenance_log: maintenance.csv, flat_future_days: 5}"
    config = [
        "raw=lights/raw001.fit", 'library=["dark*.fit", "=flat_l.fit", "=flat_h.fit", other]',
        f"matching={matching}", "results=best",
    ]  # fmt: skip
    done = run(night, "calibrated", "-n", config=config)
    assert done.jobs["rank_flats"] == 1
    assert "best/output_exp120_L_002.fit" in done.text


@pytest.fixture(scope="module")
def manual(tmp_path_factory) -> Path:
    """calibrate light0001.fit calib.fit -d dark.fit -b bias.fit -f flat.fit 25000, then -o."""
    folder = tmp_path_factory.mktemp("manual")
    for name, kind, exposure, seed in (
        ("light0001", "light", 120.0, 1), ("light0002", "light", 120.0, 2),
        ("light0004", "light", 120.0, 4),
    ):  # fmt: skip
        cards = {"imagetyp": "Light Frame", "exptime": exposure, "jd": 2460451.0 + seed / 100}
        trees.write(folder / f"{name}.fit", trees.pixels(kind, exposure, seed), **cards)
    thermal = trees.pixels("dark", 120.0, 5, bias=0).astype(np.float32)
    trees.write(folder / "dark.fit", thermal, imagetyp="Dark Frame", exptime=120.0)
    bias = np.full(trees.SHAPE, trees.BIAS, np.uint16)
    trees.write(folder / "bias.fit", bias)
    flat = (24500 * trees.vignette()).astype(np.float32)
    trees.write(folder / "flat.fit", flat, imagetyp="Flat Frame", filter="L")
    row, column = trees.HOT
    (folder / "cosme.lst").write_text(f"{column} {row}\n")
    use = "dark: dark.fit, bias: bias.fit, flat: flat.fit, mult: 25000, cosmetic: cosme.lst"
    overrides = f"[{{use: {{{use}}}}}, {{select: {{match: light0002.fit}}, use: {{k: optimise}}}}]"
    config = [
        "raw=light0001.fit", "library=[dark.fit, bias.fit, flat.fit]",
        "path_rules=[{match: dark.fit, set: {bias_inside: false}}]",
        f"overrides={overrides}", 'names={calibrated: "calib{n:04d}.fit"}', "results=.",
    ]  # fmt: skip
    run(folder, "calibrated", config=config)
    return folder


def test_a_numbered_sequence_ends_at_its_first_gap(manual):
    assert sorted(path.name for path in manual.glob("calib*.fit")) == [
        "calib0001.fit", "calib0002.fit",
    ]  # fmt: skip


def test_pinned_masters_and_the_typed_multiplier_give_the_formula(manual):
    raw = trees.read(manual / "light0001.fit")
    dark, flat = trees.read(manual / "dark.fit"), trees.read(manual / "flat.fit")
    wanted = (raw - trees.BIAS - dark) * 25000 / flat
    image = trees.read(manual / "calib0001.fit")
    others = np.ones(raw.shape, bool)
    others[trees.HOT] = False
    assert np.abs(image - wanted)[others].max() <= 0.51
    assert abs(image[trees.HOT] - trees.SKY * 25000 / 24500) < 20


def test_a_fitted_dark_says_its_factor(manual):
    assert fits.getheader(manual / "calib0002.fit")["DARKK"] == pytest.approx(1.0, abs=0.05)
    assert fits.getheader(manual / "calib0001.fit")["DARKK"] == 1.0


def test_a_bias_may_be_a_number(tmp_path):
    """makedark darks/ 100"""
    trees.pulsar(tmp_path)
    config = [
        "raw=darks/any/d0.5_*.fit", "masters={subtract_bias: true, bias_level: 100}", "results=.",
    ]  # fmt: skip
    run(tmp_path, "masters", config=config)
    stack = [trees.read(path) for path in sorted(tmp_path.glob("darks/any/d0.5_*.fit"))]
    dark = trees.read(tmp_path / "dark500ms.fit")
    assert np.array_equal(dark, np.median(stack, axis=0) - 100)
    assert fits.getheader(tmp_path / "dark500ms.fit")["BIASSUB"] is True
    assert np.array_equal(trees.read(tmp_path / "bias_100adu.fit"), np.full(trees.SHAPE, 100.0))
