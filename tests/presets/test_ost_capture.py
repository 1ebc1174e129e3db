"""The rows of docs/coming-from.md on how OST takes frames.

Commands are run as they stand on the page; a simulator of Alpaca devices is the telescope.
"""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from observatory.simulator import Simulator, run_simulator
from plateworks.camera.manifest import read_manifest
from presets import trees
from presets.ledger import LEDGER
from presets.leftbehind import leave_behind
from presets.ostguide import ALL, DARKS, FLATS, GUIDE, PAGE, assert_clipped, carry_out, masters
from terminal import at_terminal
from workflow import ROOT, Run, snakemake

# --- the telescope -------------------------------------------------------------------------------

#: A small sensor, so much light that a flat takes milliseconds, and an even sky round one star.
OBSERVATORY = {
    "camera": {"cameraxsize": 240, "cameraysize": 160, "numx": 240, "numy": 160,
               "pixelsizex": 10.0, "pixelsizey": 10.0},
    "telescope": {"aperturediameter": 12.0, "focallength": 0.75},
    "focuser": {"position": 10400},
}  # fmt: skip
EMPTY_SKY = (200.0, 20.0)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory):
    folder = tmp_path_factory.mktemp("observatory")
    stars = folder / "sky.csv"
    stars.write_text(f"ra,dec,vt\n{EMPTY_SKY[0]},{EMPTY_SKY[1]},20.0\n")
    with run_simulator(folder, stars, OBSERVATORY) as running:
        running.put("telescope", "unpark")
        running.put("telescope", "tracking", Tracking=True)
        where = {"RightAscension": EMPTY_SKY[0] / 15, "Declination": EMPTY_SKY[1]}
        running.put("telescope", "slewtocoordinates", **where)
        yield running


@pytest.fixture(scope="module")
def empty(simulator: Simulator, tmp_path_factory) -> Path:
    """The folder of a project, in which OST has made masters.

    Its configuration has fewer and shorter frames; ours lies beside it.
    """
    folder = tmp_path_factory.mktemp("project")
    leave_behind(PAGE.row(ALL), folder)
    theirs = GUIDE.read_text().replace(": 40", ": 3").replace("time: 5.0", "time: 0.5", 1)
    (folder / GUIDE.name).write_text(theirs)
    page = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8")
    [ours] = re.findall(r"^(capture: \{armed.*\})$", page, re.M)
    (folder / "my.yaml").write_text(ours.replace("localhost:11111", simulator.address))
    return folder


def answered(folder: Path, row: str, answers: bytes) -> tuple[int, str]:
    """Run the command of a row at a terminal of its own; return its status and what it shows."""
    command = [
        sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"),
        "--workflow-profile", "none", "--cores", "1", "--nocolor", *PAGE.row(row).command,
    ]  # fmt: skip
    code, shown = at_terminal(command, answers, folder)
    if code == 0:
        LEDGER.enter(PAGE.row(row))
    return code, shown


@pytest.fixture(scope="module")
def refused(empty) -> tuple[Path, str]:
    """The complete workflow, to which somebody says no."""
    code, shown = answered(empty, ALL, b"n\n")
    assert code != 0
    assert raw_frames(empty) == {}
    return empty, shown


@pytest.fixture(scope="module")
def with_darks(refused) -> tuple[Path, str]:
    """Darks were taken; somebody covered the telescope."""
    folder, _ = refused
    code, shown = answered(folder, DARKS, b"\n")
    assert code == 0, shown
    return folder, shown


@pytest.fixture(scope="module")
def with_flats(with_darks) -> tuple[Path, str]:
    """Flats were taken, and darks for them; somebody lit a panel, then covered the telescope."""
    folder, _ = with_darks
    code, shown = answered(folder, FLATS, b"\n\n")
    assert code == 0, shown
    return folder, shown


@pytest.fixture(scope="module")
def library(with_flats) -> tuple[Path, Run, list[str]]:
    """The complete workflow, and what other commands would do after it."""
    folder, _ = with_flats
    done = carry_out(folder, ALL)
    return folder, done, [carry_out(folder, row, "-n").text for row in (ALL, DARKS, FLATS)]


