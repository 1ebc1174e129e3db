"""Whole targets with a camera that may misbehave: what is exposed, kept, retaken, and said."""

import csv
import logging
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from observatory.faults import DRIVER, drop, error, image, value
from observatory.misbehaving import CAMERA_ERROR
from plateworks.camera.faults import CameraFailed
from plateworks.camera.manifest import read_manifest
from plateworks.camera.search import LightError
from plateworks.camera.sequence import carry_out, collect
from plateworks.errors import ConfigError, PlateworksError
from plateworks.inventory.scan import scan
from plateworks.inventory.sources import Source
from plateworks.orders.capture import CaptureOrder
from plateworks.settings.site import Site
from unit.camera.scene import Scene, capture_settings
from unit.camera.test_programme import GAP

SITE = Site(longitude=11.25, latitude=47.5)


@pytest.fixture
def pixels():
    return np.full((40, 60), 500, np.uint16)


@pytest.fixture
def scene(server):
    return Scene(server)


@pytest.fixture
def run(tmp_path, server, limits, clock, scene):
    """Carry a target out; return the rows of its manifest."""

    def carry(target, source=None, **changes):
        capture = capture_settings(tmp_path, **{"address": server.address} | changes)
        manifest = tmp_path / f"{target}.csv"
        order = CaptureOrder(target=target, night="20250815", capture=capture, site=SITE)
        carry_out(order, manifest, source, limits=limits, clock=clock)
        return read_manifest(manifest)

    return carry


def exposures(server):
    """Return what was exposed: seconds, and whether to light."""
    started = [values for _, name, values in server.calls if name == "startexposure"]
    return [(float(v["Duration"]), v["Light"] == "True") for v in started]


def raw_frames(tmp_path):
    found = scan([Source(str(tmp_path / "raw"))], tmp_path / "scan.json")
    assert not found.rejects
    return found.frames


# --- safety ------------------------------------------------------------------------------------


def test_nothing_is_connected_or_exposed_unless_armed(run, server, tmp_path):
    with pytest.raises(ConfigError, match=r"capture\.armed is false"):
        run("bias", armed=False)
    assert server.calls == []
    assert not (tmp_path / "bias.csv").exists()


@pytest.mark.parametrize("key", ["address", "camera", "raw_dir"])
def test_what_is_not_configured_is_named(run, server, key):
    with pytest.raises(ConfigError, match=rf"capture\.{key} is not set"):
        run("bias", **{key: None})
    assert server.calls == []


def test_bias_and_darks_keep_the_shutter_shut(run, server):
    run("bias")
    run("darks", darks={"science_exposure_time": 2.0, "exposure_factors": [1.0]})
    assert not any(light for _, light in exposures(server))


def test_the_cover_is_closed_for_darkness_and_opened_for_lights(run, server):
    run("bias")
    assert server.devices["covercalibrator"]["coverstate"] == 1
    assert server.count("opencover") == 0
    run("lights", lights={"num_lights": 1})
    assert server.devices["covercalibrator"]["coverstate"] == 3


def test_a_panel_is_dark_at_the_end_also_when_flats_fail(run, server, scene):
    scene.rate = 1e9
    with pytest.raises(LightError, match="too bright"):
        run("flats")
    assert server.devices["covercalibrator"]["calibratorstate"] == 1


# --- series ------------------------------------------------------------------------------------


def test_a_series_is_taken_and_understood_by_the_scan(run, tmp_path):
    rows = run("bias", gain=120)
    frames = raw_frames(tmp_path)
    assert [row.path for row in rows] == [frame.path for frame in frames]
    assert [(f.kind, f.camera, f.gain, f.exposure) for f in frames] == [
        ("bias", "Moody Camera", 120, 0.001)
    ] * 3
    assert [row.flags for row in rows] == [""] * 3
    assert (frames[0].site_lat, frames[0].site_lon) == (47.5, 11.25)


