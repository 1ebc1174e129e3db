"""Linearity and turnoff by levels against exposures."""

import numpy as np
import pytest

from plateworks.pixels.linearity import linearity_of
from sensors import Sensor

TIMES = [0.5, 1, 2, 3, 4, 6, 8, 10, 12]


def series(sensor, rate=4000.0, times=TIMES):
    dark = sensor.maps.bias
    return [float(np.median(sensor.flat(rate * t, exposure=t)[0] - dark)) for t in times]


def test_a_linear_sensor_has_no_turnoff_and_departs_by_little():
    found = linearity_of(TIMES, series(Sensor(egain=1.0, full_well=6e4)))
    assert found.turnoff is None and found.departure < 0.003
    assert found.top == pytest.approx(48_000, rel=0.05)


def test_a_full_well_is_where_levels_turn_off():
    found = linearity_of(TIMES, series(Sensor(egain=1.0, full_well=34_000, vignetting=0.0)))
    assert 24_000 < found.top < 34_100 <= found.turnoff * 1.01
    assert found.turnoff == pytest.approx(34_000, rel=0.01)


def test_what_bends_is_measured():
    bent = Sensor(egain=1.0, full_well=6e4, nonlinearity=0.03, vignetting=0.0)
    found = linearity_of(TIMES, series(bent))
    assert 0.001 < found.departure <= 0.01
    assert found.turnoff is None or found.turnoff > 20_000


def test_a_shutter_that_opens_slowly_bends_nothing():
    levels = series(Sensor(egain=1.0, full_well=6e4), times=[t - 0.05 for t in TIMES])
    assert linearity_of(TIMES, levels).departure < 0.003


@pytest.mark.parametrize(
    ("times", "levels"),
    [
        ([1, 2, 4], [1000, 2000, 4000]),
        ([2, 2.1, 2.2, 2.3], [2000, 2100, 2200, 2300]),
        ([1, 1, 2, 4, 8], [1000, 1050, 2000, 4000, 8000]),
        ([1, 2, 4, 8, 16], [9000, 9100, 8800, 9050, 9000]),
        ([None, None, None, None], [1000, 2000, 4000, 8000]),
    ],
    ids=["few", "short", "a lamp that drifts", "twilight", "unknown"],
)
def test_no_series_tells_nothing(times, levels):
    assert linearity_of(times, levels) is None