def raw_frames(folder: Path) -> dict[str, bytes]:
    """Return every raw frame by its path below the project."""
    paths = [*folder.glob("darks/**/*.fits"), *folder.glob("flats/**/*.fits")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def manifest(folder: Path, kind: str):
    [table] = (folder / "master_frames" / "capture").glob(f"*/{kind}.csv")
    return read_manifest(table)


# --- capture -------------------------------------------------------------------------------------


def test_nothing_is_exposed_before_somebody_agrees(refused):
    _, shown = refused
    assert "Uncover the telescope, and light the flat panel before it.  [Enter: go on" in shown
    assert "Not confirmed; nothing was exposed." in shown


def test_darks_lie_in_folders_by_exposure_with_the_names_of_the_guide(with_darks):
    folder, shown = with_darks
    assert "Cover the telescope: no light may reach the camera.  [Enter: go on" in shown
    found = sorted(path.relative_to(folder).as_posix() for path in folder.glob("darks/*/*"))
    for seconds, kind in ((0.001, "bias"), (0.25, "dark"), (0.5, "dark"), (1, "dark"), (2, "dark")):
        exposure = f"darks/exp_{seconds:.3f}s"
        names = [path for path in found if path.startswith(f"{exposure}/")]
        stamps = rf"{exposure}/{kind}_20\d{{6}}_\d{{6}}_00[123]\.fits"
        assert len(names) == 3 and all(re.fullmatch(stamps, name) for name in names)
        assert [name[-8:-5] for name in names] == ["001", "002", "003"]
        for name in names:
            header = fits.getheader(folder / name)
            assert (header["IMAGETYP"], header["EXPTIME"]) == (kind.upper(), seconds)
            start = header["DATE-OBS"][:19].replace("-", "").replace(":", "").replace("T", "_")
            assert f"_{start}_" in name
    for row in manifest(folder, "darks") + manifest(folder, "bias"):
        pixels = fits.getdata(folder / row.path)
        assert pixels.shape == (160, 240) and pixels.dtype == np.uint16
        assert row.median == pytest.approx(np.median(pixels), abs=0.5)


def test_flats_have_their_level_and_darks_of_their_own_exposure(with_flats):
    folder, _ = with_flats
    flats = sorted(folder.glob("flats/*"))
    assert len(flats) == 3
    for number, path in enumerate(flats, start=1):
        assert re.fullmatch(rf"flat_20\d{{6}}_\d{{6}}_00{number}\.fits", path.name)
        header = fits.getheader(path)
        assert header["IMAGETYP"] == "FLAT"
        assert 0.45 < np.median(fits.getdata(path)) / 65535 < 0.55
    seconds = header["EXPTIME"]
    darks = [row for row in manifest(folder, "flatdarks") if row.exposure_s == seconds]
    assert len(darks) == 3
    place = rf"darks/exp_{seconds:.3f}s/dark_20\d{{6}}_\d{{6}}_00\d\.fits"
    assert all(re.fullmatch(place, row.path) for row in darks)


def test_the_complete_workflow_adds_the_masters_to_the_frames_that_are_there(library):
    folder, done, previews = library
    assert not {"capture_darks", "capture_flats"} & set(done.jobs)
    assert all("Nothing to be done" in text for text in previews)
    [flat] = (name for name in masters(folder) if "flat" in name)
    exposure, night = re.fullmatch(r"master_flat_(\d+\.\d{3})s_(\d{8})\.fits", flat).groups()
    darks = {f"{seconds:.3f}" for seconds in (0.25, 0.5, 1, 2)} | {exposure}
    assert masters(folder) == {
        f"master_bias_{night}.fits", flat,
        *(f"master_dark_{seconds}s_{night}.fits" for seconds in darks),
    }  # fmt: skip
    for name, frames in ((f"master_bias_{night}", "exp_0.001s"),
                         (f"master_dark_2.000s_{night}", "exp_2.000s")):  # fmt: skip
        assert_clipped(
            trees.read(folder / "master_frames" / f"{name}.fits")[40:60, 30:50],
            [trees.read(path)[40:60, 30:50] for path in folder.glob(f"darks/{frames}/*.fits")],
        )


def test_nobody_is_asked_where_nobody_is_there_and_no_frame_is_touched(library):
    folder, _, _ = library
    before = raw_frames(folder)
    theirs = folder / GUIDE.name
    theirs.write_text(theirs.read_text().replace("num_flats: 3", "num_flats: 4"))
    carry_out(folder, "`… --no-confirm`")
    now = raw_frames(folder)
    assert {path: now[path] for path in before} == before
    [new] = [path for path in now if path not in before and path.startswith("flats/")]
    assert new.endswith("_004.fits")
    [flat] = (name for name in masters(folder) if "flat" in name)
    assert fits.getval(folder / "master_frames" / flat, "NCOMBINE") == 4


def test_the_camera_is_found(empty, simulator):
    command = ["capture_devices", "--configfile", "my.yaml"]
    done = snakemake(empty, *command)
    assert done.code == 0, done.text
    assert f"camera 0 at {simulator.address}: Small Camera" in done.text
    assert (empty / "results" / "capture" / "devices.yaml").exists()


def test_each_frame_tells_its_level_and_temperature_in_header_and_manifest(with_flats):
    folder, _ = with_flats
    for row in manifest(folder, "darks"):
        header = fits.getheader(folder / row.path)
        assert row.temperature_degC == header["CCD-TEMP"]
        assert row.deviation == pytest.approx(np.std(fits.getdata(folder / row.path)), rel=0.01)
        assert header["BIASLVL"] == pytest.approx(row.median, rel=0.5)
