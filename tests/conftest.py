"""Fixtures that all tests share."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real frames, which are not part of the project."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder of real frames, ../shared/data, is not here")
    return SHARED_DATA
