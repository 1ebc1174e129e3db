"""The turnoff of noise, by flats of several levels, held against that of a simulated sensor."""

import numpy as np
import pytest

from plateworks.pixels.cfa import MONO, MOSAIC
from plateworks.pixels.flats import level, scale_rows
from plateworks.pixels.fullwell import full_well_of
from plateworks.pixels.photontransfer import LevelFlat
from sensors import Sensor

WELL = 20_000  # electrons, and ADU
LEVELS = (0.05, 0.1, 0.2, 0.4, 0.7, 0.85, 0.95, 1.0, 1.05, 1.2)


def sensor(**changes):
    return Sensor(**{"egain": 1.0, "full_well": WELL, "width": 200, "height": 160, **changes})


def series(camera, levels=LEVELS, each=2, lamp=None):
    found = []
    for part in levels:
        for flat in camera.flat(part * camera.full_well, each, lamp=lamp):
            light = (flat - camera.maps.bias).astype(np.float32)
            at = level(light, cell=MOSAIC if camera.bayer else MONO)
            found.append(LevelFlat(scale_rows(light, 1 / at), at, np.inf))
    return found


@pytest.mark.parametrize("bayer", [None, "RGGB"])
@pytest.mark.parametrize("faults", [{}, {"bleeding": True}, {"hot": 200, "flickering": 200}])
def test_noise_turns_down_where_wells_are_full(faults, bayer):
    camera = sensor(bayer=bayer, **faults)
    found = full_well_of(series(camera))
    assert found.reached and 0 < found.error < 0.02 * WELL
    assert found.level == pytest.approx(camera.turnoff, rel=0.02)
    assert found.level < WELL


@pytest.mark.parametrize(("egain", "full"), [(2.0, 10_000), (0.2, 65_035)])
def test_what_is_full_first_is_told_well_or_converter(egain, full):
    camera = sensor(egain=egain)
    found = full_well_of(series(camera, (0.1, 0.2, 0.3, 0.5, 0.6, 0.63, 0.8, 0.95, 1)))
    assert found.reached
    assert found.level == pytest.approx(camera.turnoff, rel=0.02)
    assert found.level < full


def test_a_gap_between_levels_is_the_error():
    even = sensor(vignetting=0.0)
    found = full_well_of(series(even, (0.1, 0.2, 0.4, 0.8, 1.2)))
    assert found.reached
    assert found.level - found.error == pytest.approx(0.8 * WELL, rel=0.015)
    assert found.level + found.error == pytest.approx(WELL, rel=0.015)


def test_what_is_not_reached_lies_higher_than_the_brightest_flat():
    found = full_well_of(series(sensor(), (0.1, 0.2, 0.4, 0.8)))
    assert not found.reached and found.error is None
    assert found.level == pytest.approx(0.8 * WELL, rel=0.03)


@pytest.mark.parametrize(
    ("levels", "each", "lamp"),
    [
        ((0.1, 0.2, 0.4), 2, None),
        ((0.5, 0.6, 0.7, 0.8), 2, None),
        ((0.1, 0.2, 0.4, 0.8, 1.2), 1, None),
        ((0.1, 0.2, 0.4, 0.8), 2, (1.0, 0.9)),
    ],
    ids=["few levels", "levels that lie near", "one of each", "a lamp that drifts"],
)
def test_what_is_no_series_tells_nothing(levels, each, lamp):
    assert full_well_of(series(sensor(), levels, each, lamp)) is None


def test_flats_of_one_level_and_none_at_all_tell_nothing():
    assert full_well_of([]) is None
    assert full_well_of(series(sensor(), (0.5,), 6)) is None
