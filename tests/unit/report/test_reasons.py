"""The preview says in words why products are made again."""

import os
import shutil

import pytest

from finished import BEGAN_NS, make, run
from frames import write_frame, write_night
from plateworks.report.ingredients import products
from plateworks.report.made import MadeOf
from plateworks.report.preview import summarise
from plateworks.report.reasons import reasons
from plateworks.report.standing import Standing
from plateworks.versions import ALGORITHMS


@pytest.fixture
def raw(tmp_path):
    return write_night(tmp_path / "raw")


def reasons_of(plan):
    return reasons(Standing(plan).outdated)


def write_flats(raw, day, count=3, name="late", darks=0):
    for i in range(count):
        write_frame(
            raw / f"{name}_{i}.fits", "FLAT",
            exptime=2.0, filter="L", date_obs=f"2025-08-{day}T20:{i:02d}:00",
        )  # fmt: skip


def write_darks(raw, day, count):
    for i in range(count):
        write_frame(
            raw / f"dark_{day}_{i}.fits", "DARK",
            exptime=60.0, date_obs=f"2025-08-{day}T20:{i:02d}:00",
        )  # fmt: skip


def test_a_first_run_has_no_reasons(raw, planned):
    assert reasons_of(planned()) == []


def test_what_was_made_as_it_is_planned_has_no_reasons(raw, planned):
    run(planned())
    assert reasons_of(planned()) == []
    assert "Changed since" not in summarise(planned())


def test_what_stays_by_the_users_word_is_not_said_to_be_made_again(raw, planned):
    run(planned())
    text = summarise(planned(masters={"rejection": {"high": 2.5}}, existing="keep"))
    assert "which are made again, but for those that stay (existing: keep):" in text


def test_a_setting_is_named_with_both_values_and_what_it_makes_again(raw, planned):
    run(planned())
    plan = planned(masters={"rejection": {"high": 2.5}})
    assert reasons_of(plan) == ["masters.rejection.high 3 → 2.5: 4 masters"]
    assert "  masters.rejection.high 3 → 2.5: 4 masters\n" in summarise(plan)


def test_a_method_concerns_the_masters_of_its_kind_alone(raw, planned):
    run(planned())
    assert reasons_of(planned(masters={"method": {"dark": "mean"}})) == [
        "masters.method.dark auto → mean: 1 master"
    ]


def test_settings_of_lights_and_of_solving_are_told_apart(raw, planned):
    run(planned())
    changed = planned(
        cosmetic={"method": "mean"}, solve={"sip_order": 3}, calibrate={"egain": 1.25}
    )
    assert reasons_of(changed) == [
        "calibrate.egain null → 1.25: 3 calibrated lights",
        "cosmetic.method median → mean: 1 bad-pixel mask, 3 calibrated lights, 1 master",
        "solve.sip_order auto → 3: 3 solved frames",
    ]


def test_a_version_that_makes_products_otherwise_is_named(raw, planned, monkeypatch):
    run(planned())
    monkeypatch.setitem(ALGORITHMS, "calibrate", ALGORITHMS["calibrate"] + 1)
    old, new = ALGORITHMS["calibrate"] - 1, ALGORITHMS["calibrate"]
    assert reasons_of(planned()) == [
        f"step calibrate of Plateworks {old} → {new}: 3 calibrated lights"
    ]


def test_parameters_of_cosmic_rays_count_where_these_are_looked_for(raw, planned):
    run(planned())
    assert reasons_of(planned(cosmics={"sigclip": 9.0})) == []
    run(planned(calibrate={"cosmic_rays": True}), began=100)
    changed = planned(calibrate={"cosmic_rays": True}, cosmics={"sigclip": 9.0})
    [line] = reasons_of(changed)
    assert line.startswith("cosmics.sigclip ") and line.endswith(" → 9: 3 calibrated lights")


