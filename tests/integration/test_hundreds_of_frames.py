"""Hundreds of small lights of three nights, from raw frames to solved ones."""

from datetime import timedelta

import pytest

from exposed import EVENING, expose_night
from workflow import Run, snakemake

NIGHTS = (134, 133, 133)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of the run, and what it said."""
    folder = tmp_path_factory.mktemp("hundreds")
    for day, lights in enumerate(NIGHTS):
        expose_night(folder / "raw" / f"{day}", lights, EVENING + timedelta(days=day))
    return folder, snakemake(folder, "--config", "raw=raw")


def test_every_frame_is_calibrated_and_has_its_answer_from_the_solver(made):
    folder, run = made
    assert run.code == 0, run.text
    for stage in ("calibrated", "solved"):
        counts = [
            len(list(night.iterdir())) for night in sorted((folder / "results" / stage).iterdir())
        ]
        assert tuple(counts) == NIGHTS
    assert len((folder / "results/report/solved.csv").read_text().splitlines()) == 401


def test_progress_is_logged_in_frames_up_to_the_last(made):
    folder, _ = made
    lines = (folder / "results" / "logs" / "progress.log").read_text().splitlines()
    assert "calibrated " in lines[0] and " of 400 · " in lines[0]
    done = "calibrated 400 of 400 · solved 0 of 400 (400 without solution)"
    assert done in lines[-1]
    assert any(line.endswith(" left") for line in lines)


def test_there_is_nothing_left_to_do(made):
    folder, _ = made
    again: Run = snakemake(folder, "-n", "--config", "raw=raw")
    assert "Nothing to be done" in again.text