def test_a_complete_series_is_not_connected_to_again(run, server, tmp_path):
    rows = run("bias")
    (tmp_path / "bias.csv").unlink()
    server.calls.clear()
    assert run("bias", armed=False) == rows
    assert server.calls == []


def test_a_changed_setting_leaves_the_frames_of_before(run, tmp_path):
    before = {row.path: Path(row.path).read_bytes() for row in run("bias", gain=100)}
    run("bias", gain=200)
    assert len(raw_frames(tmp_path)) == 6
    assert {path: Path(path).read_bytes() for path in before} == before


def test_darks_with_light_in_them_are_flagged_by_the_bias_level_of_the_night(run, scene):
    scene.dark = 1000.0
    rows = run("darks", darks={"science_exposure_time": 2.0, "exposure_factors": [1.0]})
    assert all(row.flags.startswith("light leak? median ") for row in rows)
    assert all(row.flags.endswith(" ADU above the bias level") for row in rows)


def test_what_another_camera_misses_is_left_out(run, server, tmp_path):
    ours = GAP._replace(xbin=1, ybin=1, exposure_s=2.0, set_temp_degC=None, readout_mode=None)
    theirs = ours._replace(exposure_s=3.0, width=6248, height=4176)
    table = tmp_path / "plan" / "missing.csv"
    table.parent.mkdir()
    with open(table, "w", newline="") as stream:
        csv.writer(stream).writerows([GAP._fields, ours, theirs])
    rows = run("missing", table)
    assert {(row.kind, row.exposure_s) for row in rows} == {("dark", 2.0)}
    assert len(rows) == ours.frames


# --- faults ------------------------------------------------------------------------------------


def test_lost_frames_are_retaken_and_the_series_completes(run, server, caplog):
    server.once("camerastate", *[value(0)] * 2, value(CAMERA_ERROR))
    with caplog.at_level(logging.WARNING):
        rows = run("bias")
    assert [row.number for row in rows] == [1, 2, 3]
    assert "The frame is retaken" in caplog.text


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("startexposure", error(DRIVER)),
        ("imagearray", drop),
        ("imagearray", image(np.zeros((40, 60), np.uint16), keep=500)),
        ("imagearray", image(np.zeros((40, 60), np.uint16), shape=(60_000, 40_000))),
        ("imagearray", image(np.zeros((40, 60), np.uint16), rank=7)),
    ],
)
def test_one_fault_costs_no_frame_of_the_series(run, server, scene, name, fault):
    """A driver's error; a download that ends at once, in its midst, or is absurd."""
    answers = iter([fault])
    honest = scene.show if name == "imagearray" else None

    if honest is None:
        server.once(name, fault)
    else:
        server.always(name, lambda request: next(answers, honest)(request))
    rows = run("bias")
    assert [row.number for row in rows] == [1, 2, 3]
    assert all(450 < row.median < 550 for row in rows)


def test_a_camera_that_loses_every_frame_ends_with_a_sentence_and_the_frames_so_far(
    run, server, tmp_path, scene
):
    answers = iter([scene.show] * 3)  # the level without light, and two frames
    server.always("imagearray", lambda request: next(answers, drop)(request))
    with pytest.raises(CameraFailed, match=r"3 frames in a row were lost.*run the same target"):
        run("bias", retakes=2)
    assert not (tmp_path / "bias.csv").exists()
    assert len(raw_frames(tmp_path)) == 2
    server.always("imagearray", scene.show)
    assert [row.number for row in run("bias")] == [1, 2, 3]


def test_a_server_that_goes_away_for_good_ends_with_a_sentence(run, server, tmp_path, scene):
    shown = iter(range(3))

    def show(request):
        if next(shown, None) is None:
            server.always("camerastate", drop)
        scene.show(request)

    server.always("imagearray", show)
    with pytest.raises(CameraFailed, match=r"has not answered"):
        run("bias", bias={"num_bias": 10})
    kept = len(raw_frames(tmp_path))
    assert kept >= 2
    server.heal("camerastate")
    server.always("imagearray", scene.show)
    rows = run("bias", bias={"num_bias": 10})
    assert len({row.path for row in rows}) == len(raw_frames(tmp_path)) == 10


