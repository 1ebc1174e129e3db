"""Disks that fail, permissions that lack, full rooms: named, and made good by the next run.

Nothing of the kind says that a frame is damaged, so no master goes without one for it.
"""

import errno
import os
import shutil

import pytest
from astropy.io import fits

from faults import Fault, injected
from night import Reduced, assert_same, products, reduce, write_small_night
from workflow import snakemake

SETTINGS = ("-k", "--configfile", "settings.yaml")


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A night as it should come out, and what was made of it."""
    folder = tmp_path_factory.mktemp("night")
    write_small_night(folder, lights=(3, 0), darks=5)
    whole = reduce(folder, "calibrated", raw="raw")
    assert whole.run.code == 0, whole.run.text
    return folder, products(whole)


@pytest.fixture
def folder(night, tmp_path):
    """The same night with nothing made of it yet."""
    folder = tmp_path / "night"
    shutil.copytree(night[0] / "raw", folder / "raw", copy_function=shutil.copy2)
    shutil.copy(night[0] / "settings.yaml", folder)
    return folder


@pytest.mark.parametrize(
    ("call", "error", "pattern", "kind"),
    [
        ("open", errno.EACCES, "*/raw/calibration*/*_60.00s_0002.fits", "dark"),
        ("write", errno.ENOSPC, "*/results/masters/*/.bias*.part", "bias"),
    ],
)
def test_a_trouble_fails_what_needs_the_file_and_the_next_run_makes_it(
    night, folder, tmp_path, call, error, pattern, kind
):
    faults = injected(tmp_path / "faults", Fault(call, pattern, error))
    run = snakemake(folder, "calibrated", *SETTINGS, **faults.environment)
    assert sum(faults.made()), f"no {kind} was asked for in this way"
    assert run.code == 1
    made = Reduced(folder, run)
    assert "Traceback" not in run.text + made.logs()
    conclusion = run.text.rpartition("Made so far")[2]
    assert os.strerror(error) in conclusion
    assert not any("PWFAIL" in fits.getheader(path) for path in made.results.rglob("2*.fits"))
    assert {n: b for n, b in products(made).items() if night[1][n] != b} == {}
    assert_same(reduce(folder, "calibrated", raw="raw"), night[1])


@pytest.mark.parametrize("quiet", ["all", "progress"])
def test_a_quiet_run_names_the_job_that_failed_all_the_same(folder, tmp_path, quiet):
    fault = Fault("open", "*/raw/calibration*/*_60.00s_0002.fits", errno.EACCES)
    faults = injected(tmp_path / "faults", fault)
    run = snakemake(folder, "masters", "--quiet", quiet, *SETTINGS, **faults.environment)
    assert run.code == 1
    conclusion = run.text.rpartition("Made so far")[2]
    assert "1 job failed\n    results/masters/" in conclusion
    assert "60.00s_0002.fits: cannot be read (Permission denied; permit it)" in conclusion


@pytest.mark.parametrize(
    ("call", "error"), [("read", errno.EIO), ("open", errno.EMFILE), ("open", errno.ESTALE)]
)
def test_a_light_in_trouble_costs_no_other_and_is_made_by_the_next_run(
    night, folder, tmp_path, call, error
):
    faults = injected(tmp_path / "faults", Fault(call, "*/raw/*/LIGHT/*_0002.fits", error))
    run = snakemake(folder, "calibrated", *SETTINGS, **faults.environment)
    assert sum(faults.made())
    assert run.code == 1
    made = Reduced(folder, run)
    assert "Traceback" not in run.text + made.logs()
    [(name, _)] = [one for one in products(made).items() if night[1][one[0]] != one[1]]
    assert name.endswith("_0002.fits")
    conclusion = run.text.rpartition("Made so far")[2]
    assert f"{name}: " in conclusion and os.strerror(error) in conclusion
    assert products(made).keys() == night[1].keys()
    assert_same(reduce(folder, "calibrated", raw="raw"), night[1])


def test_what_the_scan_cannot_read_is_named_and_read_by_the_next_run(night, folder, tmp_path):
    pattern = "*/raw/calibration*/*_60.00s_0002.fits"
    faults = injected(tmp_path / "faults", Fault("open", pattern, errno.EACCES))
    for target in ("all", "all", "masters", "masters"):  # also where there is nothing else to do
        run = snakemake(folder, target, *SETTINGS, apart=True, **faults.environment)
        assert run.code == 1
        assert "Traceback" not in run.text
        for told in (  # before the run and after it
            "Could not be read, so that nobody knows what this run lacks: 1 file",
            "_0002.fits: cannot be read (Permission denied; permit it)",
        ):
            assert run.text.count(told) == 2
    [rejected] = (row for row in Reduced(folder, None).table("plan/rejects.csv"))
    assert rejected["path"].endswith("_0002.fits")
    again = reduce(folder, "calibrated", raw="raw")
    assert again.run.stages["master_dark"] == 1
    made, expected = products(again), night[1]
    assert {name: made[name] for name in expected} == expected


def test_a_file_that_is_excluded_need_not_be_read(folder, tmp_path):
    pattern = "*/raw/calibration*/*_60.00s_0002.fits"
    faults = injected(tmp_path / "faults", Fault("open", pattern, errno.EACCES))
    with open(folder / "settings.yaml", "a") as settings:
        settings.write("exclude: ['**/*_60.00s_0002.fits']\n")
    run = snakemake(folder, "masters", *SETTINGS, apart=True, **faults.environment)
    assert run.code == 0, run.text
    assert "Could not be read" not in run.text


def test_short_reads_change_nothing(night, folder, tmp_path):
    fault = Fault("read", "*/raw/*.fits", 0)
    faults = injected(tmp_path / "faults", fault)
    run = snakemake(folder, "calibrated", *SETTINGS, **faults.environment)
    assert sum(faults.made()) > 10
    assert_same(Reduced(folder, run), night[1])


@pytest.mark.parametrize(
    ("call", "pattern"), [("mkdir", "*/.snakemake"), ("open", "*/.snakemake/locks/*")]
)
def test_a_trouble_of_snakemakes_own_files_is_a_sentence(folder, tmp_path, call, pattern):
    faults = injected(tmp_path / "faults", Fault(call, pattern, errno.ENOSPC))
    run = snakemake(folder, "masters", *SETTINGS, apart=True, **faults.environment)
    assert sum(faults.made())
    assert run.code == 1
    assert "Traceback" not in run.text
    assert "Snakemake cannot go on.  " in run.text
    assert "No space left on device; make room on its disk" in run.text


def test_a_key_that_stands_twice_in_the_settings_stops_the_run_by_its_lines(folder):
    text = (folder / "settings.yaml").read_text()
    (folder / "settings.yaml").write_text(f"{text}dates: null\nmem_gb: 1\ndates: null\n")
    line = text.count("\n") + 1
    run = snakemake(folder, "masters", "-n", *SETTINGS, apart=True)
    assert run.code == 1
    assert f"settings.yaml says dates twice, in line {line} and in line {line + 2}" in run.text
