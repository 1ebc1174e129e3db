"""What is about to expire is asked for before it does."""

import pytest

from frames import write_frame, write_lights, write_night
from plateworks.csvtable import write_table
from plateworks.errors import PlateworksError
from plateworks.quality.expiry import Expiry
from plateworks.report.gaps import read_gaps
from plateworks.report.missing import missing
from plateworks.report.plantables import write_tables
from plateworks.report.preview import summarise
from plateworks.report.trendtable import write_expiries

WHY = "dark rate: 2 % a week, 10 % are borne"


@pytest.fixture
def ending(tmp_path, planned):
    """Tell when the masters of a night expire, as trends do; return the plan then."""
    write_night(tmp_path / "raw")

    def plan(until, *kinds, but="never", **changes):
        found = planned()
        rows = [
            Expiry(one.kind, "", "20250815", until if ends else "", WHY, one.path)
            for one in found.matcher.masters
            for ends in [one.kind in kinds and but not in one.path]
        ]
        folder = f"{found.settings.results}/report/cameras"
        write_expiries(rows, f"{folder}/one_expiry.csv")
        return planned(**changes)

    return plan


def test_a_dark_that_expires_within_days_is_asked_for_with_the_reason(tmp_path, ending):
    plan = ending("20250820", "dark")
    [gap] = missing(plan)
    assert (gap.kind, gap.exposure_s, gap.set_temp_degC) == ("dark", 60.0, -10.0)
    assert (gap.lights, gap.refused, gap.level_now, gap.level_then) == (3, 0, 0, 0)
    assert (gap.expires, gap.urgent) == ("20250820", True)
    assert gap.reason == f"expires on 2025-08-20: {WHY}"
    assert "dark for 60 s at −10 °C, gain 100  3 lights  exact until 2025-08-20" in summarise(plan)
    write_tables(plan, tmp_path / "plan")
    [read] = read_gaps(tmp_path / "plan" / "missing.csv")
    assert (read.expires, read.title, read.frames) == (gap.expires, gap.title, 20)


def test_what_lasts_longer_is_not_unless_the_user_looks_farther_ahead(ending):
    assert missing(ending("20250830", "dark", "flat")) == []
    plan = ending("20250830", "dark", "flat", expiry={"days_ahead": 20})
    assert [gap.kind for gap in missing(plan)] == ["dark", "flat"]


def test_what_no_light_has_is_not_asked_for(ending):
    assert missing(ending("20250816", "bias", "darkflat")) == []


@pytest.mark.parametrize(
    ("until", "taken", "asked"),
    [
        ("20250820", "2025-08-17", []),  # taken since the lights, which have the old one
        ("20250820", "2025-08-14", ["dark"]),
        ("20250815", "2025-08-14", ["dark"]),
    ],
)
def test_what_was_captured_since_is_not_asked_for_again(tmp_path, ending, until, taken, asked):
    for i in range(3):
        write_frame(
            tmp_path / "raw" / f"new_{i}.fits", "DARK", exptime=60.0, date_obs=f"{taken}T20:0{i}:00"
        )
    gaps = missing(ending(until, "dark", but=taken.replace("-", "")))
    assert [gap.kind for gap in gaps] == asked


def test_what_served_earlier_lights_is_not_asked_for_where_later_ones_have_another(
    tmp_path, ending
):
    for i in range(3):
        write_frame(
            tmp_path / "raw" / f"new_{i}.fits", "DARK",
            exptime=60.0, date_obs=f"2025-08-25T20:0{i}:00",
        )  # fmt: skip
    write_lights(tmp_path / "raw", date_obs="2025-08-25T23:00:00")
    plan = ending("20250825", "dark", but="20250825")
    assert len({one.dark.master.path for one in plan.lights}) == 2
    assert not any(gap.expires for gap in missing(plan))


def test_a_camera_that_is_used_no_more_asks_for_nothing(tmp_path, ending):
    plan = ending("20250816", "dark")
    assert [gap.kind for gap in missing(plan)] == ["dark"]
    other = {"instrume": "QHY600", "date_obs": "2025-12-01T23:00:00"}
    write_lights(tmp_path / "raw", name="other", **other)
    assert not any(gap.expires for gap in missing(ending("20250816", "dark")))


def test_the_plan_is_another_where_something_expires_and_the_same_where_nothing_does(ending):
    usual, later = ending(""), ending("20300101", "dark")
    assert usual.digest == later.digest != ending("20250816", "dark").digest


def test_a_table_that_is_none_is_named(tmp_path, ending, planned):
    plan = ending("20250816", "dark")
    table = f"{plan.settings.results}/report/cameras/one_expiry.csv"
    write_table(table, ("master", "until"), [("dark.fits", "20250816")])
    with pytest.raises(PlateworksError, match=r"one_expiry\.csv is not the table"):
        planned()
