"""The rows of docs/coming-from.md on OST's masters, and on its configuration file."""

import os
import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from astropy.io import fits

from frames import write_frame
from plateworks.camera.rawframe import write_frame as write_raw
from plateworks.errors import ConfigError, PlateworksError
from plateworks.planning.run import plan_run
from plateworks.settings.configuration import complete, load_yaml
from plateworks.settings.translation import read_foreign, translate
from presets import (
    test_ost_capture,  # noqa: F401 (its tests show many rows)
    trees,
)
from presets.ledger import LEDGER
from presets.ostguide import (
    ALL,
    DARKS,
    FLATS,
    GUIDE,
    MASTERS,
    PAGE,
    assert_clipped,
    carry_out,
    masters,
)
from terminal import as_read, at_terminal
from workflow import ROOT, Run

PRESETS = ROOT / "config" / "presets"
TABLE = load_yaml(PRESETS / "ost_keys.yaml")
DEFAULTS = load_yaml(ROOT / "config" / "config.yaml")


# --- masters, of frames that OST itself took -----------------------------------------------------


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> tuple[Path, Run]:
    """The masters of a folder as OST leaves it, whose frames have no IMAGETYP."""
    folder = tmp_path_factory.mktemp("ost")
    trees.ost(folder)
    (folder / GUIDE.name).write_text(GUIDE.read_text())
    return folder, carry_out(folder, MASTERS)


def frames_of(folder: Path, pattern: str) -> np.ndarray:
    return np.array([trees.read(path) for path in sorted(folder.glob(pattern))])


def test_masters_have_the_names_of_the_guide_with_the_night(project):
    folder, _ = project
    assert masters(folder) == {
        "master_bias_20250729.fits", "master_dark_1.000s_20250729.fits",
        "master_dark_5.000s_20250729.fits", "master_flat_1.000s_20250729.fits",
    }  # fmt: skip


def test_darks_are_clipped_at_three_sigma_and_averaged(project):
    folder, _ = project
    path = folder / "master_frames" / "master_dark_5.000s_20250729.fits"
    header = fits.getheader(path)
    assert header["COMBMETH"] == "sigma_clip"
    assert (header["REJLOW"], header["REJHIGH"], header["NCOMBINE"]) == (3.0, 3.0, 3)
    assert_clipped(trees.read(path), list(frames_of(folder, "darks/exp_5.000s/*.fits")))


def test_flats_are_dark_subtracted_and_have_the_mean_one(project):
    folder, _ = project
    flat = trees.read(folder / "master_frames" / "master_flat_1.000s_20250729.fits")
    dark = trees.read(folder / "master_frames" / "master_dark_1.000s_20250729.fits")
    assert flat.mean() == pytest.approx(1.0, abs=1e-4)
    plain = frames_of(folder, "flats/*.fits") - dark
    plain = np.median([frame / np.median(frame) for frame in plain], axis=0)
    plain[trees.HOT] = (flat / np.median(flat))[trees.HOT]  # repaired
    np.testing.assert_allclose(flat / np.median(flat), plain, atol=2e-4)


def test_keys_without_effect_are_named_with_the_reason(project):
    _, done = project
    assert "master_frames.quality_control has no effect: every frame is checked" in done.text
    assert "video.ascom.camera_name has no effect" in done.text
    assert "dark_capture.colour is not known, and has no effect" in done.text
    more = {
        "flat_capture": {"exposure_step_factor": 1.5},
        "dark_capture": {"flat_exposure_time": 1.0},
        "master_frames": {"save_individual_masters": True, "create_master_bias": True},
    }
    _, notes = translate(more, TABLE)
    assert len(notes) == 4 and all("has no effect: " in note for note in notes)


def shown(folder: Path, row: str) -> str:
    """Return what a terminal shows of a line as it stands on the page, which makes one master."""
    master = folder / "master_frames" / "master_bias_20250729.fits"
    master.unlink()
    words = [str(Path(sys.executable).with_name("snakemake")), *shlex.split(PAGE.row(row).line)[1:]]
    where = {"SNAKEMAKE_PROFILE": str(ROOT / "profiles" / "preset"), "PLATEWORKS_PRESET": "ost"}
    where |= {"TERM": "xterm-256color"}
    code, text = at_terminal(words, b"", folder, os.environ | where)
    assert code == 0, text
    LEDGER.enter(PAGE.row(row))
    log = folder / "master_frames" / "logs" / f"{master.name}.log"
    assert master.exists() and log.read_text().startswith("INFO: ")
    return text


def test_a_run_shows_at_a_terminal_as_much_as_asked_for(project):
    folder, _ = project
    debug, quiet = (shown(folder, row) for row in ("`… --debug`", "`… --log-level WARNING`"))
    progress = ("Building DAG of jobs", "Job stats:", "Finished jobid")
    assert all(words in debug for words in progress) and "Need to rerun job master_bias" in debug
    assert not any(words in quiet for words in (*progress, "1 of 1"))
    for words in ("Masters: 1 to make", "quality_control has no effect", "Made so far"):
        assert words in quiet and words in debug
    again = carry_out(folder, MASTERS, "-n", "--quiet", "progress")
    assert "Nothing to be done" in again.text


def test_a_run_leaves_at_a_terminal_what_it_says_and_no_trace_of_its_progress(project):
    folder, _ = project
    text = shown(folder, MASTERS)
    assert all(re.search(rf"masters[^\n]+ {done} of 1", text) for done in (0, 1))
    lines = as_read(text)
    left = lines[lines.index("Job stats by stage") :]
    assert left[:3] == ["Job stats by stage", "  masters           1", ""]
    assert left[3:5] == ["Made so far", "      4 of     4 masters                   master_frames/"]
    assert not [line for line in left if line.startswith("masters")]


