"""The preset wbpp: masters with the names of the guide, by both engines, through the workflow."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from frames import ROOT
from night import write_small_night
from pixinsightprogram import write_pixinsight
from plateworks.metadata.normalise import read_frame
from plateworks.products.images import read_image
from workflow import Run, snakemake

TAIL = "SETTEMP_-10.00_GAIN_100_OFFSET_50_INSTRUME_ZWO-ASI2600MM-Pro_READOUTM_high-gain-mode.xisf"
MASTERS = [
    f"masterBias_{TAIL}",
    f"masterDark_EXPOSURE_60.00_{TAIL}",
    f"masterFlat_FILTER_L_DATE-OBS_2025-08-15_{TAIL}",
]


@pytest.fixture(scope="module")
def night(tmp_path_factory) -> Path:
    """A night of one light, with bias frames, darks and flats."""
    folder = tmp_path_factory.mktemp("night")
    write_small_night(folder, lights=(1, 0))
    return folder


@pytest.fixture
def folder(night, tmp_path) -> Path:
    return Path(shutil.copytree(night, tmp_path / "night"))


def run(folder: Path, *arguments: str, **settings) -> Run:
    """Run the workflow with the preset and further settings."""
    with open(ROOT / "config" / "presets" / "wbpp.yaml", encoding="utf-8") as stream:
        preset = yaml.safe_load(stream)
    preset["masters"].update(settings.pop("masters", {}))
    (folder / "settings.yaml").write_text(yaml.safe_dump(preset | {"raw": "raw"} | settings))
    return snakemake(folder, *arguments, "--configfile", "settings.yaml")


def masters(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "results" / "master").glob("*.xisf"))


def test_masters_have_the_names_of_the_guide_and_its_method(folder):
    done = run(folder, "masters")
    assert done.code == 0, done.text
    assert masters(folder) == MASTERS
    bias, dark, flat = (read_image(folder / "results" / "master" / name) for name in MASTERS)
    for _, header, _ in (bias, dark, flat):
        assert header["COMBMETH"] == "winsorized"
        assert [header[key] for key in ("REJLOW", "REJHIGH", "REJCUTOF")] == [4, 3, 5]
    assert (bias[1]["IMAGETYP"], dark[1]["IMAGETYP"]) == ("Master Bias", "Master Dark")
    scaled = [line for line in flat[1]["HISTORY"] if line.startswith("dark scaled by")]
    assert len(scaled) == 3


def test_pixinsight_makes_the_masters_and_all_goes_on_with_them(folder):
    binary = write_pixinsight(folder)
    settings = {"masters": {"engine": "pixinsight"}, "pixinsight": {"binary": str(binary)}}
    done = run(folder, "calibrated", **settings)
    assert done.code == 0, done.text
    assert masters(folder) == MASTERS
    assert done.jobs["pixinsight_image"] == 3
    logs = folder / "results" / "logs"
    for name in MASTERS:
        [script] = logs.glob(f"*_{name.removesuffix('.xisf')}.js")
        assert re.match(r"\d{8}_\d{6}_master", script.name)
        assert "Made: " in script.with_suffix(".log").read_text()
        pixels, header, _ = read_image(folder / "results" / "master" / name)
        assert header["PWENGINE"] == "PixInsight"
        assert np.median(pixels) > 50  # ADU, not 0 to 1
        frame = read_frame(folder / "results" / "master" / name)
        assert frame.is_master and (frame.gain, frame.offset, frame.set_temp) == (100, 50, -10)
    [flat] = logs.glob("*_masterFlat*.js")
    script = flat.read_text()
    assert "C.optimizeDarks = true;" in script
    assert script.count("results/pixinsight/master/masterBias_") == 1
    assert script.count("results/pixinsight/master/masterDark_") == 1
    [light] = (folder / "results" / "calibrated").glob("*/*_c.xisf")
    _, header, _ = read_image(light)
    assert header["DARKFILE"] == MASTERS[1]
    again = run(folder, "calibrated", "-n", **settings)
    assert "Nothing to be done" in again.text


def test_when_pixinsight_fails_the_run_says_why_and_keeps_what_was_made(folder):
    binary = write_pixinsight(folder)
    (binary.parent / "behaviour").write_text("fail")
    done = run(
        folder, "masters", "--keep-going",
        masters={"engine": "pixinsight"}, pixinsight={"binary": str(binary)},
    )  # fmt: skip
    assert done.code == 1
    assert masters(folder) == []
    told = "".join(path.read_text() for path in folder.glob("results/logs/pixinsight/**/*.log"))
    assert "did not make what it should" in told
    assert "ImageIntegration failed" in told
    assert "Traceback" not in told


def test_only_the_script_is_written_on_request_and_the_run_goes_on_when_it_was_run(folder):
    engine = {"masters": {"engine": "pixinsight"}}
    done = run(folder, pixinsight={"script_only": True}, **engine)
    assert done.code == 0, done.text
    logs = folder / "results" / "logs"
    [stamped] = logs.glob("*_calibrate_masters.js")
    assert re.fullmatch(r"\d{8}_\d{6}_calibrate_masters\.js", stamped.name)
    script = (logs / "calibrate_masters.js").read_text()
    assert script == stamped.read_text()
    attempts = re.findall(r'attempt\( "(master\w+?)_', script)
    assert attempts == ["masterBias", "masterDark", "masterFlat"]
    assert masters(folder) == []
    assert not {"calibrate", "solve", "pixinsight_image"} & set(done.stages)
    # The images that PixInsight makes of the script, by hand.
    images = [folder / "results" / "pixinsight" / "master" / name for name in MASTERS]
    made = run(folder, *(str(image.relative_to(folder)) for image in images), "--quiet",
               pixinsight={"binary": str(write_pixinsight(folder))}, **engine)  # fmt: skip
    assert made.code == 0, made.text
    shutil.rmtree(folder / ".snakemake")
    going_on = run(folder, "-n", **engine)
    assert going_on.jobs["pixinsight_image"] == 0
    assert going_on.stages["calibrate"] == 1


def test_a_library_calibrates_flats_that_come_alone(folder):
    assert run(folder, "masters").code == 0
    (folder / "raw" / "2025-08-15" / "FLAT").rename(folder / "flats")
    library = folder / "library"
    (folder / "results" / "master").rename(library)
    (library / MASTERS[2]).unlink()
    for name in MASTERS[:2]:  # any names will do: headers tell
        (library / name).rename(library / f"{name.split('_')[0].removeprefix('master')} 1.xisf")
    shutil.rmtree(folder / "results")
    done = run(folder, "masters", raw="flats", library=["library"])
    assert done.code == 0, done.text
    assert masters(folder) == MASTERS[2:]
    _, header, _ = read_image(folder / "results" / "master" / MASTERS[2])
    told = [line.split()[1:3] for line in header["HISTORY"] if line.startswith("with ")]
    assert sorted(words[0] for words in told) == ["Bias", "Dark"]


def test_flats_without_any_master_are_combined_as_they_are_on_request(folder):
    (folder / "raw" / "2025-08-15" / "FLAT").rename(folder / "flats")
    refused = run(folder, "masters", raw="flats")
    assert "no flat-dark, dark or bias matches" in refused.text
    assert masters(folder) == []
    done = run(folder, "masters", raw="flats", matching={"accept_level": 3})
    assert done.code == 0, done.text
    assert masters(folder) == MASTERS[2:]
