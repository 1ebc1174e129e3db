"""The tables of the plan: every choice with its distances, every refusal with both readings."""

import csv

import pytest

from frames import write_frame, write_night
from plateworks.report.associations import refusals
from plateworks.report.plantables import COLUMNS, write_tables


@pytest.fixture
def rows_of(tmp_path):
    def read(plan, table):
        write_tables(plan, tmp_path / "plan")
        with open(tmp_path / "plan" / f"{table}.csv", newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))

    return read


def slots_of(rows, frame):
    return {row["slot"]: row for row in rows if row["frame"].endswith(frame)}


def refused(rows, slot):
    return {
        (row["candidate"].rsplit("/", 1)[-1], row["field"], row["wanted"], row["found"])
        for row in rows
        if row["slot"] == slot
    }


def test_every_table_is_written_with_its_columns(tmp_path, planned):
    write_night(tmp_path / "raw")
    write_tables(planned(), tmp_path / "plan")
    for table, columns in COLUMNS.items():
        head = (tmp_path / "plan" / f"{table}.csv").read_text().splitlines()[0]
        assert head == ",".join(columns)


def test_a_choice_tells_how_far_the_master_is_from_the_light(tmp_path, planned, rows_of):
    raw = write_night(tmp_path / "raw", lights=0)
    write_frame(
        raw / "light.fits", "LIGHT", exptime=90.0, filter="L", rotatang=10.5,
        set_temp=-9.0, ccd_temp=-9.0, date_obs="2025-08-17T20:01:30",
    )  # fmt: skip
    for i in range(3):
        write_frame(
            raw / f"flat_{i}.fits", "FLAT", exptime=2.0, filter="L", rotatang=359.9 + 10.0 - 360.0,
            date_obs=f"2025-08-15T19:0{i}:00",
        )  # fmt: skip
    slots = slots_of(rows_of(planned(), "associations"), "light.fits")
    dark, bias, flat = slots["dark"], slots["bias"], slots["flat"]
    assert float(dark["exposure_difference_s"]) == 30.0
    assert float(dark["temperature_difference_degC"]) == 1.0
    assert float(dark["gain_difference"]) == 0.0
    assert float(dark["age_days"]) == pytest.approx(2.0)
    assert dark["rotator_difference_deg"] == ""
    assert (float(dark["k"]), dark["level"]) == (1.5, "2")
    assert float(bias["temperature_difference_degC"]) == 1.0
    assert bias["exposure_difference_s"] == ""
    assert float(flat["rotator_difference_deg"]) == pytest.approx(0.6)
    assert flat["temperature_difference_degC"] == flat["exposure_difference_s"] == ""


def test_what_is_unknown_on_one_side_has_no_difference(tmp_path, planned, rows_of):
    raw = write_night(tmp_path / "raw", lights=0)
    write_frame(
        raw / "light.fits", "LIGHT", exptime=60.0, filter="L", gain=None, set_temp=None,
        ccd_temp=None, date_obs="2025-08-15T22:00:00",
    )  # fmt: skip
    dark = slots_of(rows_of(planned(), "associations"), "light.fits")["dark"]
    assert dark["chosen"]
    assert dark["gain_difference"] == dark["temperature_difference_degC"] == ""


def test_a_bias_beside_a_dark_has_a_level_of_its_own(tmp_path, planned, rows_of):
    raw = write_night(tmp_path / "raw", lights=0)
    for i in range(3):
        write_frame(raw / f"bias_{i}.fits", "BIAS", exptime=0.0, date_obs=f"2025-01-01T20:0{i}:00")
    write_frame(raw / "l.fits", "LIGHT", exptime=90.0, filter="L", date_obs="2025-08-15T22:00:00")
    slots = slots_of(rows_of(planned(), "associations"), "l.fits")
    assert (slots["bias"]["level"], slots["dark"]["level"]) == ("1", "2")
    assert "226 days older" in slots["bias"]["reason"]


def test_a_candidate_worse_than_accepted_is_refused_by_its_level(tmp_path, planned, rows_of):
    write_night(tmp_path / "raw")
    raw = tmp_path / "raw"
    for i in range(3):
        write_frame(raw / f"warm_{i}.fits", "DARK", exptime=60.0, set_temp=5.0, ccd_temp=5.0)
    rows = rows_of(planned(), "refusals")
    assert refused(rows, "dark") == {
        (
            "dark_60s_p5c_20250815.fits", "level", "at most 2",
            "3 (temperature 5 instead of -10 degC)",
        )
    }  # fmt: skip
    assert {row["setting"] for row in rows} == {"matching.accept_level"}
    assert not rows_of(planned(matching={"accept_level": 3}), "refusals")


