"""Fixtures for tests of whole plans."""

import pytest

from frames import settings
from plateworks.planning.run import plan_run


@pytest.fixture
def planned(tmp_path):
    """A function that plans the frames in tmp_path/raw."""

    def plan(raw=tmp_path / "raw", **changes):
        return plan_run(settings(raw, tmp_path / "results", **changes), rescan=True)

    return plan
