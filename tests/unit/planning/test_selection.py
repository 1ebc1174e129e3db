"""A part of an archive: what is planned, and that it is planned as in the whole."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from frames import settings, write_frame
from plateworks.errors import ConfigError
from plateworks.inventory.scan import scan
from plateworks.inventory.sources import Source
from plateworks.jobs.jobs import Jobs
from plateworks.orders.lights import LightOrder
from plateworks.planning.plan import build_plan
from plateworks.planning.selection import Selection
from plateworks.report.preview import remarks
from plateworks.settings.select import Select

NIGHTS = ("2025-08-15", "2025-08-16", "2025-08-20")


@pytest.fixture
def archive(tmp_path) -> Path:
    """Three nights: darks in the first alone, flats and lights in two filters in each."""
    raw = tmp_path / "raw"
    for i in range(3):
        write_frame(
            raw / f"dark_{i}.fits", "DARK", exptime=60.0, date_obs=f"{NIGHTS[0]}T20:0{i}:00"
        )
        write_frame(raw / f"bias_{i}.fits", "BIAS", exptime=0.0, date_obs=f"{NIGHTS[0]}T20:1{i}:00")
        for night in NIGHTS:
            for band in ("L", "Ha"):
                write_frame(
                    raw / night / f"flat_{band}_{i}.fits", "FLAT",
                    exptime=2.0, filter=band, date_obs=f"{night}T19:0{i}:00",
                )  # fmt: skip
                write_frame(
                    raw / night / band / f"light_{i}.fits", "LIGHT",
                    exptime=60.0, filter=band, object=f"M {i}", date_obs=f"{night}T22:0{i}:00",
                )  # fmt: skip
    return raw


def plan(archive: Path, dates: str | None = None, more: Mapping = MappingProxyType({}), **select):
    inventory = scan([Source(str(archive))], archive.parent / "scan.json")
    return build_plan(inventory, settings(archive, dates=dates, select=select, **more))


def ordered(one) -> dict[str, LightOrder]:
    lights = Jobs(one).calibration(one.to_calibrate).lights
    return {light.frame.raw: light for light in lights}


@pytest.mark.parametrize(
    ("select", "count"),
    [
        ({"sessions": ["20250816"]}, 6),
        ({"sessions": ["2025-08-16", 20250820]}, 12),
        ({"dates": "2025-08-16"}, 6),
        ({"dates": "20250816.."}, 12),
        ({"dates": "..2025-08-16", "sessions": ["20250816", "20250820"]}, 6),
        ({"filters": ["H-alpha"]}, 9),
        ({"targets": ["m 1"]}, 6),
        ({"cameras": ["ZWO ASI2600MM Pro"]}, 18),
        ({"sessions": ["20250816"], "filters": ["L"], "targets": ["M 0", "M 2"]}, 2),
        ({}, 18),
    ],
)
def test_the_lights_that_all_lists_name_are_planned(archive, select, count):
    selected = plan(archive, **select)
    assert len(selected.to_calibrate) == count
    assert selected.unselected == 18 - count


@pytest.mark.parametrize("select", [{"sessions": ["20250816"]}, {"filters": ["Ha"]}])
def test_a_selected_light_is_named_batched_and_matched_as_in_the_whole(archive, select):
    whole, part = plan(archive), plan(archive, **select)
    everything, selected = ordered(whole), ordered(part)
    assert selected
    assert all(everything[path] == order for path, order in selected.items())
    assert {
        name: batch for name, batch in whole.batches.items() if name in part.batches
    } == part.batches


def test_masters_are_those_that_the_lights_use_from_whatever_night(archive):
    selected = plan(archive, sessions=["20250816"], filters=["L"])
    assert {master.name for master in selected.to_make} == {
        "dark_60s_m10c_20250815", "bias_m10c_20250815", "flat_l_20250816",
    }  # fmt: skip
    paths = {frame.path for frame in selected.frames}
    assert not {path for path in paths if "2025-08-20" in path or "flat_Ha" in path}


def test_a_master_of_a_selected_night_that_cannot_be_made_is_told(archive):
    (archive / NIGHTS[1] / "flat_Ha_0.fits").unlink()
    refused = [m.name for m in plan(archive, sessions=["20250816"]).masters if m.refused]
    assert refused == ["flat_ha_20250816"]
    assert not [m for m in plan(archive, sessions=["20250820"]).masters if m.refused]


def test_files_set_aside_are_those_beside_the_frames_of_the_run(archive):
    for night in NIGHTS:
        (archive / night / "L" / "broken.fits").touch()
    [reject] = plan(archive, sessions=["20250816"]).rejects
    assert "2025-08-16" in reject.path


def test_a_selection_of_nothing_says_what_there_is(archive):
    with pytest.raises(ConfigError, match=r"select\.sessions: .*20250817.*20250815 to 20250820"):
        plan(archive, sessions=["20250817"])
    with pytest.raises(ConfigError, match=r"dates: 2025-09-01\.\.\).*20250815 to 20250820"):
        plan(archive, dates="2025-09-01..")


def test_an_empty_selection_takes_everything():
    assert not Selection(Select(), None)


def test_what_a_part_of_the_lights_changes_is_said(archive):
    more = {"names": {"calibrated": "c/{session}_{n:03d}.fits"}, "matching": {"best_flat": True}}
    said = " ".join(remarks(plan(archive, dates="2025-08-16", more=more)))
    assert "names.calibrated: {n} counts the selected lights alone" in said
    assert "matching.best_flat: flats are tried on the selected lights alone" in said
    assert "alone" not in " ".join(remarks(plan(archive, more=more)))
    assert "alone" not in " ".join(remarks(plan(archive, dates="2025-08-16")))
