"""Which series the targets consist of."""

import csv

import pytest

from plateworks.camera.manifest import Row
from plateworks.camera.programme import (
    bias_series,
    dark_series,
    flat_series,
    flatdark_series,
    light_series,
    missing_series,
)
from plateworks.errors import ConfigError
from plateworks.report.gaps import Gap
from plateworks.settings.capture import Capture
from unit.camera.scene import capture_settings


def flat(filter_name, seconds):
    return Row(
        "f.fits", "flat", "id", 1, filter_name, seconds, "", 1.0, 1.0, 1, 1, 1.0, 0.0, None, None
    )


def test_the_guides_defaults_hold():
    capture = Capture()
    assert [(s.count, s.seconds) for s in dark_series(capture)] == [
        (40, 2.5), (40, 5.0), (40, 10.0), (40, 20.0),
    ]  # fmt: skip
    assert [(s.count, s.seconds) for s in bias_series(capture)] == [(40, 0.001)]
    assert [(s.count, s.seconds, s.filter) for s in flat_series(capture)] == [(40, None, None)]


def test_darks_are_science_exposures_times_factors_within_limits_each_once(tmp_path):
    darks = {"science_exposure_time": {"L": 20, "Ha": 40}, "exposure_factors": [1.0, 2.0, 0.00001]}
    capture = capture_settings(tmp_path, filters=["L", "Ha"], darks=darks)
    assert [s.seconds for s in dark_series(capture)] == [20, 40]


def test_a_science_exposure_beyond_the_limits_is_refused(tmp_path):
    capture = capture_settings(tmp_path, darks={"science_exposure_time": 300})
    with pytest.raises(ConfigError, match=r"300 s .*max_exposure 60"):
        dark_series(capture)


def test_a_filter_without_science_exposure_is_named(tmp_path):
    capture = capture_settings(
        tmp_path, filters=["L", "Ha"], darks={"science_exposure_time": {"L": 20}}
    )
    with pytest.raises(ConfigError, match="no exposure for the filter Ha"):
        light_series(capture)


def test_flats_and_lights_have_a_series_for_each_filter(tmp_path):
    capture = capture_settings(
        tmp_path, filters=["L", "Ha"], darks={"science_exposure_time": {"L": 20, "Ha": 40}}
    )
    assert [s.filter for s in flat_series(capture)] == ["L", "Ha"]
    assert [(s.filter, s.seconds) for s in light_series(capture)] == [("L", 20), ("Ha", 40)]


def test_flat_darks_are_taken_once_at_each_exposure_that_the_flats_have(tmp_path):
    rows = [flat("L", 1.5), flat("L", 1.5), flat("R", 1.5), flat("Ha", 9.25)]
    series = flatdark_series(capture_settings(tmp_path), rows)
    assert [(s.kind, s.count, s.seconds) for s in series] == [
        ("darkflat", 3, 1.5), ("darkflat", 3, 9.25),
    ]  # fmt: skip


def test_flat_darks_for_a_twilight_are_taken_at_its_longest_exposure(tmp_path):
    rows = [flat("L", 0.1 * 1.1**i) for i in range(20)] + [flat("Ha", 4.0)]
    series = flatdark_series(capture_settings(tmp_path), rows)
    assert [s.seconds for s in series] == pytest.approx([0.1 * 1.1**19, 4.0])


def test_a_changed_setting_makes_another_series_and_a_changed_count_does_not(tmp_path):
    (one,) = bias_series(capture_settings(tmp_path))
    (more,) = bias_series(capture_settings(tmp_path, bias={"num_bias": 60}))
    assert one.id == more.id
    for change in ({"gain": 5}, {"offset": 1}, {"binning": 2}, {"cooling": {"target": -5}}):
        (other,) = bias_series(capture_settings(tmp_path, **change))
        assert other.id != one.id


GAP = Gap(
    kind="dark", camera="Test", width=60, height=40, xbin=2, ybin=2, gain=100.0, offset=50.0,
    readout_mode="Normal", set_temp_degC=-10.0, exposure_s=300.0, filter=None, telescope=None,
    rotator_deg=None, frames=20, lights=5, refused=5, level_now=None, level_then=0,
    nights="20250815", reason="no dark",
)  # fmt: skip


def test_what_the_plan_misses_is_taken_as_the_plan_says_flats_first(tmp_path):
    gaps = [GAP, GAP._replace(kind="flat", filter="Ha", exposure_s=None), GAP._replace(kind="bias")]
    table = tmp_path / "missing.csv"
    with open(table, "w", newline="") as stream:
        csv.writer(stream).writerows([Gap._fields, *gaps])
    flats, dark, bias = missing_series(capture_settings(tmp_path), table)
    assert (flats.kind, flats.filter, flats.seconds, flats.count) == ("flat", "Ha", None, 20)
    assert flats.setup.set_temperature == -10.0
    assert (dark.kind, dark.seconds, dark.count) == ("dark", 300.0, 20)
    assert (dark.setup.gain, dark.setup.offset, dark.setup.binning) == (100, 50, 2)
    assert (dark.setup.readout_mode, dark.setup.set_temperature) == ("Normal", -10.0)
    assert (bias.kind, bias.seconds) == ("bias", 0.001)
    assert {one.size for one in (flats, dark, bias)} == {(60, 40)}
