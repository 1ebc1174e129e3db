"""A program for tests that stands in for PixInsight."""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def write_pixinsight(folder: Path) -> Path:
    """Write an executable in its own folder; a file ``behaviour`` there tells it how to fail."""
    folder = folder / "Pix Insight"
    folder.mkdir()
    shutil.copyfile(ROOT / "tests" / "pixinsight.py", folder / "standin.py")
    binary = folder / "PixInsight"
    binary.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{folder}/standin.py" "$@"\n')
    binary.chmod(0o755)
    return binary
