"""Every command of docs/coming-from.md on ap-wbpp-calibration, on frames as its guide has them.

Commands are run as they stand on the page, with a stand-in for PixInsight in its place.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from frames import write_frame
from pixinsightprogram import close, write_pixinsight
from plateworks.products.imagefiles import read_image
from presets import trees
from presets.page import section
from presets.running import run
from presets.wbppmasters import (
    BIAS,
    DARK,
    FLAT,
    LONG_DARK,
    NEW_FLAT,
    STAMP,
    assert_equal,
    header,
    image,
    masters,
    plainly,
    script_and_log,
    stack,
    winsorized,
)
from workflow import ROOT, Run, snakemake

PAGE = section("ap-wbpp-calibration")

CAMERA = {
    "instrume": "ZWO ASI2600MM Pro", "set_temp": -10.0, "gain": 100, "offset": 50,
    "readoutm": "High Gain Mode",
}  # fmt: skip


# --- frames, and runs that several tests look at -------------------------------------------------


@pytest.fixture(scope="module")
def frames(tmp_path_factory) -> Path:
    """Folders of bias, darks of 1 s and of 60 s, flats of 2 s, and a light that nobody asked for.

    The type of a frame is spelled as each program likes.
    """
    folder = tmp_path_factory.mktemp("frames")
    for name, kind, seconds, hour, spellings in (
        ("bias", "dark", 0.0, 20, ("bias", "BIAS", "Bias Frame")),
        ("darks", "dark", 1.0, 21, ("dark", "DARK", "Dark Frame")),
        ("long_darks", "dark", 60.0, 22, ("dark", "DARK", "Dark Frame")),
        ("flats", "flat", 2.0, 18, ("flat", "FLAT", "Flat Field")),
        ("lights", "light", 60.0, 23, ("light",)),
    ):
        for number, spelling in enumerate(spellings):
            cards = {"imagetyp": spelling, "exptime": seconds, **CAMERA}
            cards["date_obs"] = f"2026-01-27T{hour}:0{number}:00"
            if kind != "dark":
                cards["filter"] = "L"
            image = trees.pixels(kind, seconds, seed=hour + number)
            trees.write(folder / name / f"{name}_{number}.fits", image, **cards)
    return folder


@pytest.fixture(scope="module")
def pixinsight(tmp_path_factory) -> Path:
    """A program that stands in for PixInsight."""
    return write_pixinsight(tmp_path_factory.mktemp("program"))


@pytest.fixture(scope="module")
def carry_out(pixinsight):
    """A function that runs the command of a row, with the stand-in in PixInsight's place."""

    def with_program(folder: Path, row: str, *more: str) -> Run:
        path = f"{pixinsight.parent}{os.pathsep}{os.environ['PATH']}"
        at = {"/opt/PixInsight/bin/PixInsight": str(pixinsight)}
        return run(PAGE.row(row), folder, *more, at=at, PATH=path)

    return with_program


MAIN = "`ap-wbpp-calibration input_dir output_dir --pixinsight-binary"
NATIVE = "the same without PixInsight"
LIBRARY = "`ap-wbpp-calibration input_dir output_dir --bias-master-dir"
SCRIPT_ONLY = "`ap-wbpp-calibration input_dir output_dir --script-only`"
UNCALIBRATED = "flats without calibration"


@pytest.fixture(scope="module")
def made(frames, carry_out, tmp_path_factory) -> tuple[Path, Run]:
    """All masters by PixInsight."""
    folder = tmp_path_factory.mktemp("made")
    shutil.copytree(frames, folder / "input_dir")
    return folder / "output_dir", carry_out(folder, MAIN)


@pytest.fixture(scope="module")
def native(frames, tmp_path_factory) -> tuple[Path, Run]:
    """All masters by Plateworks."""
    folder = tmp_path_factory.mktemp("native")
    shutil.copytree(frames, folder / "input_dir")
    return folder / "output_dir", run(PAGE.row(NATIVE), folder)


def arguments(pixinsight: Path) -> list[str]:
    """Return what PixInsight was called with last."""
    return (pixinsight.parent / "arguments").read_text().splitlines()


# --- commands ------------------------------------------------------------------------------------


def test_installing_and_testing_are_targets_of_make():
    for target, words in (("venv", "pip install"), ("test", "pytest"), ("lint", "ruff check")):
        done = subprocess.run(
            ["make", "-n", "-B", target], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert words in done.stdout


def test_pixinsight_makes_every_master_of_the_folder_in_one_run(made, frames):
    results, _ = made
    assert_equal(results, plainly(frames), BIAS, DARK, LONG_DARK, FLAT)
    scaled = [f"dark scaled by 2 for flats/flats_{number}.fits" for number in range(3)]
    assert [line for line in header(results, FLAT)["HISTORY"] if "scaled" in line] == scaled
    for name, kind in ((BIAS, "Bias"), (DARK, "Dark"), (FLAT, "Flat")):
        assert header(results, name)["PWENGINE"] == "PixInsight"
        assert header(results, name)["IMAGETYP"] == f"Master {kind}"


def test_calibrated_flats_lie_below_pixinsight(made, frames):
    results, _ = made
    folder = results / "pixinsight" / "master" / "calibrated" / FLAT.removesuffix(".xisf")
    assert sorted(path.name for path in folder.iterdir()) == [
        f"flats_{number}_c.xisf" for number in range(3)
    ]
    bias, dark = plainly(frames)[BIAS], plainly(frames)[DARK]
    expected = stack(frames / "flats")[1] - bias - 2 * (dark - bias)
    found = read_image(folder / "flats_1_c.xisf").data
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=0.01)


