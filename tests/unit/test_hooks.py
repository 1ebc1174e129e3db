"""The hooks before a commit run what ``make lint`` runs."""

import re
import subprocess
import sys

import yaml

from frames import ROOT

HOOKS = ROOT / ".pre-commit-config.yaml"


def test_the_hooks_are_the_parts_of_make_lint():
    parts = re.search(r"^lint: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    hooks = [hook for source in yaml.safe_load(HOOKS.read_text("utf-8"))["repos"]
             for hook in source["hooks"]]  # fmt: skip
    assert [hook["entry"] for hook in hooks] == [f"make {part}" for part in parts[1].split()]


def test_pre_commit_accepts_the_hooks():
    command = [sys.executable, "-m", "pre_commit", "validate-config", str(HOOKS)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
