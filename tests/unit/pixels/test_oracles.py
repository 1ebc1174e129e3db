"""Our figures of a camera beside those of others, by the same frames of a simulated sensor."""

import numpy as np
import pytest
from astropy import units
from ccdproc import CCDData, create_deviation, gain_correct

from oracles import by_emva1288, by_getframes
from plateworks.pixels.flats import level, scale_rows
from plateworks.pixels.fullwell import full_well_of
from plateworks.pixels.linearity import linearity_of
from plateworks.pixels.masternoise import noise_of_frame, scatter_of
from plateworks.pixels.photontransfer import LevelFlat, gain_of
from sensors import Sensor

PARTS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0, 1.05, 1.1)
#: As the others want it: without vignetting, lit by an even lamp that is constant.
SENSOR = Sensor(egain=0.8, read_noise=4.0, full_well=40_000, vignetting=0.0)


@pytest.fixture(scope="module")
def bias():
    return SENSOR.bias(2)


@pytest.fixture(scope="module")
def flats():
    return {part: SENSOR.flat(part * SENSOR.full_well, 2) for part in PARTS}


@pytest.fixture(scope="module")
def prepared(bias, flats):
    """The flats as they come to be measured by us, by their light."""
    found = {}
    for part, some in flats.items():
        lights = [(one - bias.mean(axis=0)).astype(np.float32) for one in some]
        found[part] = [LevelFlat(scale_rows(x, 1 / level(x)), level(x), np.inf) for x in lights]
    return found


@pytest.mark.parametrize("oracle", [by_emva1288, by_getframes])
def test_others_find_the_same_gain_read_noise_full_well_and_linearity(
    oracle, bias, flats, prepared
):
    theirs = oracle(bias, flats)
    dark = noise_of_frame(scatter_of(list(bias)))
    gain = gain_of([one for part in (0.3, 0.4, 0.5, 0.6) for one in prepared[part]], dark, 1.0)
    assert gain.value == pytest.approx(theirs.gain, rel=0.01)
    assert gain.value * dark.value == pytest.approx(theirs.read_noise, rel=0.02)
    every = [one for some in prepared.values() for one in some]
    assert full_well_of(every).level == pytest.approx(theirs.full_well, rel=0.02)
    times = [part for part, some in prepared.items() for _ in some]
    found = linearity_of(times, [float(one.levels.max()) for one in every])
    assert found.departure == pytest.approx(theirs.departure, abs=0.005)


@pytest.mark.parametrize("oracle", [by_emva1288, by_getframes])
def test_others_do_not_reach_the_full_well_where_we_do_not(oracle, bias, flats, prepared):
    fewer = {part: some for part, some in flats.items() if part < 0.9}
    assert oracle(bias, fewer).full_well is None
    found = full_well_of([one for part in fewer for one in prepared[part]])
    assert not found.reached and found.level == pytest.approx(0.8 * 50_000, rel=0.02)


def test_the_errors_of_ccdproc_are_right_by_our_gain_and_read_noise(bias, prepared):
    dark = noise_of_frame(scatter_of(list(bias)))
    gain = gain_of(prepared[0.5], dark, 1.0)
    one, other = (flat.light * flat.levels for flat in prepared[0.5])
    counted = gain_correct(CCDData(one, unit="adu"), gain.value * units.electron / units.adu)
    noise = gain.value * dark.value * units.electron
    stated = create_deviation(counted, readnoise=noise).uncertainty.array
    shown = np.std((one - other) * SENSOR.egain) / 2**0.5
    assert np.sqrt(np.mean(stated**2)) == pytest.approx(shown, rel=0.01)