def test_science_images_lose_the_dark_and_are_divided_by_the_flat(project):
    folder, _ = project
    raw = trees.pixels("light", 5.0, seed=40)
    light = {"exptime": 5.0, "date_obs": "2025-07-29T22:00:00"}
    trees.write(folder / "lights" / "light_20250729_220000_001.fits", raw, **light)
    carry_out(folder, "`calibrated_image = ")
    [path] = (folder / "master_frames" / "calibrated").glob("*/light_*.fits")
    masters = folder / "master_frames"
    dark = trees.read(masters / "master_dark_5.000s_20250729.fits")
    flat = trees.read(masters / "master_flat_1.000s_20250729.fits")
    expected = (raw - dark) / flat * np.median(flat)
    good = fits.getdata(path, "MASK") == 0  # the others are repaired
    assert good.mean() > 0.85 and not good[trees.HOT]
    np.testing.assert_allclose(trees.read(path)[good], expected[good], rtol=1e-5, atol=0.01)


# --- the table of keys ---------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["mean", "median", "maximum"])
def test_flats_are_normalised_by_mean_median_or_maximum(word):
    said, _ = translate({"master_frames": {"normalization_method": word}}, TABLE)
    assert said["masters"]["flat_statistic"] == word


def test_min_max_is_the_other_rejection_and_any_other_word_the_mean():
    for word, method in (("minmax", "minmax"), ("none", "mean")):
        said, _ = translate({"master_frames": {"rejection_method": word}}, TABLE)
        assert set(said["masters"]["method"].values()) == {method}


def test_capture_settings_are_mapped_with_the_defaults_of_ost():
    said, notes = translate({"dark_capture": {"num_darks": 12}}, TABLE)
    darks, flats = said["capture"]["darks"], said["capture"]["flats"]
    assert (darks["num_darks"], darks["science_exposure_time"]) == (12, 5.0)
    assert (darks["min_exposure"], darks["max_exposure"]) == (0.001, 60.0)
    assert darks["exposure_factors"] == [0.5, 1.0, 2.0, 4.0]
    assert (flats["target_count_rate"], flats["count_tolerance"]) == (0.5, 0.1)
    assert (flats["num_flats"], flats["max_adjustment_attempts"]) == (40, 10)
    assert (flats["min_exposure"], flats["max_exposure"]) == (0.001, 10.0)
    assert said["capture"]["bias"]["num_bias"] == 12
    assert said["capture"]["flatdarks"]["num_flatdarks"] == 12
    assert (said["masters"]["rejection"]["low"], said["masters"]["rejection"]["high"]) == (3.0, 3.0)
    assert notes == []


def test_all_keys_of_the_table_are_ours():
    for key, rule in TABLE.items():
        names = rule.get("to", ())
        for name in [names] if isinstance(names, str) else names:
            section = DEFAULTS
            for part in name.split("."):
                assert part in section, f"{key} becomes {name}, which is not a key"
                section = section[part]


def test_every_step_is_a_target():
    rows = (DARKS, FLATS, MASTERS, ALL)
    targets = [word for row in rows for word in PAGE.row(row).command if "/" not in word]
    rules = "\n".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    rules += (ROOT / "Snakefile").read_text()
    for target in ("capture_bias", "capture_darks", "capture_flats", "masters", "library"):
        assert target in targets
        assert re.search(rf"^rule {target}:|^use rule \w+ as {target} with:", rules, re.M)


# --- trouble -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dark_capture: [1,", r"foreign_config: .*frames\.yaml cannot be read \(while parsing"),
        (None, r"foreign_config: .*frames\.yaml cannot be read \(No such file"),
        ("master_frames: {normalization_method: mode}", "'mode' is not known; it may be mean"),
    ],
)  # fmt: skip
def test_a_mistake_in_their_configuration_is_a_sentence(tmp_path, text, words):
    path = tmp_path / GUIDE.name
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        read_foreign({"foreign_keys": "ost", "foreign_config": str(path)}, PRESETS)


def test_a_setting_that_cannot_be_is_a_sentence_with_the_key():
    ours, _ = translate({"dark_capture": {"num_darks": "many"}}, TABLE)
    with pytest.raises(ConfigError, match=r"Config key capture\.darks\.num_darks: 'many'"):
        complete({"raw": "darks"}, ours)


def test_a_frame_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "flats").write_text("no folder")
    with pytest.raises(
        PlateworksError, match=r"The frame .* cannot be written \(.*capture.raw_dir"
    ):
        write_raw(tmp_path / "flats" / "a.fits", np.zeros((4, 4), np.uint16), fits.Header())


def test_darks_are_matched_by_temperature(tmp_path):
    for temperature in (-10.0, 5.0):
        said = {"exptime": 5.0, "set_temp": temperature, "ccd_temp": temperature}
        for number in range(3):
            name = f"darks/dark_{temperature:g}_{number}.fits"
            write_frame(tmp_path / name, "DARK", **said)
    write_frame(
        tmp_path / "lights" / "light_1.fits", "LIGHT", exptime=5.0, set_temp=5.0, ccd_temp=5.0
    )
    given = yaml.safe_load((PRESETS / "ost.yaml").read_text())
    given |= {"raw": str(tmp_path), "results": str(tmp_path / "out")}
    given["calibrate"] = {"require": ["dark"]}
    [light] = plan_run(complete(given), rescan=True).lights
    assert (light.dark.master.temperature, light.dark.level) == (5.0, 0)
