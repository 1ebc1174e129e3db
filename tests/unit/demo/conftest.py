"""Small nights, taken once."""

from dataclasses import replace

import pytest

from plateworks.demo.frames import DrawnObservatory
from plateworks.demo.night import HA, L, Night
from plateworks.demo.rawnight import write_night
from plateworks.demo.sensor import Sensor


@pytest.fixture(scope="session")
def tiny_night() -> Night:
    """Three frames of each kind, 96 x 64 pixels."""
    return Night(
        sensor=Sensor(width=96, height=64, hot_fraction=5e-3, dead_fraction=1e-3),
        bands=(replace(L, lights=3), replace(HA, lights=3)),
        biases=3,
        darks=3,
        flats=3,
        darkflats=3,
    )


@pytest.fixture(scope="session")
def tiny_folder(tiny_night, tmp_path_factory):
    """Its files: ``raw/`` and ``truth/``."""
    folder = tmp_path_factory.mktemp("tiny")
    write_night(tiny_night, folder)
    return folder


@pytest.fixture(scope="session")
def observatory() -> DrawnObservatory:
    """A camera large enough for statistics, and a field of a dozen stars."""
    return DrawnObservatory(Night(sensor=Sensor(width=300, height=200)))