# --- flats -------------------------------------------------------------------------------------


def test_flats_begin_with_the_last_trial_at_the_exposure_that_gives_the_level(run, server, scene):
    rows = run("flats", filters=["Ha"], filterwheel=0)
    lit = [seconds for seconds, light in exposures(server) if light]
    assert len(lit) - 3 <= 3  # trials beside the flats themselves
    assert {row.exposure_s for row in rows} == {lit[-1]}
    assert all(0.45 < row.median / 65535 < 0.55 for row in rows)
    assert [(row.filter, row.flags) for row in rows] == [("Ha", "")] * 3
    assert server.devices["filterwheel"]["position"] == 1


def test_each_filter_has_its_flats_and_flat_darks_come_at_their_exposures(run, server, tmp_path):
    flats = run("flats", filters=["L", "Ha"], filterwheel=0)
    assert [row.filter for row in flats] == ["L"] * 3 + ["Ha"] * 3
    server.calls.clear()
    darks = run("flatdarks", tmp_path / "flats.csv", filters=["L", "Ha"], filterwheel=0)
    assert {row.exposure_s for row in darks} == {row.exposure_s for row in flats}
    assert {row.kind for row in darks} == {"darkflat"}
    assert not any(light for _, light in exposures(server))


def test_with_a_fixed_exposure_the_brightness_of_the_panel_is_searched(run, server):
    rows = run("flats", flats={"num_flats": 2, "flat_exposure_time": 4.0})
    assert {row.exposure_s for row in rows} == {4.0}
    assert all(0.45 < row.median / 65535 < 0.55 for row in rows)
    lit = [v["Brightness"] for _, name, v in server.calls if name == "calibratoron"]
    assert lit[-1] == "40"  # 32268 ADU in 4 s of 20,000 ADU/s


def test_twilight_flats_are_taken_with_the_cover_open_and_the_panel_dark(run, server, scene):
    scene.sky = 40_000.0
    rows = run("flats", flats={"num_flats": 3, "mode": "evening"})
    assert all(0.45 < row.median / 65535 < 0.55 for row in rows)
    assert server.devices["covercalibrator"]["coverstate"] == 3
    assert server.count("calibratoron") == 0
    assert len(exposures(server)) <= 3 + 4  # the level without light, and frames off the level


def test_a_flat_series_that_was_interrupted_begins_at_the_exposure_it_had(run, server):
    first = run("flats")
    server.calls.clear()
    rows = run("flats", flats={"num_flats": 5})
    assert rows[:3] == first
    assert [seconds for seconds, light in exposures(server) if light] == [first[0].exposure_s] * 2


def test_several_filters_without_a_wheel_are_refused(run):
    with pytest.raises(ConfigError, match=r"several filters, and capture\.filterwheel is null"):
        run("flats", filters=["L", "Ha"])


def test_one_filter_without_a_wheel_is_written_into_the_headers(run):
    rows = run("flats", filters=["UV/IR"])
    assert fits.getheader(rows[0].path)["FILTER"] == "UV/IR"


# --- the table of the night --------------------------------------------------------------------


def test_the_table_of_a_night_joins_its_manifests(run, tmp_path):
    rows = run("bias") + run("flats")
    collect([tmp_path / "bias.csv", tmp_path / "flats.csv"], tmp_path / "frames.csv")
    assert read_manifest(tmp_path / "frames.csv") == rows


def test_a_frame_that_is_gone_is_named(run, tmp_path):
    rows = run("bias")
    Path(rows[1].path).unlink()
    with pytest.raises(PlateworksError, match="1 captured frames are no longer there"):
        collect([tmp_path / "bias.csv"], tmp_path / "frames.csv")
