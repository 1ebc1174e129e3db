"""What all tests share: the project's folder, real frames, and an end without leftovers."""

import os
import sys
from pathlib import Path

import hypothesis
import psutil
import pytest

import loaded
from presets.ledger import LEDGER

ROOT = Path(__file__).parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"

#: Set for every process that a test starts, and for those that they start.
MARK = "PLATEWORKS_TESTS"


def pytest_configure(config):
    """Let our modules be compiled once, and not by each of the hundreds of processes.

    Which lines of docs/coming-from.md are run is counted.
    """
    config.pluginmanager.register(LEDGER)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    # How long it takes to draw examples says how busy the computer is, and nothing of the code.
    slow = [hypothesis.HealthCheck.too_slow]
    # The same examples each time: a test that fails does so for what was changed.
    hypothesis.settings.register_profile(
        "repeatable", deadline=None, derandomize=True, suppress_health_check=slow
    )
    hypothesis.settings.load_profile("repeatable")


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left_running():
    """Fail where a process outlives the tests that started it."""
    os.environ[MARK] = mark = str(os.getpid())
    yield
    loaded.stop()
    # What solves keeps its engine until it ends itself, which is after this.
    if engine := sys.modules.get("plateworks.sky.engines.embedded"):
        engine.stop()
    _, left = psutil.wait_procs(_started(mark), timeout=10)
    what = [_described(process) for process in left]
    for process in left:
        process.kill()
    assert not what, "still running:\n" + "\n".join(what)


def _started(mark: str) -> set[psutil.Process]:
    """Return the processes that come from this one, those with another parent by now included."""
    found = set(psutil.Process().children(recursive=True))
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark:
                found.add(process)
        except psutil.Error:  # it is another user's, or has just ended
            continue
    return {process for process in found if process.pid != os.getpid()}


def _described(process: psutil.Process) -> str:
    try:
        return f"{process.pid}: {' '.join(process.cmdline())}"
    except psutil.Error:
        return str(process.pid)


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