def test_new_and_withdrawn_frames_of_a_master_are_counted(raw, planned):
    write_flats(raw, 15, 4)
    run(planned())
    (raw / "late_0.fits").unlink()
    (raw / "late_1.fits").unlink()
    write_flats(raw, 15, 1, name="more")
    write_frame(raw / "dark_9.fits", "DARK", exptime=60.0, date_obs="2025-08-15T20:30:30")
    lines = [line for line in reasons_of(planned()) if "noise" not in line]
    assert [line.rpartition(": ")[2] for line in lines] == [
        "1 new dark",
        "1 new flat, 2 flats gone",
    ]


def test_frames_in_another_folder_are_the_same(raw, planned):
    run(planned())
    shutil.move(raw, raw.parent / "elsewhere")
    assert reasons_of(planned(raw=raw.parent / "elsewhere")) == []


def test_frames_under_other_names_are_the_same(raw, planned):
    run(planned())
    (raw / "dark_1.fits").rename(raw / "0001.fits")
    assert reasons_of(planned()) == []


def test_frames_that_are_others_under_their_names_are_counted(raw, planned):
    run(planned())
    for name in ("dark_0", "dark_1", "flat_0", "light_0001"):
        data = bytearray((raw / f"{name}.fits").read_bytes())
        data[2880] ^= 1
        (raw / f"{name}.fits").write_bytes(data)
    write_frame(raw / "dark_9.fits", "DARK", exptime=60.0, date_obs="2025-08-15T20:30:30")
    lines = [line for line in reasons_of(planned()) if "noise" not in line]
    assert [line.rpartition(": ")[2] for line in lines] == [
        "1 calibrated light",
        "1 new dark, 2 darks with other data",
        "1 flat with other data",
    ]
    assert lines[0].startswith("other data in raw frames: ")


def test_lights_that_get_another_flat_are_one_line(raw, planned):
    for path in raw.glob("flat_*.fits"):
        path.unlink()
    write_flats(raw, "06", name="early")
    write_flats(raw, 15, name="late")
    late = [raw / f"late_{i}.fits" for i in range(3)]
    texts = [path.read_bytes() for path in late]
    for path in late:
        path.unlink()
    run(planned())
    for path, text in zip(late, texts, strict=True):
        path.write_bytes(text)
    [line] = reasons_of(planned())
    assert line.startswith("3 lights get flat_l_20250815 instead of flat_l_20250806")
    assert line.endswith("error of the flat −24 %, good → exact")


def test_flats_of_a_later_night_take_no_place_for_little(raw, planned):
    for path in raw.glob("flat_*.fits"):
        path.unlink()
    write_flats(raw, "11", 6, name="before")
    run(planned())
    write_flats(raw, "18", 6, name="later")
    assert reasons_of(planned()) == []
    write_flats(raw, "16", 4, name="next")
    assert reasons_of(planned()) == []


def test_flats_of_a_later_night_that_are_clearly_better_say_so(raw, planned):
    for path in raw.glob("flat_*.fits"):
        path.unlink()
    write_flats(raw, "11", 6, name="before")
    run(planned())
    write_flats(raw, "16", 9, name="next")
    [line] = reasons_of(planned())
    assert line == (
        "3 lights get flat_l_20250816 instead of flat_l_20250811: "
        "error of the flat −32 %, good → exact"
    )


def test_a_flat_that_gets_a_flat_dark_says_what_that_is_worth(raw, planned):
    for path in raw.glob("darkflat_*.fits"):
        path.unlink()
    run(planned())
    for i in range(20):
        when = f"2025-08-15T19:{i:02d}:30"
        write_frame(raw / f"darkflat_{i}.fits", "DARKFLAT", exptime=2.0, date_obs=when)
    [line] = reasons_of(planned())
    assert line.startswith("flat_l_20250815 gets darkflat_2s")
    assert " instead of bias" in line and ": noise −" in line


@pytest.mark.parametrize(("before", "said"), [(5, []), (3, ["noise −11 %"])])
def test_darks_of_a_later_night_change_what_the_noise_says(raw, planned, before, said):
    for path in raw.glob("dark_*.fits"):
        path.unlink()
    write_darks(raw, "14", before)
    run(planned())
    write_darks(raw, "16", 20)
    worth = [line.partition(": ")[2] for line in reasons_of(planned())]
    assert worth == said


