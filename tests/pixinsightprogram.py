"""A program for tests that stands in for PixInsight."""

import os
import shutil
import signal
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


def close(binary: Path) -> None:
    """End the program, which must have stayed open after its script."""
    mark = binary.parent / "open"
    os.kill(int(mark.read_text()), signal.SIGTERM)
    mark.unlink()
