"""Series: resumed, completed, never overwritten; on disk, without any device."""

import logging
import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from plateworks.camera.camera import Exposure
from plateworks.camera.programme import CameraSetup, PlannedSeries
from plateworks.camera.rawframe import Surroundings, make_header
from plateworks.camera.rawpaths import ASIDE, RawPaths
from plateworks.camera.series import Roll, fill
from plateworks.camera.settings import plan_settings
from plateworks.errors import PlateworksError
from plateworks.inventory.scan import scan
from plateworks.inventory.sources import Source
from plateworks.settings.capture import CaptureNames
from unit.camera.test_rawframe import ABILITIES

SERIES = PlannedSeries("dark", 5, CameraSetup(set_temperature=-10.0), 60.0)


def frames(temperatures=()):
    """Yield frames, each with its own pixels; temperatures beyond those given are -10."""
    warm = dict(enumerate(temperatures))
    for number in count():
        yield Exposure(
            pixels=np.full((40, 60), 500 + number, np.uint16),
            start=datetime(2025, 8, 15, 22, tzinfo=UTC) + timedelta(minutes=number),
            seconds=60.0,
            light=False,
            temperature=warm.get(number, -10.0),
            set_temperature=-10.0,
            cooler_power=40.0,
            full_range=65535,
        )


def header_of(series=SERIES):
    settings = plan_settings(ABILITIES)

    def make(exposure, number):
        return make_header(
            series.kind, exposure, None, ABILITIES, settings, 0.25, Surroundings(), 500.0,
            series.id, number,
        )  # fmt: skip

    return make


def plain(folder, night="20250815", **names):
    """Where frames lie: by the default, or where `names` says."""
    return RawPaths(folder, night, CaptureNames(**names))


def take(folder, series=SERIES, source=None, most=100, paths=None):
    """Run a series to its end, or until `most` frames were taken; return its roll."""
    roll = Roll(series, paths or plain(folder))
    source, reports = source or frames(), []

    def report(row, lacking):
        reports.append((row, lacking))
        if len(reports) == most:
            raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        fill(roll, source, header_of(series), lambda t: abs(t + 10) <= 0.5, report, 2)
    return roll


def test_an_interrupted_series_goes_on_where_it_stopped(tmp_path):
    first = take(tmp_path, most=2)
    assert [row.number for row in first.rows] == [1, 2]
    before = {row.path: Path(row.path).read_bytes() for row in first.rows}
    second = take(tmp_path)
    assert [row.number for row in second.rows] == [1, 2, 3, 4, 5]
    assert second.rows[:2] == first.rows
    assert {path: Path(path).read_bytes() for path in before} == before


def test_a_complete_series_takes_nothing(tmp_path):
    first = take(tmp_path)
    again = take(tmp_path, source=iter(()))
    assert again.rows == first.rows


def test_more_frames_are_added_to_a_series_that_is_to_have_more(tmp_path):
    take(tmp_path)
    more = take(tmp_path, PlannedSeries("dark", 7, SERIES.setup, 60.0))
    assert [row.number for row in more.rows] == [1, 2, 3, 4, 5, 6, 7]


def test_another_series_takes_frames_of_its_own_beside_it(tmp_path):
    take(tmp_path)
    other = take(
        tmp_path, PlannedSeries("dark", 5, CameraSetup(gain=5, set_temperature=-10.0), 60.0)
    )
    assert len(other.rows) == 5
    assert len(list(tmp_path.glob("20250815/DARK/*.fits"))) == 10


def test_a_frame_cut_short_is_set_aside_and_retaken(tmp_path, caplog):
    first = take(tmp_path)
    victim = Path(first.rows[2].path)
    victim.write_bytes(victim.read_bytes()[:3000])
    with caplog.at_level(logging.WARNING):
        again = take(tmp_path)
    assert [row.number for row in again.rows] == [1, 2, 4, 5, 6]
    assert "not intact" in caplog.text
    (aside,) = (tmp_path / "20250815" / "DARK" / ASIDE).iterdir()
    assert aside.stat().st_size == 3000


def test_frames_of_a_wrong_temperature_are_set_aside_and_retaken(tmp_path):
    roll = take(tmp_path, source=frames([-10.0, -7.0, -8.0, -10.2]))
    assert [row.temperature_degC for row in roll.rows] == [-10.0, -10.2, -10.0, -10.0, -10.0]
    assert len(list((tmp_path / "20250815" / "DARK" / ASIDE).glob("*.fits"))) == 2
    found = scan([Source(str(tmp_path))], tmp_path / "cache.json")
    assert (len(found.frames), found.rejects) == (5, ())