def test_each_master_has_a_script_and_a_log_with_one_time_stamp(made):
    results, _ = made
    assert len(list((results / "logs").glob("*.js"))) == 4
    for name in (BIAS, DARK, LONG_DARK, FLAT):
        _, log = script_and_log(results / "logs", name)
        assert f"Made: {results}/pixinsight/master/{name}" in log


def test_scripts_say_how_each_kind_is_normalised_and_that_darks_of_flats_are_optimised(made):
    results, _ = made
    for name, normalisation in ((BIAS, "NoNormalization"), (DARK, "NoNormalization"),
                                (FLAT, "Multiplicative")):  # fmt: skip
        script, _ = script_and_log(results / "logs", name)
        assert f"P.normalization = ImageIntegration.prototype.{normalisation};" in script
        assert ("C.optimizeDarks = true;" in script) == (name == FLAT)


def test_pixinsight_runs_without_anybody(made, pixinsight):
    mode, instance, script, leave = arguments(pixinsight)
    assert (mode, leave) == ("--automation-mode", "--force-exit")
    assert re.fullmatch(r"-n=\d+", instance)
    assert re.fullmatch(rf"-r=/.*/logs/{STAMP}_master.*\.js", script)


def test_plateworks_makes_the_same_masters_itself(native, frames):
    results, done = native
    told = header(results, FLAT)["HISTORY"]
    scaled = [line.split() for line in told if line.startswith("dark scaled by")]
    factors = {words[5]: float(words[3]) for words in scaled}
    wanted = plainly(
        frames, winsorized, [factors[f"flats/flats_{number}.fits"] for number in range(3)]
    )
    wanted[FLAT] *= 5000 / np.median(wanted[FLAT])
    wanted[FLAT][trees.HOT] = image(results, FLAT)[trees.HOT]  # repaired, by Plateworks alone
    # The least difference in the levels of flats decides whether a value at the limit is rejected.
    assert_equal(results, wanted, BIAS, DARK, LONG_DARK, FLAT, rtol=1e-4)
    for name in (BIAS, DARK, FLAT):
        cards = header(results, name)
        assert cards["COMBMETH"] == "winsorized"
        assert [cards[key] for key in ("REJLOW", "REJHIGH", "REJCUTOF")] == [4, 3, 5]
    assert not (results / "calibrated").exists()
    assert "calibrate" not in done.stages


def test_the_dark_that_is_not_longer_than_the_flat_is_taken(native):
    results, _ = native
    history = "".join(header(results, FLAT)["HISTORY"])  # names go on in the next line
    assert set(re.findall(r"with (\S+?\.xisf)", history)) == {BIAS, DARK}


def test_flats_alone_are_calibrated_with_masters_of_any_name_from_two_folders(
    frames, made, carry_out, tmp_path
):
    shutil.copytree(frames / "flats", tmp_path / "input_dir")
    results, _ = made
    for folder, name in (("bias", BIAS), ("darks", DARK), ("darks", LONG_DARK)):
        place = tmp_path / "masters" / folder / f"{name[6:12]} {len(name)}.xisf"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(results / "master" / name, place)
    done = carry_out(tmp_path, LIBRARY)
    assert done.jobs["pixinsight_image"] == 1
    assert_equal(tmp_path / "output_dir", plainly(frames), FLAT)


def test_a_script_of_all_masters_is_run_by_hand_and_the_run_goes_on_with_its_images(
    frames, carry_out, pixinsight, tmp_path
):
    shutil.copytree(frames, tmp_path / "input_dir")
    done = carry_out(tmp_path, SCRIPT_ONLY)
    assert set(done.jobs) == {"pixinsight_script"}
    results = tmp_path / "output_dir"
    [stamped] = (results / "logs").glob("*_calibrate_masters.js")
    assert re.fullmatch(rf"{STAMP}_calibrate_masters\.js", stamped.name)
    script = results / "logs" / "calibrate_masters.js"
    assert script.read_text() == stamped.read_text()
    attempts = re.findall(r'attempt\( "(master\w+?)_', script.read_text())
    assert attempts == ["masterBias", "masterDark", "masterDark", "masterFlat"]
    assert masters(results) == []

    options = ["--automation-mode", f"-r={script}", "--force-exit"]
    subprocess.run([pixinsight, *options], check=True)
    log = stamped.with_suffix(".log").read_text()
    assert log.count("Made: ") == 4
    going_on = carry_out(tmp_path, MAIN)
    assert "pixinsight_image" not in going_on.jobs
    assert_equal(results, plainly(frames), BIAS, DARK, LONG_DARK, FLAT)


