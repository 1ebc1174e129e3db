"""The campaign as a whole: its parts make all of it, and what is not reached is named."""

import os
import subprocess
import sys
import time

from torture import __main__ as campaign
from torture.kinds import KINDS
from torture.nights import KEPT
from torture.trial import Trial
from workflow import ROOT


def test_the_parts_make_all_trials_that_are_asked_for():
    parts = campaign.parts_of(list(KINDS))
    for name, kind in KINDS.items():
        assert sum(part.count for part in parts if part.kind == name) == kind.whole
    asked = {name: kind.whole for name, kind in KINDS.items()}
    assert asked["kills"] >= 200 and asked["full disks"] >= 15 and asked["malformed files"] >= 500
    assert asked["configurations"] >= 250 and asked["camera faults"] >= 60


def endless(folder, rng, count):
    while True:
        yield Trial("one more")


def test_a_part_ends_with_its_time_and_says_that_it_is_short(monkeypatch):
    monkeypatch.setitem(KINDS, "kills", KINDS["kills"]._replace(make=endless))
    part = campaign.Part("kills", 0, 20)
    assert campaign.make(part, 1, time.time() - 1)["trials"] == 0
    figures = campaign.make(part, 1, time.time() + 0.2)
    assert figures["short"] and figures["trials"] > 0


def test_a_part_within_its_time_is_whole_and_drawn_by_its_seed(monkeypatch):
    def three(folder, rng, count):
        yield from (Trial(str(rng.integers(10**9))) for _ in range(count))

    drawn = []
    for seed, number in ((1, 0), (1, 0), (1, 1), (2, 0)):
        monkeypatch.setitem(KINDS, "kills", KINDS["kills"]._replace(make=seen_by(three, drawn)))
        part = campaign.Part("kills", number, 3)
        figures = campaign.make(part, seed, time.time() + 60)
        assert figures["trials"] == 3 and not figures["short"]
    assert drawn[:3] == drawn[3:6]
    assert len(set(drawn)) == 9


def seen_by(make, drawn):
    def seen(*arguments):
        for trial in make(*arguments):
            drawn.append(trial.what)
            yield trial

    return seen


def test_a_campaign_that_is_cut_short_fails_and_names_what_it_did_not_reach(tmp_path):
    command = [sys.executable, "-m", "torture", "--seed", "1", "--minutes", "0", "flipped bits"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": "scripts:tests", KEPT: str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 1
    assert "flipped bits: not all were reached in 0 minutes: 0 trials of 300" in done.stdout
