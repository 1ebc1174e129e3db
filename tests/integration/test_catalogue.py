"""What the catalogue of workflows looks for: a night to try, and a report that shows something."""

import json
import re
import shutil
import zipfile

import pytest
import yaml

from workflow import ROOT, snakemake


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """The night to try, reduced in a copy."""
    folder = tmp_path_factory.mktemp("clone")
    kept = shutil.ignore_patterns("results", ".snakemake")
    shutil.copytree(ROOT / ".test", folder / ".test", ignore=kept)
    (folder / "config").symlink_to(ROOT / "config")
    run = asked(folder)
    assert run.code == 0, run.text
    return folder


def asked(folder, *arguments):
    configuration = str(folder / ".test" / "config" / "config.yaml")
    return snakemake(folder / ".test", *arguments, "--configfile", configuration)


def test_the_night_to_try_is_made_to_the_end(night):
    results = night / ".test" / "results"
    told = json.loads((results / "report" / "20250815.json").read_text())
    assert (told["counts"]["solved"], len(told["lights"])) == (2, 2)


def test_the_report_holds_pages_and_tables_with_what_they_are(night):
    run = asked(night, "--report", "report.zip")
    assert run.code == 0, run.text
    with zipfile.ZipFile(night / ".test" / "report.zip") as packed:
        names = {name.rpartition("/")[2] for name in packed.namelist()}
        shell = packed.read("report/report.html").decode()
    assert {"20250815.html", "index.html", "plan.html"} <= names
    assert {"lights.csv", "solved.csv", "cameras.csv"} <= names
    assert '"night": "20250815", "filters": "L", "verdict": "2 of 2 lights are usable' in shell
    for category in ("Nights", "Plan", "Tables", "Cameras"):
        assert f'"{category}"' in shell
    assert "What was planned: every raw frame" in re.sub(r"\\n", " ", shell)


def test_the_catalogue_is_told_what_a_run_needs():
    told = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())
    assert told["usage"]["report"] is True
    assert (ROOT / told["usage"]["mandatory-flags"]["flags"].split()[-1]).exists()