def test_lights_whose_dark_gets_another_factor_name_both(raw, planned):
    for path in raw.glob("dark_*.fits"):
        path.unlink()
    for i in range(3):
        when = f"2025-08-15T20:{i:02d}:30"
        write_frame(raw / f"longer_{i}.fits", "DARK", exptime=96.0, date_obs=when)
    run(planned())
    [line] = reasons_of(planned(matching={"dark_scale": "optimise"}))
    assert line.startswith("3 lights get the same dark with K fitted instead of 0.625")


def test_a_product_that_is_gone_or_was_changed_by_hand_has_no_reason(raw, planned):
    run(planned())
    changed = planned(masters={"flat_target": 1000.0}, solve={"sip_order": 3})
    one, other, *_ = [product.path for product in products(changed) if product.kind == "solved"]
    os.unlink(one)
    make(other, 50)
    assert "solve.sip_order auto → 3: 1 solved frame" in reasons_of(changed)


def test_what_a_run_has_not_made_keeps_its_reason(raw, planned):
    run(planned())
    changed = planned(masters={"rejection": {"high": 2.5}}, solve={"sip_order": 3})
    MadeOf(changed.settings.results).record(changed, BEGAN_NS + 100 * 10**9)
    assert len(reasons_of(changed)) == 2
    run(changed, began=200, only=lambda kind: kind != "solved")
    assert reasons_of(changed) == ["solve.sip_order auto → 3: 3 solved frames"]


def test_a_run_that_begins_at_once_takes_nothing_for_its_own_that_is_known(raw, planned):
    run(planned())
    changed = planned(solve={"sip_order": 3})
    MadeOf(changed.settings.results).record(changed, BEGAN_NS + 2 * 10**9)
    assert reasons_of(changed) == ["solve.sip_order auto → 3: 3 solved frames"]


def test_a_run_of_one_night_leaves_the_record_of_the_others(raw, planned):
    write_frame(raw / "old.fits", "LIGHT", exptime=60.0, filter="L", date_obs="2025-08-12T23:00:00")
    run(planned())
    run(planned(dates="2025-08-15"), began=100)
    assert reasons_of(planned(solve={"sip_order": 3})) == [
        "solve.sip_order auto → 3: 4 solved frames"
    ]


def test_the_record_is_not_written_where_nothing_was_made(raw, planned, tmp_path):
    plan = planned()
    run(plan)
    record = tmp_path / "results" / ".plateworks" / "made.json"
    before = record.stat()
    MadeOf(plan.settings.results).record(plan, BEGAN_NS)
    assert record.stat().st_ino == before.st_ino
    assert record.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("text", ["", "{", "[]", '{"form": 0}', '{"form": 1}'])
def test_a_record_that_cannot_be_read_tells_nothing_and_is_written_anew(
    raw, planned, tmp_path, text
):
    run(planned())
    (tmp_path / "results" / ".plateworks" / "made.json").write_text(text)
    changed = planned(solve={"sip_order": 3})
    assert reasons_of(changed) == []
    run(planned(), began=100)
    assert reasons_of(changed) == ["solve.sip_order auto → 3: 3 solved frames"]


def test_many_changes_are_cut_to_a_few_lines(raw, planned):
    run(planned())
    rejection = {"low": 2.0, "high": 2.5, "cutoff": 4.0, "drop": [2, 2]}
    cosmetic = {"hot_sigma": 6.0, "max_fraction": 0.2, "list_form": "siril", "method": "mean"}
    calibrate = {"egain": 1.25, "read_noise": 3.0}
    text = summarise(
        planned(masters={"rejection": rejection}, cosmetic=cosmetic, calibrate=calibrate)
    )
    [_, shown] = text.split("Changed since products were made, which are made again:\n")
    lines = shown.split("\n\n")[0].splitlines()
    assert len(lines) == 9
    assert lines[-1] == "  ... and 2 more"
