"""The trends of a setup: which masters and lights tell of it, and what the maintenance log says."""

from types import SimpleNamespace

import pytest

from frames import settings, write_frame, write_night
from plateworks.jobs.defects import DefectTables
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.nights import Nights
from plateworks.jobs.trends import TrendTables
from plateworks.orders.trends import TrendOrder
from plateworks.planning.run import plan_run
from plateworks.records import record_of


@pytest.fixture
def tables(tmp_path):
    """The trends of a night with a dark of a library, and one without a date."""
    raw = write_night(tmp_path / "raw")
    library = tmp_path / "library"
    write_frame(library / "old.fits", "Master Dark", exptime=60.0, date_obs="2025-06-01T22:00:00")
    write_frame(library / "undated.fits", "Master Dark", exptime=30.0, date_obs=None)
    log = tmp_path / "log.csv"
    log.write_text(
        "2025-07-01T13:00:00,ASI2600MM,New filter\n2025-07-02T02:00:00,ASI2600MM\n"
        "2025-07-03T02:00:00,QHY5\n"
    )
    plan = plan_run(
        settings(
            raw, tmp_path / "results", library=str(library),
            matching={"maintenance_log": str(log)},
        ),
        rescan=True,
    )  # fmt: skip
    jobs = Jobs(plan)
    return TrendTables(jobs, Nights(jobs, jobs.solved_files()), DefectTables(jobs))


def order_of(tables):
    [table] = tables.tables()
    setup = SimpleNamespace(setup=table.rpartition("/")[2].removesuffix(".csv"))
    return setup, record_of(TrendOrder, tables.order(setup).data, "The order")


def test_masters_of_all_nights_and_libraries_tell_of_their_setup(tables):
    _, order = order_of(tables)
    told = [(one.kind, one.night) for one in order.masters]
    night = "20250815"
    assert told[0] == ("dark", "20250601")
    assert sorted(told[1:]) == [(kind, night) for kind in ("bias", "dark", "darkflat", "flat")]
    [flat] = [one for one in order.masters if one.kind == "flat"]
    assert (flat.filter, flat.exposure, flat.temperature) == ("l", None, None)
    assert order.pixels == 32 * 24


def test_lights_are_named_by_night_and_filter_as_their_table_has_them(tables):
    setup, order = order_of(tables)
    [lights] = order.lights
    assert (lights.night, lights.filter) == ("20250815", "l")
    assert lights.frames == ("light_0000", "light_0001", "light_0002")
    files = tables.files(setup)
    assert lights.table in files and order.defects in files
    assert not any("library" in one for one in files)  # what is found is no input


def test_entries_of_the_log_on_this_camera_are_told_by_the_first_night_behind_them(tables):
    _, order = order_of(tables)
    assert [one.night for one in order.upkeep] == ["20250701", "20250701"]
    assert order.upkeep[0].words == "maintenance of 2025-07-01T13:00:00 (New filter)"
    assert order.bounds == ("flat",)
