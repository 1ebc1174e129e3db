"""The command of one round of a watch."""

import sys

from plateworks.watch import command

SNAKEMAKE = [sys.executable, "-m", "snakemake"]


def test_files_settle_and_frames_have_jobs_of_their_own():
    assert command(["--cores", "2"], 10.0) == [
        *SNAKEMAKE, "--cores", "2", "--config", "settle_s=10", "frames_per_job=1",
    ]  # fmt: skip


def test_the_user_has_the_last_word():
    assert command(["calibrated", "--config", "raw=raw", "settle_s=3", "-k"], 10.0) == [
        *SNAKEMAKE, "calibrated",
        "--config", "settle_s=10", "frames_per_job=1", "raw=raw", "settle_s=3", "-k",
    ]  # fmt: skip