def test_a_library_is_built_in_stages(frames, made, carry_out, tmp_path):
    for name in ("bias", "flats"):
        shutil.copytree(frames / name, tmp_path / "2026-01-27" / name)
    carry_out(tmp_path, "build a bias library")
    library = tmp_path / "MasterLibrary"
    assert_equal(library / "bias", plainly(frames), BIAS)
    (library / "darks").mkdir()
    shutil.copyfile(made[0] / "master" / DARK, library / "darks" / DARK)
    carry_out(tmp_path, "build flats with a library")
    assert_equal(tmp_path / "2026-01-27" / "output", plainly(frames), FLAT)


def test_three_stages_are_one_run_and_its_masters_serve_new_flats(frames, carry_out, tmp_path):
    for name in ("bias", "darks", "flats"):
        shutil.copytree(frames / name, tmp_path / "calibration" / name)
    carry_out(tmp_path, "three stages")
    assert_equal(tmp_path / "masters", plainly(frames), BIAS, DARK, FLAT)

    shutil.copytree(frames / "flats", tmp_path / "new_flats")
    for path in (tmp_path / "new_flats").iterdir():
        fits.setval(path, "DATE-OBS", value="2026-03-01T18:00:00")
        fits.setval(path, "FILTER", value="Ha")
    (tmp_path / "masters" / "master").rename(tmp_path / "MasterLibrary")
    carry_out(tmp_path, "new flats with an existing library")
    assert_equal(tmp_path / "output", {NEW_FLAT: plainly(frames)[FLAT]}, NEW_FLAT)


def test_flats_alone_are_combined_uncalibrated_on_request(frames, carry_out, pixinsight, tmp_path):
    shutil.copytree(frames / "flats", tmp_path / "flats")
    options = "pixinsight={script_dir: scripts, instance: 7, force_exit: false}"
    carry_out(tmp_path, UNCALIBRATED, options)
    close(pixinsight)
    assert_equal(tmp_path / "output", plainly(frames, calibrated=False), FLAT)
    script, log = script_and_log(tmp_path / "scripts", FLAT)
    assert "ImageCalibration" not in script.partition("attempt( ")[2]
    assert "Made: " in log
    assert not list((tmp_path / "output" / "logs").glob("*.js"))
    _, instance, _ = arguments(pixinsight)  # and no --force-exit
    assert instance == "-n=7"


# --- trouble ------------------------------------------------------------------------------------


def test_help_is_snakemakes():
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0 and "--configfile" in done.stdout


def test_frames_and_masters_that_do_not_serve_are_told_with_the_reason(frames, tmp_path):
    shutil.copytree(frames / "flats", tmp_path / "input_dir")
    (tmp_path / "input_dir" / "empty.fits").touch()
    write_frame(
        tmp_path / "lib" / "d.fits", "dark", width=64, height=48, gain=200, exptime=2.0,
        imagetyp="Master Dark", readoutm="High Gain Mode", xbinning=None, ybinning=None,
    )  # fmt: skip
    command = ["plan", *PAGE.row(NATIVE).command, "library=[lib]"]
    done = snakemake(tmp_path, *command)
    assert done.code == 0, done.text
    plan = tmp_path / "output_dir" / "plan"
    assert "empty.fits,is empty (0 bytes)" in (plan / "rejects.csv").read_text()
    refused = (plan / "refusals.csv").read_text()
    assert re.search(r"/flat_l_m10c_20260127,darkflat,lib/d\.fits,GAIN,100\.0,200\.0,", refused)
    assert "no flat-dark, dark or bias matches" in done.text


def test_a_program_that_is_not_there_is_said_with_the_key(frames, tmp_path):
    shutil.copytree(frames / "bias", tmp_path / "input_dir")
    done = snakemake(tmp_path, *PAGE.row(MAIN).command)
    assert done.code == 1
    assert "/opt/PixInsight/bin/PixInsight is no program that can be run" in done.text
    assert "(pixinsight.binary)" in done.text
    assert "Traceback" not in done.text


def test_when_pixinsight_fails_the_run_says_why_and_names_the_log(frames, tmp_path):
    shutil.copytree(frames / "bias", tmp_path / "input_dir")
    program = write_pixinsight(tmp_path)
    (program.parent / "behaviour").write_text("fail")
    words = [w.replace("/opt/PixInsight/bin/PixInsight", str(program))
             for w in PAGE.row(MAIN).command]  # fmt: skip
    done = snakemake(tmp_path, *words)
    assert done.code == 1
    results = tmp_path / "output_dir"
    assert masters(results) == []
    [log] = (results / "logs").glob("*_masterBias_*.log")  # that of the plan may be there or not
    told = "".join(path.read_text() for path in results.glob("logs/pixinsight/**/*.log"))
    assert "did not make what it should" in told and "ImageIntegration failed" in told
    assert f"output_dir/logs/{log.name}" in told
    assert "Traceback" not in told
