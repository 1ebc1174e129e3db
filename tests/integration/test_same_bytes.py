"""The same frames give the same bytes, however the work is divided, interrupted or fed.

A product is a file below masters, cosmetic, calibrated, solved or report.
"""

import gzip
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from crates import faults_of_crate
from killed import killed_at
from night import Reduced, assert_same, products, reduce, write_small_night
from plateworks.report.account.account import read_account
from workflow import ROOT

LIGHTS = 8
SETTINGS = {
    "calibrate": {"cosmic_rays": True, "read_noise": 1.5},
    "solve": {"index_dirs": [str(ROOT / "config" / "demo")]},
}


@pytest.fixture(scope="module")
def night(tmp_path_factory) -> Reduced:
    """A night of which all lights solve, in the usual way."""
    folder = tmp_path_factory.mktemp("once")
    write_small_night(folder, 480, 320, lights=(LIGHTS, 0), biases=5)
    once = reduce(folder, raw="raw", **SETTINGS)
    assert once.run.code == 0, once.run.text
    assert [row["solved"] for row in once.table("report/solved.csv")] == ["True"] * LIGHTS
    return once


def test_the_night_makes_every_kind_of_product(night):
    counts = Counter(name.partition("/")[0] for name in products(night))
    assert counts == {
        "masters": 3, "cosmetic": 2, "calibrated": LIGHTS, "solved": LIGHTS, "report": 10,
    }  # fmt: skip


def test_its_account_names_all_of_them_and_all_frames_with_their_digests(night):
    account = read_account(str(night.results))
    images = {name for name in products(night) if not name.startswith("report")}
    assert account.products.keys() == images
    for name, made in account.products.items():
        if name.endswith(".fits"):
            assert fits.getheader(night.results / name)["PWDATA"] == made.data
    raw = night.folder / "raw"
    used = {one.file for made in account.products.values() for one in made.used if one.raw}
    assert used == {str(path.relative_to(raw)) for path in raw.rglob("*.fits")}
    assert {one.verdict for one in account.verdicts.values()} == {"good"}


def test_its_account_is_a_crate_by_the_validator_of_the_standard(night):
    assert faults_of_crate(night.results) == []


def test_when_some_are_made_again_to_prove_them(night, tmp_path):
    shutil.copytree(night.folder, tmp_path / "copy")
    proved = reduce(tmp_path / "copy", "verify", raw="raw", verify="remake", **SETTINGS)
    assert proved.run.code == 0, proved.run.text
    again = Counter(row["product"].split("/")[1] for row in proved.table("report/remade.csv"))
    assert again == {"masters": 3, "cosmetic": 2, "calibrated": 1, "solved": 1}
    assert "All 21 products that are there are proved" in proved.run.text
    assert "7 products were made again, to the same bytes" in proved.run.text


@pytest.mark.parametrize("frames_per_job", [1, 7])
def test_with_any_number_of_frames_a_job(night, tmp_path, frames_per_job):
    shutil.copytree(night.folder / "raw", tmp_path / "raw")
    other = reduce(tmp_path, raw="raw", frames_per_job=frames_per_job, **SETTINGS)
    assert other.run.stages["calibrate"] > night.run.stages["calibrate"]
    assert_same(other, products(night))


@pytest.mark.parametrize("threads", [1, 4])
def test_with_any_number_of_threads(night, tmp_path, threads):
    shutil.copytree(night.folder / "raw", tmp_path / "raw")
    other = reduce(tmp_path, "--cores", "4", raw="raw", threads_per_job=threads, **SETTINGS)
    assert_same(other, products(night))


def test_when_everything_is_made_again(night, tmp_path):
    shutil.copytree(night.folder / "raw", tmp_path / "raw")
    reduce(tmp_path, raw="raw", **SETTINGS)
    again = reduce(tmp_path, "--forceall", raw="raw", **SETTINGS)
    assert again.run.stages["calibrate"] == night.run.stages["calibrate"]
    assert_same(again, products(night))


def test_with_hardly_any_memory(night, tmp_path):
    shutil.copytree(night.folder / "raw", tmp_path / "raw")
    tight = reduce(tmp_path, "masters", "cosmetic", raw="raw", mem_gb=0.002, **SETTINGS)
    expected = products(night)
    masters = {name: expected[name] for name in expected if name.startswith(("mast", "cosm"))}
    assert_same(tight, masters)


