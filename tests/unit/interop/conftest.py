"""A stand-in for the program PixInsight, and frames to integrate."""

import shutil
import sys
from pathlib import Path

import pytest

from frames import ROOT


@pytest.fixture
def pixinsight(tmp_path) -> Path:
    """An executable that stands in for PixInsight; what it shall do stands in ``behaviour``."""
    folder = tmp_path / "Pix Insight"
    folder.mkdir()
    shutil.copyfile(ROOT / "tests" / "pixinsight.py", folder / "standin.py")
    binary = folder / "PixInsight"
    binary.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{folder}/standin.py" "$@"\n')
    binary.chmod(0o755)
    return binary
