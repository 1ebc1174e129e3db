"""A program for tests that stands in for PixInsight."""

import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def write_pixinsight(folder: Path) -> Path:
    """Write an executable in its own folder; a file ``behaviour`` there tells it how to fail."""
    if shutil.which("node") is None:
        pytest.skip("the stand-in for PixInsight needs the program node")
    folder = folder / "Pix Insight"
    folder.mkdir()
    for name in ("pixinsight.py", "pixinsight.js"):
        shutil.copyfile(ROOT / "tests" / name, folder / name)
    binary = folder / "PixInsight"
    binary.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{folder}/pixinsight.py" "$@"\n')
    binary.chmod(0o755)
    return binary
