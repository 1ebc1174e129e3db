"""A real Slurm: the products are those of this computer alone, whatever is killed on the way."""

import shutil
import sys
import time

import pytest

from smallnight import SETTINGS
from night import reduce
from workflow import ROOT

PROFILE = [
    "--workflow-profile", str(ROOT / "profiles" / "slurm"), 
    "--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "20",
]  # fmt: skip


def test_x(slurm, night, tmp_path):
    t=time.time()
    shutil.copytree(night.folder / "raw", tmp_path / "raw")
    made = reduce(tmp_path, *PROFILE, **SETTINGS)
    print(made.run.text, time.time()-t)
    assert made.run.code==0
