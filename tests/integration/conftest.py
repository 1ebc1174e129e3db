"""What the tests with real frames need beside the project: indexes and engines."""

from pathlib import Path

import pytest

from plateworks.sky import engines
from plateworks.sky.engines import embedded
from plateworks.sky.engines.indexes import find_indexes

#: Series of Debian's Tycho-2 indexes that the real frames need.
TYCHO = ("07", "08", "09", "11", "15", "16")


@pytest.fixture(scope="module", params=list(engines.ENGINES))
def engine(request):
    """Each engine by name; one that cannot run here is skipped by name."""
    if lack := engines.ENGINES[request.param].lack():
        pytest.skip(f"the engine {request.param} needs {lack}")
    yield request.param
    embedded.stop()


@pytest.fixture(scope="session")
def tycho():
    """Debian's indexes, where the engines look for them."""
    names = " ".join(Path(index.path).name for index in find_indexes())
    missing = [series for series in TYCHO if f"tycho2-{series}" not in names]
    if missing:
        pytest.skip(f"Debian's astrometry-data-tycho2 is not installed (series {missing})")
