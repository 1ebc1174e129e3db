"""OST's configuration as it stands, on its folders by exposure."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from plateworks.planning.foreign import translate
from plateworks.planning.settings import load_yaml
from presets import trees
from workflow import ROOT, Run, snakemake

PRESETS = ROOT / "config" / "presets"
GUIDE = Path(__file__).with_name("config_calibration_frames.yaml")


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> tuple[Path, Run]:
    """calibration_workflow.py --config config_calibration_frames.yaml --step masters"""
    folder = tmp_path_factory.mktemp("ost")
    trees.ost(folder)
    (folder / GUIDE.name).write_text(GUIDE.read_text())
    config = ["--config", f"foreign_config={GUIDE.name}"]
    done = snakemake(folder, "masters", "--configfile", str(PRESETS / "ost.yaml"), *config)
    assert done.code == 0, done.text
    return folder / "master_frames", done


def test_masters_have_the_names_of_the_guide_with_the_night(project):
    masters, _ = project
    assert {path.name for path in masters.glob("*.fits")} == {
        "master_bias_20250729.fits", "master_dark_1.000s_20250729.fits",
        "master_dark_5.000s_20250729.fits", "master_flat_1.000s_20250729.fits",
    }  # fmt: skip


def test_darks_are_clipped_at_three_sigma_and_averaged(project):
    masters, _ = project
    header = fits.getheader(masters / "master_dark_5.000s_20250729.fits")
    assert header["COMBMETH"] == "sigma_clip"
    assert (header["REJLOW"], header["REJHIGH"], header["NCOMBINE"]) == (3.0, 3.0, 3)
    dark = trees.read(masters / "master_dark_5.000s_20250729.fits")
    assert np.median(dark) == pytest.approx(trees.BIAS + 5 * trees.DARK, abs=1)


def test_flats_are_dark_subtracted_and_have_the_mean_one(project):
    masters, _ = project
    flat = trees.read(masters / "master_flat_1.000s_20250729.fits")
    assert flat.mean() == pytest.approx(1.0, abs=1e-4)
    assert np.allclose(flat / np.median(flat), trees.vignette(), atol=0.003)


def test_keys_without_effect_are_named_with_the_reason(project):
    _, done = project
    assert "master_frames.quality_control has no effect: every frame is checked" in done.text
    assert "video.ascom.camera_name has no effect" in done.text
    assert "dark_capture.colour is not known, and has no effect" in done.text


TABLE = load_yaml(PRESETS / "ost_keys.yaml")


@pytest.mark.parametrize(
    ("theirs", "ours"), [("mean", "mean"), ("median", "median"), ("maximum", "maximum")]
)
def test_flats_are_normalised_by_mean_median_or_maximum(theirs, ours):
    said, _ = translate({"master_frames": {"normalization_method": theirs}}, TABLE)
    assert said["masters"]["flat_statistic"] == ours


def test_min_max_is_the_other_rejection_and_any_other_word_the_mean():
    for word, method in (("minmax", "minmax"), ("none", "mean")):
        said, _ = translate({"master_frames": {"rejection_method": word}}, TABLE)
        assert set(said["masters"]["method"].values()) == {method}


def test_capture_settings_are_mapped_with_the_defaults_of_ost():
    said, notes = translate({"dark_capture": {"num_darks": 12}}, TABLE)
    darks, flats = said["capture"]["darks"], said["capture"]["flats"]
    assert (darks["num_darks"], darks["science_exposure_time"]) == (12, 5.0)
    assert darks["exposure_factors"] == [0.5, 1.0, 2.0, 4.0]
    assert (flats["target_count_rate"], flats["count_tolerance"]) == (0.5, 0.1)
    assert said["capture"]["bias"]["num_bias"] == 12
    assert notes == []


def test_all_keys_of_the_table_are_ours(project):
    defaults = load_yaml(ROOT / "config" / "config.yaml")
    for key, rule in TABLE.items():
        names = rule.get("to", ())
        for name in [names] if isinstance(names, str) else names:
            section = defaults
            for part in name.split("."):
                assert part in section, f"{key} becomes {name}, which is not a key"
                section = section[part]