def test_bias_alone_is_named_among_the_refused_darks(tmp_path, planned, rows_of):
    raw = write_night(tmp_path / "raw")
    for path in raw.glob("dark_*.fits"):
        path.unlink()
    assert refused(rows_of(planned(), "refusals"), "dark") == {
        ("bias_m10c_20250815.fits", "level", "at most 2", "3 (bias alone, no dark)")
    }


def test_a_worse_but_acceptable_candidate_is_no_refusal(tmp_path, planned, rows_of):
    raw = write_night(tmp_path / "raw")
    for i in range(3):
        write_frame(raw / f"long_{i}.fits", "DARK", exptime=90.0)
    assert not rows_of(planned(), "refusals")
    dark = slots_of(rows_of(planned(), "associations"), "light_0000.fits")["dark"]
    assert dark["runner_up"].endswith("dark_90s_m10c_20250815.fits")


def test_a_set_of_too_few_frames_is_refused_as_a_candidate(tmp_path, planned, rows_of):
    raw = write_night(tmp_path / "raw")
    (raw / "dark_0.fits").unlink()
    rows = rows_of(planned(), "refusals")
    assert ("dark_60s_m10c_20250815.fits", "frames", "at least 3", "2") in refused(rows, "dark")
    assert "masters.min_frames" in {row["setting"] for row in rows}


def test_a_set_gives_the_reason_for_its_level(tmp_path, planned, rows_of):
    raw = write_night(tmp_path / "raw", flat_exposure=200.0)
    plan = planned()
    assert {row["reason"] for row in rows_of(plan, "sets")} == {""}
    for path in raw.glob("darkflat_*"):
        path.unlink()
    rows = {row["kind"]: row for row in rows_of(planned(), "sets")}
    assert (rows["flat"]["level"], rows["dark"]["level"]) == ("2", "0")
    why = "bias_m10c_20250815.fits: bias alone, which costs less than the darks there"
    assert rows["flat"]["reason"] == why


def test_flats_that_nothing_calibrates_are_refused_as_a_candidate(tmp_path, planned, rows_of):
    raw = write_night(tmp_path / "raw")
    for kind in ("bias", "darkflat", "dark"):
        for path in raw.glob(f"{kind}_*.fits"):
            path.unlink()
    [(candidate, field, _, found)] = refused(rows_of(planned(), "refusals"), "flat")
    assert (candidate, field) == ("flat_l_20250815.fits", "calibration")
    assert "no flat-dark, dark or bias matches this flat of 2 s" in found


def test_what_a_flat_left_out_is_refused_is_told(tmp_path, planned, rows_of):
    for i in range(3):
        when = f"2025-08-15T19:0{i}:00"
        flat = tmp_path / "raw" / f"flat_{i}.fits"
        write_frame(flat, "FLAT", exptime=2.0, filter="L", date_obs=when)
        write_frame(tmp_path / "raw" / f"dark_{i}.fits", "DARK", exptime=2.0, gain=5, date_obs=when)
    rows = rows_of(planned(), "refusals")
    assert refused(rows, "darkflat") == {("dark_2s_m10c_20250815.fits", "GAIN", "100.0", "5.0")}
    assert len(rows) == 1 and rows[0]["set"].endswith("flat_l_20250815")


def test_refusals_of_the_first_and_last_lights_are_those_of_all(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    for day in range(10, 27, 2):
        for i in range(3):
            write_frame(
                raw / f"flat_{day}_{i}.fits", "FLAT", exptime=2.0, filter="L",
                date_obs=f"2025-08-{day}T23:3{i}:00",
            )  # fmt: skip
    for hour in range(24):
        write_frame(
            raw / f"hourly_{hour}.fits", "LIGHT", exptime=60.0, filter="L",
            date_obs=f"2025-08-{16 + (hour > 12)}T{hour:02d}:30:00",
        )  # fmt: skip
    plan = planned(matching={"flat_max_age_days": 3.0, "accept_level": 0})
    plain = {
        (light.source.id, slot, one.path, one.field)
        for light in plan.lights
        for slot in ("bias", "dark", "flat")
        for one in plan.matcher.refusals(plan.need_of(light.frame), slot)
    }
    rows = [(source, slot, one.path, one.field) for source, slot, one in refusals(plan)]
    assert {row[3] for row in rows} == {"date", "level"}
    assert set(rows) == plain
    assert len(rows) == len(set(rows))
