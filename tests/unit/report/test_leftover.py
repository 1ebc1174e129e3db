"""Products that belong to no plan any more are named, and stay."""

import csv
from pathlib import Path

import pytest

from frames import write_frame, write_night
from plateworks.jobs.jobs import Jobs
from plateworks.report.leftover import left_over, write_left_over
from plateworks.report.outcome import conclude
from plateworks.report.preview import summarise


def make(path: str, **cards) -> None:
    """Write a file as our products are."""
    if path.endswith(".lst"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(b"# 3 pixels of dark.fits; X Y count from 0\r\n")
    else:
        write_frame(path, "LIGHT", **{"pwvers": "0.1.0"} | cards)


@pytest.fixture
def night(tmp_path, planned):
    """A night of which everything is made; a function that plans it again."""
    write_night(tmp_path / "raw")
    jobs = Jobs(planned())
    for files in (
        jobs.master_files(), jobs.cosmetic_files(), jobs.calibrated_files(), jobs.solved_files()
    ):  # fmt: skip
        for path in files:
            make(path)
    return planned


def told(plan) -> dict[tuple[str, str], str]:
    return {(Path(one.path).name, one.kind): one.why for one in left_over(plan)}


def test_of_what_a_plan_makes_nothing_is_left_over(night):
    assert left_over(night()) == []


def test_the_products_of_a_withdrawn_light_are_left_over_with_the_reason(night):
    found = told(night(exclude=["light_0001.fits"]))
    why = "it is left out by the config key exclude (light_0001.fits)"
    assert found == {("light_0001.fits", stage): why for stage in ("calibrated", "solved")}


def test_a_light_that_is_gone_leaves_its_products(tmp_path, night):
    (tmp_path / "raw" / "light_0002.fits").unlink()
    assert set(told(night()).values()) == {"no light of the plan becomes it"}


def test_a_withdrawn_master_leaves_itself_and_its_list(night):
    found = told(night(exclude=["dark_60s_m10c_20250815"], calibrate={"require": []}))
    assert found["dark_60s_m10c_20250815.fits", "dark"].endswith("(dark_60s_m10c_20250815)")
    assert found["cosme_60s_m10c_20250815.lst", "cosmetic"] == "no dark of the plan has it"


def test_masters_that_serve_by_a_link_are_not_left_over(tmp_path, night):
    [dark] = (tmp_path / "results/masters").glob("*/dark_60s*.fits")
    cards = {"imagetyp": "Master Dark", "exptime": 60.0, "set_temp": -10.0, "ccd_temp": -10.0}
    write_frame(dark, "DARK", pwvers="0.1.0", **cards)
    for path in (tmp_path / "raw").glob("dark_[0-9]*"):
        path.unlink()
    (tmp_path / "library").symlink_to("results/masters")
    plan = night(library=[str(tmp_path / "library")])
    assert dark.name in {Path(one.path).name for one in plan.found}
    assert (dark.name, "dark") not in told(plan)


def test_a_file_of_another_program_is_not_ours_to_name(tmp_path, night):
    write_frame(tmp_path / "results" / "solved" / "20250815" / "theirs.fits", "LIGHT")
    (tmp_path / "results" / "solved" / "notes.txt").write_text("PWVERS")
    assert left_over(night()) == []


def test_a_light_that_was_set_aside_in_its_job_is_ours(tmp_path, night):
    make(f"{tmp_path}/results/calibrated/20250815/old.fits", pwvers=None, pwfail="is gone")
    assert list(told(night())) == [("old.fits", "calibrated")]


MODELLED = {"masters": {"dark_model": True}, "calibrate": {"require": ["dark"]}}


def write_darks(tmp_path, planned, *exposures):
    """Plan a night whose lights of 60 s have darks of other exposures, and models of these."""
    for exposure in exposures:
        for n in range(3):
            date = f"2025-08-15T2{n}:0{exposure // 100}:00"
            path = tmp_path / "raw" / f"dark_{exposure}_{n}.fits"
            write_frame(path, "DARK", exptime=exposure, date_obs=date)
    write_frame(tmp_path / "raw" / "light.fits", "LIGHT", exptime=60.0, filter="L")
    return planned(**MODELLED)


def test_models_of_the_dark_are_left_over_where_no_plan_asks_for_them(tmp_path, planned):
    jobs = Jobs(plan := write_darks(tmp_path, planned, 30, 120, 300))
    for path in (*jobs.model_files(), *jobs.dark_models.darks):
        make(path, imagetyp="Dark Model")
    assert len(jobs.dark_models.darks) == len(jobs.model_files()) == 1
    assert left_over(plan) == []
    (tmp_path / "raw" / "light.fits").unlink()
    write_frame(tmp_path / "raw" / "light.fits", "LIGHT", exptime=120.0, filter="L")
    found = told(planned(**MODELLED))
    assert found == {("model_60s_m10c.fits", "modelled dark"): "no light of the plan gets it"}
    found = told(planned())
    assert found["model.fits", "dark model"] == "the darks of the plan make none such"


def test_the_plan_of_a_part_does_not_tell_what_is_left_over(night):
    assert left_over(night(dates="2025-08-15", exclude=["light_0001.fits"])) is None


def test_the_end_of_a_run_names_the_first_and_the_table_holds_all(tmp_path, night):
    for number in range(12):
        make(f"{tmp_path}/results/solved/20250815/old_{number:02d}.fits")
    text = conclude(Jobs(night()))
    table = tmp_path / "results" / "plan" / "left_over.csv"
    assert f"12 products belong to no plan any more; nothing is deleted ({table})" in text
    assert "old_07.fits: no light of the plan becomes it" in text
    assert "old_08.fits" not in text
    assert "... and 4 more" in text
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [row["kind"] for row in rows] == ["solved"] * 12
    assert all(Path(row["path"]).exists() for row in rows)


def test_the_preview_names_what_is_left_over_since_a_run_may_have_nothing_to_do(tmp_path, night):
    assert "belong" not in summarise(night())
    text = summarise(night(exclude=["light_0002.fits"]))
    said = "2 products belong to no plan any more; nothing is deleted (a run writes "
    assert f"{said}{tmp_path}/results/plan/left_over.csv)" in text
    assert "/light_0002.fits: it is left out by the config key exclude (light_0002.fits)" in text
    assert not (tmp_path / "results" / "plan").exists()


def test_a_table_is_emptied_and_none_is_begun_where_nothing_is_left_over(tmp_path):
    write_left_over([], tmp_path / "none.csv")
    assert not (tmp_path / "none.csv").exists()
    (tmp_path / "old.csv").write_text("path,kind,why\nx.fits,solved,y\n")
    write_left_over([], tmp_path / "old.csv")
    assert (tmp_path / "old.csv").read_text() == "path,kind,why\n"
