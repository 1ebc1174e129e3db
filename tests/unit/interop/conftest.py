"""A stand-in for the program PixInsight."""

from pathlib import Path

import pytest

from pixinsightprogram import write_pixinsight


@pytest.fixture
def pixinsight(tmp_path) -> Path:
    """An executable that stands in for PixInsight."""
    return write_pixinsight(tmp_path)
