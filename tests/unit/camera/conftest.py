"""A camera that misbehaves on demand, and the simulator."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from observatory.clock import fast_clock
from observatory.misbehaving import Misbehaving, misbehaving
from observatory.simulator import Simulator, run_simulator
from plateworks.camera.camera import Camera
from plateworks.camera.waiting import Clock, Deadlines


@pytest.fixture
def pixels() -> np.ndarray:
    """A frame wider than high, each pixel with a value of its own, the corners marked."""
    frame = np.arange(1000, 1000 + 8 * 12, dtype=np.uint16).reshape(8, 12)
    frame[0, 0], frame[0, -1], frame[-1, 0] = 1, 2, 3
    return frame


@pytest.fixture
def clock() -> Clock:
    return fast_clock()


@pytest.fixture
def server(pixels, clock) -> Iterator[Misbehaving]:
    with misbehaving(pixels, clock) as one:
        yield one


@pytest.fixture
def limits() -> Deadlines:
    """Waiting costs nothing on the fast clock; what the machine itself does must not take long."""
    return Deadlines(request=2.0, connect=2.0)


@pytest.fixture
def camera(server, limits, clock) -> Iterator[Camera]:
    with Camera.open(server.address, 0, limits, clock) as one:
        yield one


@pytest.fixture(scope="session")
def simulator(root, tmp_path_factory) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("simulator")
    with run_simulator(folder, root / "config" / "demo" / "stars.csv") as one:
        yield one
