"""Which masters are judged, and what their job is told of each."""

from frames import settings, write_frame
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.judging import Judging
from plateworks.planning.run import plan_run


def judging(folder, **more):
    return Judging(
        Jobs(plan_run(settings(folder / "raw", folder / "results", **more), rescan=True))
    )


def night(folder, date, kind, count=3, **cards):
    for minute in range(count):
        write_frame(
            folder / "raw" / f"{date}_{kind}_{minute}.fits", kind,
            date_obs=f"{date}T20:{minute:02d}:00", **cards,
        )  # fmt: skip


def test_masters_of_all_nights_are_told_in_the_order_of_time(tmp_path):
    night(tmp_path, "2025-08-15", "DARK", exptime=60.0)
    night(tmp_path, "2025-08-12", "DARK", exptime=60.0)
    night(tmp_path, "2025-08-15", "DARK ", exptime=120.0)
    night(tmp_path, "2025-08-15", "LIGHT", 1, exptime=60.0)
    job = judging(tmp_path, calibrate={"require": ["dark"]})
    told = job.order(None).data["masters"]
    assert [(one["night"], one["exposure"]) for one in told] == [
        ("20250812", 60.0), ("20250815", 120.0), ("20250815", 60.0),
    ]  # fmt: skip
    early, longer, late = told
    assert early["alike"] == late["alike"] != longer["alike"]
    assert job.files() == [one["path"] for one in told]
    assert "age" not in early and late["age"] == 0  # the light takes that of its night


def test_what_is_there_of_nights_that_are_not_selected_is_judged_too(tmp_path):
    for date in ("2025-08-12", "2025-08-15"):
        night(tmp_path, date, "DARK", exptime=60.0)
        night(tmp_path, date, "LIGHT", 1, exptime=60.0)
    every = judging(tmp_path).order(None).data["masters"]
    chosen = judging(tmp_path, dates="20250815")
    assert [one["night"] for one in chosen.order(None).data["masters"]] == ["20250815"]
    there = tmp_path / every[0]["path"]
    there.parent.mkdir(parents=True, exist_ok=True)
    there.write_bytes(b"made before")
    chosen = judging(tmp_path, dates="20250815")
    assert [one["night"] for one in chosen.order(None).data["masters"]] == ["20250812", "20250815"]
    assert chosen.files() == [every[1]["path"]]


def test_a_bias_of_one_level_is_no_measurement(tmp_path):
    night(tmp_path, "2025-08-15", "LIGHT", 1, exptime=60.0)
    assert judging(tmp_path, masters={"bias_level": 300.0}).order(None).data["masters"] == []
