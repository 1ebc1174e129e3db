"""Capture targets in the graph: what they consist of, and that nothing reaches them by itself."""

import re

import pytest
import yaml

from frames import write_frame, write_night
from workflow import snakemake, touch

CAPTURE = {"raw_dir": "raw", "session": "20250815", "address": "127.0.0.1:1", "armed": True}


def configured(folder, **capture):
    """Write a configuration; return the arguments that name it."""
    (folder / "my.yaml").write_text(yaml.safe_dump({"capture": CAPTURE | capture}))
    return "--configfile", "my.yaml"


@pytest.mark.parametrize(
    ("target", "jobs"),
    [
        ("capture_bias", {"capture_bias": 1}),
        ("capture_flats", {"capture_flats": 1}),
        ("capture_flatdarks", {"capture_flats": 1, "capture_flatdarks": 1}),
        ("capture_darks", {"capture_darks": 1}),
        ("capture_lights", {"capture_lights": 1}),
        ("capture_missing", {"capture_missing": 1, "plan": 1}),
        ("capture_devices", {"capture_devices": 1}),
        (
            "capture",
            {
                "capture_flats": 1, "capture_flatdarks": 1, "capture_darks": 1, "capture_bias": 1,
                "capture": 1,
            },
        ),
    ],
)  # fmt: skip
def test_every_capture_target_can_be_previewed_and_the_preview_connects_to_nothing(
    tmp_path, target, jobs
):
    # Nothing listens at port 1: a job that ran would fail.
    run = snakemake(tmp_path, target, "-n", *configured(tmp_path))
    assert run.code == 0, run.text
    assert run.jobs == jobs
    assert "camera=1" in run.text
    assert not (tmp_path / "raw").exists()


def test_the_library_is_captured_first_and_its_masters_are_named_afterwards(tmp_path):
    run = snakemake(tmp_path, "library", "-n", *configured(tmp_path))
    assert run.code == 0, run.text
    assert run.jobs["capture"] == run.jobs["library"] == 1
    assert "checkpoint jobs" in run.text


def test_the_library_has_models_of_the_dark_beside_its_masters(tmp_path):
    for exposure in (30, 120, 300):
        for n in range(3):
            date = f"2025-08-15T2{n}:0{exposure // 100}:00"
            path = tmp_path / "raw" / f"dark_{exposure}_{n}.fits"
            write_frame(path, "DARK", exptime=exposure, date_obs=date)
    captured = tmp_path / "results" / "capture" / "20250815"
    captured.mkdir(parents=True)
    for name in ("flats", "flatdarks", "darks", "bias", "frames"):
        (captured / f"{name}.csv").touch()
    arguments = configured(tmp_path)
    (tmp_path / "on.yaml").write_text("masters: {dark_model: true}\n")
    run = snakemake(tmp_path, "library", "-n", *arguments, "on.yaml")
    assert run.code == 0, run.text
    assert run.jobs == {"master_dark": 3, "dark_model": 1, "library": 1}


def test_no_other_target_reaches_the_camera(tmp_path):
    write_night(tmp_path / "raw")
    for target in ("all", "plan", "masters", "cosmetic", "calibrated", "solved"):
        run = snakemake(tmp_path, target, "-n", "--forceall", *configured(tmp_path))
        assert run.code == 0, run.text
        assert not [rule for rule in run.jobs if rule.startswith("capture") or rule == "library"]


def test_capture_rules_are_local_hold_the_camera_and_are_not_retried(root):
    text = (root / "rules" / "capture.smk").read_text()
    heads = r"^(?:rule|checkpoint|use rule \w+ as) (\w+)"
    parts = re.split(heads, text, flags=re.M)[1:]
    local = dict(zip(parts[::2], parts[1::2], strict=True))
    assert [rule for rule, body in local.items() if "    localrule: True\n" not in body] == []
    assert {"capture_bias", "capture_lights", "capture", "library"} <= set(local)
    exposing = re.search(r"^rule capture_bias:.*?^use rule", text, re.M | re.S)[0]
    assert "retries: 0" in exposing
    assert "camera=1" in exposing


def test_a_target_that_is_not_armed_exposes_nothing_and_says_why(tmp_path):
    run = snakemake(tmp_path, "capture_bias", *configured(tmp_path, armed=False))
    assert run.code != 0
    assert "capture.armed is false: nothing is exposed." in run.text
    assert "Traceback" not in run.text
    assert not (tmp_path / "raw").exists()


def test_without_a_folder_for_frames_the_setting_is_named(tmp_path):
    write_night(tmp_path / "raw")
    run = snakemake(tmp_path, "capture_bias", "--config", "raw=raw")
    assert run.code != 0
    assert "capture.raw_dir is not set" in run.text


def test_an_empty_folder_for_frames_is_no_mistake(tmp_path):
    run = snakemake(tmp_path, "-n", *configured(tmp_path))
    assert run.code == 0, run.text
    assert "No frames yet.  snakemake capture takes some into raw" in run.text


def test_captured_frames_are_raw_frames_like_others(tmp_path):
    write_night(tmp_path / "others")
    write_frame(tmp_path / "raw" / "l.fits", "LIGHT", exptime=60.0, filter="L")
    config = {"raw": "others", "capture": CAPTURE}
    (tmp_path / "my.yaml").write_text(yaml.safe_dump(config))
    run = snakemake(tmp_path, "-n", "--configfile", "my.yaml")
    assert "Found 16 raw frames in others, raw" in run.text


def test_a_mistyped_setting_of_the_camera_stops_before_anything_else(tmp_path):
    run = snakemake(tmp_path, "capture_bias", *configured(tmp_path, armd=True))
    assert run.code != 0
    assert "capture.armd is not known.  Did you mean capture.armed?" in run.text


def test_frozen_masters_are_still_made_by_no_rule(tmp_path):
    write_night(tmp_path / "raw")
    assert touch(tmp_path, "masters", "--config", "raw=raw").code == 0
    frozen = {"raw": "raw", "masters": {"freeze": True}}
    (tmp_path / "my.yaml").write_text(yaml.safe_dump(frozen))
    run = snakemake(tmp_path, "masters", "-n", "--forceall", "--configfile", "my.yaml")
    assert run.code == 0, run.text
    assert not [rule for rule in run.jobs if rule.startswith("master_")]


def test_a_master_that_no_plan_has_is_named(tmp_path):
    write_night(tmp_path / "raw")
    run = snakemake(tmp_path, "results/masters/x/bias_y.fits", "-n", "--config", "raw=raw")
    assert run.code != 0
    assert "The plan has no master results/masters/x/bias_y.fits" in run.text
