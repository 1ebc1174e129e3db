"""What ``snakemake --list`` says of the rules."""

import re

import pytest

from frames import write_night
from workflow import snakemake

BATCH = re.compile(r"^(calibrate|solve)_\d.*")


def listed(folder, option="--list", **masters):
    """List the rules: name -> what is said of it, batches under what stands before their name."""
    write_night(folder / "raw", lights=3)
    run = snakemake(folder, option, "--config", "raw=raw", f"masters={masters}")
    assert run.code == 0, run.text
    lines = re.findall(r"^(\w+)(?: \((.+)\))?$", run.text, re.M)
    return {BATCH.sub(r"\1", name): said for name, said in lines}


@pytest.mark.parametrize("engine", ["native", "pixinsight"])
def test_every_rule_is_listed_with_a_sentence_of_its_own_about_the_frames_it_makes(
    tmp_path, engine
):
    rules = listed(tmp_path, engine=engine)
    assert {"plan", "master_dark", "capture_darks", "calibrate", "solve", "all"} <= set(rules)
    assert not [name for name, said in rules.items() if not said.endswith(".")]
    assert len(set(rules.values())) == len(rules)
    for name, said in rules.items():
        if made := re.fullmatch(r"(?:master|capture)_(bias|dark|flat|light)s?", name):
            assert re.search("bias|dark|flat|light", said)[0] == made[1]


def test_a_target_is_listed_with_the_same_sentence(tmp_path):
    targets = listed(tmp_path, "--list-target-rules")
    assert "master_dark" not in targets
    assert targets["masters"] == (
        "All master bias, dark, flat-dark and flat frames, and models of the dark."
    )
