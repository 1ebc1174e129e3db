"""An archive of several nights: one at a time, and one more."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from archive import night_name, write_nights
from workflow import Run, snakemake, touch

LIGHTS = 20


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Two nights of which everything is made."""
    folder = tmp_path_factory.mktemp("made")
    write_nights(folder / "raw", 2, LIGHTS)
    assert touch(folder, "--config", "raw=raw").code == 0
    return folder


@pytest.fixture
def archive(made, tmp_path) -> Path:
    """A copy of them, times of change included, and a third night."""
    shutil.copytree(made, tmp_path / "archive")
    write_nights(tmp_path / "archive" / "raw", 1, LIGHTS, first=2)
    return tmp_path / "archive"


def run(folder: Path, night: int, *arguments: str) -> Run:
    select = f"select={{'sessions': ['{night_name(night)}']}}"
    return snakemake(folder, *arguments, "--config", "raw=raw", select)


def test_one_more_night_costs_what_one_night_costs(archive, tmp_path):
    write_nights(tmp_path / "alone" / "raw", 1, LIGHTS, first=2)
    alone = snakemake(tmp_path / "alone", "-n", "--config", "raw=raw")
    added = run(archive, 2, "-n")
    # Selected lights do without a bias that nothing uses; a night alone makes it all the same.
    assert added.jobs + Counter(master_bias=1) == alone.jobs
    assert f"{2 * LIGHTS} others are not selected" in added.text


def test_the_jobs_of_a_night_make_that_night_alone(archive):
    assert_new_night_alone(run(archive, 2, "-n").text)


def test_without_selection_too_one_more_night_costs_what_one_night_costs(archive, tmp_path):
    write_nights(tmp_path / "alone" / "raw", 1, LIGHTS, first=2)
    alone = snakemake(tmp_path / "alone", "-n", "--config", "raw=raw")
    added = snakemake(archive, "-n", "--config", "raw=raw")
    assert added.jobs == alone.jobs
    assert_new_night_alone(added.text)


def test_where_the_newest_master_serves_older_nights_are_made_again(archive):
    """Their darks are replaced by those of the night that came last."""
    newest = snakemake(archive, "-n", "--config", "raw=raw", "matching={'by_date': 'newest'}")
    nearest = snakemake(archive, "-n", "--config", "raw=raw")
    assert newest.stages["calibrate"] > nearest.stages["calibrate"]


def assert_new_night_alone(text: str) -> None:
    outputs = [line for line in text.splitlines() if line.startswith("    output: ")]
    assert outputs
    assert not [line for line in outputs if night_name(0) in line or night_name(1) in line]


def test_lights_of_a_night_are_not_judged_again_for_a_later_one_or_a_selection(made, archive):
    assert run(made, 1, "-n").jobs.keys() & {"measures", "verdicts", "lights"} == {"lights"}
    added = snakemake(archive, "-n", "--config", "raw=raw")
    assert added.jobs["measures"] == added.jobs["verdicts"] == added.jobs["lights"] == 1


def test_lights_are_judged_again_where_an_earlier_night_tells_what_is_usual(tmp_path):
    write_nights(tmp_path / "raw", 1, LIGHTS, first=1)
    assert touch(tmp_path, "--config", "raw=raw").code == 0
    write_nights(tmp_path / "raw", 1, LIGHTS)
    added = snakemake(tmp_path, "-n", "--config", "raw=raw").jobs
    assert added["measures"] == added["lights"] == 1
    assert added["verdicts"] == 2


def test_a_camera_whose_page_was_asked_for_once_keeps_it_in_every_whole_run(tmp_path):
    write_nights(tmp_path / "raw", 1, 2)
    asked = snakemake(tmp_path, "report", "-n", "--config", "raw=raw")
    assert asked.jobs["camera_page"] == asked.jobs["setup_trends"] == asked.jobs["night_index"] == 1
    [index] = re.findall(r"rule night_index:\n +input: (.*)\n", asked.text)
    [page] = re.findall(r"output: (results/report/cameras/.*)\.html, ", asked.text)
    assert f"{page}.json" in index.split(", ")
    without = snakemake(tmp_path, "-n", "--config", "raw=raw").jobs
    assert without["night_page"] == 1 and not {"camera_page", "setup_trends"} & without.keys()
    (tmp_path / page).parent.mkdir(parents=True)
    (tmp_path / f"{page}.json").write_text("{}")
    again = snakemake(tmp_path, "-n", "--config", "raw=raw").jobs
    assert again == without + Counter(camera_page=1, setup_trends=1, defect_dates=1)
