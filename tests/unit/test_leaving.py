"""The last things that a process does, it does in the folder of its run."""

import os
import subprocess
import sys

from frames import ROOT

SCRIPT = """
import os
from pathlib import Path
from plateworks.leaving import at_exit

at_exit(lambda: (print("at the end"), Path("word").write_text("rested")))
os.chdir("..")
"""


def ended(script, folder):
    there = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    command = [sys.executable, "-c", script]
    return subprocess.run(
        command, cwd=folder, env=there, capture_output=True, text=True, timeout=60
    )


def test_what_is_left_to_do_is_done_where_the_run_was(tmp_path):
    (tmp_path / "night").mkdir()
    assert ended(SCRIPT, tmp_path / "night").stderr == ""
    assert (tmp_path / "night" / "word").read_text() == "rested"


def test_where_that_folder_is_gone_it_is_done_all_the_same(tmp_path):
    (tmp_path / "night").mkdir()
    gone = SCRIPT + "os.rmdir('night')\n"
    assert ended(gone, tmp_path / "night").stdout == "at the end\n"
