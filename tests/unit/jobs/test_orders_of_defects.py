"""The defects of a setup: what tells of them, and what shows other pixels and is left out."""

from types import SimpleNamespace

from frames import settings, write_frame
from plateworks.jobs.defects import DefectTables
from plateworks.jobs.jobs import Jobs
from plateworks.planning.run import plan_run


def test_a_master_whose_pixels_lie_otherwise_is_left_out_and_named(tmp_path):
    for night, pattern in (("2025-08-14", "GBRG"), ("2025-08-15", "RGGB")):
        for minute in range(3):
            write_frame(
                tmp_path / "raw" / f"{night}_{minute}.fits", "DARK", exptime=60.0,
                bayerpat=pattern, date_obs=f"{night}T20:{minute:02d}:00",
            )  # fmt: skip
    plan = plan_run(settings(tmp_path / "raw", tmp_path / "results"), rescan=True)
    tables = DefectTables(Jobs(plan))
    [table] = tables.tables()
    setup = table.rpartition("defects_")[2].removesuffix(".csv")
    order = tables.order(SimpleNamespace(setup=setup)).data
    [source], [apart] = order["sources"], order["apart"]
    assert "20250815" in source["path"]
    assert "20250814" in apart and "BAYERPAT GBRG, not RGGB" in apart
