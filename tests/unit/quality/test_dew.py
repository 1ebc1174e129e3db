"""What dew takes, by the course of a night over all its fields and filters."""

import numpy as np
import pytest

from measurednights import Weather, judged_night
from plateworks.quality.dew import Loss, dew

MJD = 61041.7 + np.arange(120) * 3 / 1440
HOURS = np.arange(120) / 20


def settled(hours, begin=2.0):
    """Ln of light that dew takes, from some hour on."""
    return 0.2 * np.clip(hours - begin, 0, None)


def in_fields(lost, noise=0.01):
    """The same in three fields one after the other, each beside its own best light."""
    group = np.repeat([0, 1, 2], 40)
    beside = lost + np.random.default_rng(1).normal(0, noise, len(lost))
    return Loss(beside - np.array([beside[group == one].min() for one in range(3)])[group], group)


def test_a_field_that_begins_when_dew_has_settled_lacks_what_it_never_showed():
    lost, width = settled(HOURS), np.log(3) + 0.4 * settled(HOURS)
    losses = [in_fields(lost)]
    assert np.abs(dew(MJD, losses, width) - lost).max() < 0.06
    first = losses[0].lost[80]
    assert first < 0.05


def test_clouds_that_come_and_go_are_no_dew():
    lost = 0.6 * np.sin(HOURS) ** 2
    assert np.isnan(dew(MJD, [in_fields(lost)], np.log(3) + 0.4 * lost)).all()


@pytest.mark.parametrize("hours", [0.0, 1 / 60])
def test_a_sudden_loss_is_no_dew(hours):
    lost = np.where(HOURS - hours > 2, 0.5, 0.0)
    assert np.isnan(dew(MJD, [Loss(lost, np.zeros(120, int))], np.log(3) + 0.2 * lost)).all()


@pytest.mark.parametrize("cloud", [(0.5, 0.3, 1.0, 0.9, 0.8, 0.9), (0.3, 0.9, 0.4, 0.7, 1.0, 0.6)])
def test_a_cloud_in_which_a_field_ends_is_no_dew_on_those_that_follow(cloud):
    # No field shows both sides of it, so that all that follow might lack as much.
    lost, noise = np.zeros(120), np.random.default_rng(2).normal(0, 0.01, (2, 120))
    lost[40 - len(cloud) : 40] = cloud
    group = np.repeat([0, 1, 2], 40)
    assert np.isnan(dew(MJD, [Loss(lost + noise[0], group)], np.log(3) + noise[1])).all()


def test_without_times_or_losses_nothing_is_said():
    nothing = Loss(np.full(120, np.nan), np.zeros(120, int))
    assert np.isnan(dew(MJD, [nothing], np.zeros(120))).all()
    assert np.isnan(dew(np.full(120, np.nan), [in_fields(settled(HOURS))], np.zeros(120))).all()


def test_dewy_lights_of_all_fields_are_named_and_those_before_are_good():
    weather = Weather(3, dew=(1.5, 4.5), seeing=2.8, breath=0.06)
    lights = judged_night(4, weather=weather, most=160)
    assert lights.field.nunique() > 5
    assert (lights.cause[lights.truth == "dew"] == "dew").mean() > 0.9
    assert set(lights.cause[lights.truth == ""]) == {""}