def test_from_other_folders_in_another_order(night, tmp_path):
    """The frames lie in two folders elsewhere, written the last first."""
    raw = night.folder / "raw"
    for number, path in enumerate(sorted(raw.rglob("*.fits"), reverse=True)):
        folder = tmp_path / ("z first" if number % 2 else "a second") / f"{number % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder)
    elsewhere = reduce(tmp_path, raw=["z first", "a second"], **SETTINGS)
    assert_same_but_for_names(elsewhere, night, {"NAME"}, set())


def packed(path: Path, target: Path, number: int) -> None:
    """Copy a frame as it is, packed by gzip, or in Rice-compressed tiles, by turns."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if number % 3 == 0:
        shutil.copy(path, target)
    elif number % 3 == 1:
        Path(f"{target}.gz").write_bytes(gzip.compress(path.read_bytes()))
    else:
        with fits.open(path) as hdus:
            data, header = hdus[0].data, hdus[0].header
            tiles = fits.CompImageHDU(data, header, compression_type="RICE_1")
            fits.HDUList([fits.PrimaryHDU(), tiles]).writeto(f"{target}.fz")


def nameless(data: np.ndarray, columns: set[str]) -> np.ndarray:
    """Return pixels as they are, and the other columns of a table side by side."""
    names = [name for name in data.dtype.names or () if name not in columns]
    plain = data.view(np.ndarray)
    kept = [plain[name].tobytes() for name in names]  # NaN is no other than NaN
    return np.frombuffer(b"".join(kept), np.uint8) if names else data


def assert_same_but_for_names(
    other: Reduced, night: Reduced, columns: set[str], cards: set[str]
) -> None:
    """Check that products differ in how raw frames are named, and in some columns and cards."""
    assert other.run.code == 0, other.run.text
    expected, made = products(night), products(other)
    assert made.keys() == expected.keys()
    named = {"RAWFILE", "HISTORY", "CHECKSUM"} | cards
    for name in (name for name in expected if name.endswith(".fits")):
        with fits.open(night.results / name) as want, fits.open(other.results / name) as have:
            assert len(want) == len(have)
            for one, two in zip(want, have, strict=True):
                same = nameless(one.data, columns), nameless(two.data, columns)
                np.testing.assert_array_equal(*same, err_msg=name)
            both = (want[0].header.cards, have[0].header.cards)
            kept = ([str(one) for one in some if one.keyword not in named] for some in both)
            assert next(kept) == next(kept), name


def test_packed_frames_give_the_same_pixels(night, tmp_path):
    raw = night.folder / "raw"
    for kind in ("*_0.00s_*", "calibration*/*_60.00s_*", "*/FLAT/*", "*/LIGHT/*"):
        for number, path in enumerate(sorted(raw.rglob(kind))):
            packed(path, tmp_path / "raw" / path.relative_to(raw), number)
    assert len(list(tmp_path.rglob("*.gz"))) >= 5 <= len(list(tmp_path.rglob("*.fz")))
    other = reduce(tmp_path, raw="raw", **SETTINGS)
    # What packs them is not what they hold; files have other names, and are told otherwise.
    told = {"PWDIGEST", "PWTOLD", "RAWREST", "COSMDIG"}
    assert_same_but_for_names(other, night, {"NAME", "REST"}, told)


def test_after_a_run_that_was_killed(night, tmp_path):
    shutil.copytree(night.folder / "raw", tmp_path / "raw")
    shutil.copy(night.folder / "settings.yaml", tmp_path)
    calibrated = tmp_path / "results" / "calibrated" / "20250815"
    command = [
        sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"),
        "--workflow-profile", "none", "--configfile", "settings.yaml", "--cores", "2",
    ]  # fmt: skip
    # Some frames of a batch are there, others are not: that is the middle of a job.
    dying = killed_at(3, calibrated, tmp_path / "site", "os.rename", group=True)
    killed = subprocess.run(
        command, cwd=tmp_path, env=dying, capture_output=True, text=True, start_new_session=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stdout
    assert 0 < len(list(calibrated.glob("*.fits"))) < LIGHTS
    assert list(calibrated.glob(".*.part"))  # a kill leaves what was about to get its name

    resumed = reduce(tmp_path, "--rerun-incomplete", raw="raw", **SETTINGS)
    assert not {"master_bias", "master_dark", "master_flat"} & set(resumed.run.jobs)
    assert_same(resumed, products(night))
    assert "Removed what killed jobs had left: " in resumed.run.text
    assert "Nothing to be done" in reduce(tmp_path, "-n", raw="raw", **SETTINGS).run.text
