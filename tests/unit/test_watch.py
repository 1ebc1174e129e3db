"""A watch: the command of one round, and how it ends."""

import signal
import sys

import pytest

from blocked import blocked, said_to_the_end
from plateworks.watch import command

ROUND_OF = [sys.executable, "-m", "plateworks.round"]

#: Stands in for Snakemake: a round with a job, both of which wait for what never comes.
ROUND = r"""
import os, subprocess, sys
job = subprocess.Popen([sys.executable, "-c", r"import os; os.write(1, b'job\n'); input()"])
os.write(1, b"round\n")
job.wait()
"""
STUBBORN = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + ROUND

EVERY = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def test_files_settle_frames_have_jobs_of_their_own_and_the_page_renews_itself():
    assert command(["--cores", "2"], 1.5, 60.0) == [
        *ROUND_OF, "--cores", "2",
        "--config", "settle_s=1.5", "wait_s=60", "renew_s=10", "frames_per_job=1",
    ]  # fmt: skip


def test_the_user_has_the_last_word():
    assert command(["calibrated", "--config", "raw=raw", "settle_s=3", "-k"], 10.0, 0.0) == [
        *ROUND_OF, "calibrated", "--config", "settle_s=10", "wait_s=0", "renew_s=10",
        "frames_per_job=1", "raw=raw", "settle_s=3", "-k",
    ]  # fmt: skip


def test_all_rounds_but_the_first_wait_for_files(tmp_path):
    (tmp_path / "snakemake.py").write_text("import sys; print(sys.argv[-3], flush=True)")
    with blocked(["-m", "plateworks.watch", "--every", "7"], path=[tmp_path]) as watch:
        assert [watch.stdout.readline() for _ in range(3)] == ["wait_s=0\n", *["wait_s=7\n"] * 2]
        told = watch.stderr.readline()
        watch.send_signal(signal.SIGINT)
        said_to_the_end(watch)
    assert told.endswith("next look when files are new, or in 7 s\n")


@pytest.mark.parametrize("number", EVERY)
def test_a_signal_ends_the_watch_its_round_and_the_jobs_of_that(tmp_path, number):
    (tmp_path / "snakemake.py").write_text(ROUND)
    with blocked(["-m", "plateworks.watch"], path=[tmp_path]) as watch:
        assert {watch.stdout.readline() for _ in range(2)} == {"round\n", "job\n"}
        watch.send_signal(number)
        said = said_to_the_end(watch)
    assert watch.returncode == 0 and said.endswith(f"watch: ended by {number.name}\n")


def test_a_round_that_is_still_loading_ends_without_a_word(tmp_path):
    loading = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('loaded')"
    (tmp_path / "snakemake.py").write_text(loading)
    with blocked(["-m", "plateworks.round"], path=[tmp_path]) as running:
        assert running.communicate() == ("", "")
    assert running.returncode == 128 + signal.SIGINT


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_watch_in_the_background_ends_too(tmp_path, number):
    (tmp_path / "snakemake.py").write_text(ROUND)
    ignored = [signal.SIGINT, signal.SIGHUP]
    with blocked(["-m", "plateworks.watch"], ignored=ignored, path=[tmp_path]) as watch:
        assert {watch.stdout.readline() for _ in range(2)} == {"round\n", "job\n"}
        watch.send_signal(number)
        said_to_the_end(watch)
    assert watch.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_watch_from_which_signals_were_held_back_ends_with_its_round(tmp_path, number):
    (tmp_path / "snakemake.py").write_text(ROUND)
    held = [signal.SIGINT, signal.SIGTERM]
    with blocked(["-m", "plateworks.watch"], path=[tmp_path], held=held) as watch:
        assert {watch.stdout.readline() for _ in range(2)} == {"round\n", "job\n"}
        watch.send_signal(number)
        said_to_the_end(watch)
    assert watch.returncode == 0


#: A round that shows what a file says of the plan, if it is news, and ends well.
NEWS = """
from pathlib import Path
from plateworks.news import is_news, keep
text = Path("plan").read_text()
if is_news(text):
    print(text, flush=True)
keep(text)
"""


def test_rounds_with_nothing_new_say_one_line(tmp_path):
    (tmp_path / "snakemake.py").write_text(NEWS)
    (tmp_path / "plan").write_text("3 frames")
    arguments = ["-m", "plateworks.watch", "--every", "0"]
    with blocked(arguments, folder=tmp_path, path=[tmp_path]) as watch:
        assert watch.stdout.readline() == "3 frames\n"
        assert watch.stderr.readline().startswith("watch: all is made that can be")
        assert watch.stderr.readline().startswith("watch: nothing new; next look")
        (tmp_path / "part").write_text("4 frames")
        (tmp_path / "part").rename(tmp_path / "plan")
        assert watch.stdout.readline() == "4 frames\n"
        watch.send_signal(signal.SIGTERM)
        said_to_the_end(watch)


def test_a_round_that_does_not_listen_is_killed_after_a_while(tmp_path):
    (tmp_path / "snakemake.py").write_text(STUBBORN)
    code = "from plateworks import watch; watch.GRACE_S = 0.2; watch.main()"
    with blocked(["-c", code], path=[tmp_path]) as watch:
        assert {watch.stdout.readline() for _ in range(2)} == {"round\n", "job\n"}
        watch.send_signal(signal.SIGTERM)
        said_to_the_end(watch)
    assert watch.returncode == 0


@pytest.mark.parametrize("number", EVERY)
def test_a_watch_that_waits_for_its_next_round_ends_at_once(tmp_path, number):
    (tmp_path / "snakemake.py").write_text("raise SystemExit(1)")
    code = "from plateworks import watch; watch.LEAST_S = 1e6; watch.main()"
    with blocked(["-c", code], path=[tmp_path]) as watch:
        assert watch.stderr.readline().startswith("watch: not all could be made; next look in")
        watch.send_signal(number)
        assert said_to_the_end(watch) == f"watch: ended by {number.name}\n"
    assert watch.returncode == 0