def test_a_sensor_that_stays_too_warm_ends_the_series_and_keeps_the_frames(tmp_path):
    with pytest.raises(PlateworksError, match=r"3 frames in a row.*-7\.0 .*wanted -10"):
        take(tmp_path, source=frames([-10.0, -7.0, -7.0, -7.0]))
    assert [row.number for row in Roll(SERIES, plain(tmp_path)).rows] == [1]


def test_a_camera_that_gives_one_image_again_and_again_is_flagged_also_in_a_later_run(tmp_path):
    noise = np.random.default_rng(2).normal(500, 5, (40, 60)).astype(np.uint16)

    def stuck():
        for number, exposure in enumerate(frames()):
            yield replace(exposure, pixels=noise if number else noise + 1)

    def said(roll):
        return [row.flags for row in roll.manifest()]

    twin = "not a new image: its pixels are those of frame 2, to the last"
    assert said(take(tmp_path, source=stuck(), most=3)) == ["", "", twin]
    assert said(take(tmp_path, source=stuck()))[:3] == ["", "", twin]


def test_what_a_killed_writer_left_is_neither_counted_nor_in_the_way(tmp_path):
    roll = take(tmp_path, most=2)
    last = Path(roll.rows[1].path)
    next_one = last.name.replace("0002.fits", "0003.fits")
    last.with_name(f".{next_one}.0123abcd.part").write_bytes(b"SIMPLE")
    assert len(take(tmp_path).rows) == 5
    assert not list(tmp_path.glob("20250815/DARK/.*.part"))
    assert len(scan([Source(str(tmp_path))], tmp_path / "cache.json").frames) == 5


# --- names of other forms ------------------------------------------------------------------------

DARKS = "darks/exp_{exposure_s:.3f}s/dark_{start}_{n:03d}.fits"


def test_frames_lie_where_the_template_says_and_an_interrupted_series_goes_on(tmp_path):
    paths = plain(tmp_path, dark=DARKS)
    first = take(tmp_path, most=2, paths=paths)
    assert [row.path for row in first.rows] == [
        f"{tmp_path}/darks/exp_60.000s/dark_20250815_220{minute}00_00{minute + 1}.fits"
        for minute in (0, 1)
    ]
    second = take(tmp_path, paths=paths)
    assert second.rows[:2] == first.rows
    assert [row.number for row in second.rows] == [1, 2, 3, 4, 5]


def test_two_series_under_names_of_one_form_never_share_a_number(tmp_path):
    paths = plain(tmp_path, dark=DARKS)
    take(tmp_path, paths=paths)
    other = PlannedSeries("dark", 2, CameraSetup(gain=5, set_temperature=-10.0), 60.0)
    assert [row.number for row in take(tmp_path, other, paths=paths).rows] == [6, 7]
    assert [row.number for row in take(tmp_path, other, paths=paths).rows] == [6, 7]
    assert len(list(tmp_path.glob("darks/exp_60.000s/*.fits"))) == 7


def test_each_night_has_frames_of_its_own_where_names_do_not_tell_nights(tmp_path):
    take(tmp_path, paths=plain(tmp_path, dark=DARKS))
    later = take(tmp_path, paths=plain(tmp_path, night="20250816", dark=DARKS))
    assert [row.number for row in later.rows] == [6, 7, 8, 9, 10]
    assert fits.getval(later.rows[0].path, "SESSION") == "20250816"


def test_frames_of_others_are_neither_counted_nor_moved_nor_in_the_way(tmp_path):
    folder = tmp_path / "darks" / "exp_60.000s"
    folder.mkdir(parents=True)
    (folder / "dark_20250729_143022_001.fits").write_bytes(b"no frame at all")
    fits.writeto(folder / "dark_20250729_143022_002.fits", np.zeros((4, 4), np.uint16))
    before = {path: path.read_bytes() for path in folder.iterdir()}
    roll = take(tmp_path, paths=plain(tmp_path, dark=DARKS))
    assert [row.number for row in roll.rows] == [3, 4, 5, 6, 7]
    assert {path: path.read_bytes() for path in before} == before


def test_what_a_filter_or_a_target_is_called_stays_within_its_part_of_the_path(tmp_path):
    series = PlannedSeries("light", 1, CameraSetup(), 60.0, "../H[a]*", "../../M 39")
    paths = plain(tmp_path / "[raw]", light="{session}/{object}/{filter}_{n}.fits")
    header = header_of(series)(next(frames()), 1)
    header["FILTER"] = "../H[a]*"
    path = paths.path(series, header)
    assert re.fullmatch(
        r"\[raw\]/20250815/M-39-\w{4}/H-a-\w{4}_1\.fits", str(path)[len(str(tmp_path)) + 1 :]
    )
    path.parent.mkdir(parents=True)
    path.touch()
    assert paths.existing(series) == [path]
    assert not paths.is_free(series, 1) and paths.is_free(series, 2)
