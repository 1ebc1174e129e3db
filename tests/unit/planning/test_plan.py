"""The whole plan of a night, from headers to associations."""

import pytest

from frames import rows_of, write_frame, write_night
from plateworks.errors import ConfigError
from plateworks.jobs.jobs import Jobs
from plateworks.planning.run import plan_run
from plateworks.report.preview import summarise


def test_a_complete_night_is_planned_without_a_word_of_refusal(tmp_path, planned):
    write_night(tmp_path / "raw")
    plan = planned()
    assert [m.name for m in plan.to_make] == [
        "bias_m10c_20250815", "dark_60s_m10c_20250815", "darkflat_2s_m10c_20250815",
        "flat_l_20250815",
    ]  # fmt: skip
    assert len(plan.to_calibrate) == 3
    assert not plan.rejects
    assert {light.level for light in plan.lights} == {0}


def test_every_light_has_a_row_for_every_slot(tmp_path, planned):
    write_night(tmp_path / "raw")
    rows = rows_of(planned(), tmp_path / "plan", "associations")
    assert {"frame", "set", "slot", "chosen", "level", "reason"} <= set(rows[0])
    first = [row for row in rows if row["frame"].endswith("light_0000.fits")]
    assert {row["slot"] for row in first} == {"bias", "dark", "flat", "cosmetic"}
    chosen = {row["slot"]: row["chosen"].rsplit("/", 1)[-1] for row in first}
    assert chosen["dark"] == "dark_60s_m10c_20250815.fits"
    assert chosen["flat"] == "flat_l_20250815.fits"
    assert chosen["cosmetic"] == "cosme_60s_m10c_20250815.lst"


def test_a_light_of_another_exposure_gets_a_scaled_dark_and_its_bias(tmp_path, planned):
    write_night(tmp_path / "raw")
    write_frame(
        tmp_path / "raw" / "long.fits", "LIGHT",
        exptime=90.0, filter="L", date_obs="2025-08-15T23:00:00",
    )  # fmt: skip
    plan = planned()
    lights = Jobs(plan).calibration(plan.lights).lights
    [light] = [light for light in lights if light.frame.raw.endswith("long.fits")]
    assert light.frame.subtraction.dark.k == 1.5
    assert light.frame.subtraction.bias.endswith("bias_m10c_20250815.fits")
    assert light.match.level == 2


def test_a_flat_without_filter_is_said_in_the_summary(tmp_path, planned):
    write_night(tmp_path / "raw")
    for i in range(3):
        write_frame(tmp_path / "raw" / f"bare_{i}.fits", "FLAT", exptime=2.0)
    text = summarise(planned())
    assert "Without a FILTER card, 3 flats" in text
    assert "path_rules" in text


def test_a_hostile_filter_name_stays_inside_the_results(tmp_path, planned):
    write_night(tmp_path / "raw")
    for i in range(3):
        write_frame(tmp_path / "raw" / f"bad_{i}.fits", "FLAT", exptime=2.0, filter="../../x")
    write_frame(tmp_path / "raw" / "bad.fits", "LIGHT", exptime=60.0, filter="../../x")
    plan = planned()
    jobs = Jobs(plan)
    for path in jobs.master_files() + jobs.solved_files() + jobs.cosmetic_files():
        assert ".." not in path
        assert path.startswith(str(tmp_path / "results"))
    assert len(plan.to_calibrate) == 4


def test_two_few_frames_make_no_master_and_the_plan_says_how_many_are_needed(tmp_path, planned):
    write_night(tmp_path / "raw", frames=2)
    plan = planned()
    assert not plan.to_make
    assert "2 frames, 3 needed (masters.min_frames)" in summarise(plan)
    assert len(planned(masters={"min_frames": 2}).to_make) == 4


def test_flats_without_any_dark_or_bias_are_left_out_with_a_reason(tmp_path, planned):
    for i in range(3):
        write_frame(tmp_path / "raw" / f"flat_{i}.fits", "FLAT", exptime=2.0, filter="L")
    plan = planned()
    assert not plan.to_make
    assert len(plan.rejects) == 3
    assert "no flat-dark, dark or bias matches this flat of 2 s" in plan.rejects[0].reason


def test_flats_may_be_accepted_without_a_dark_while_lights_are_not(tmp_path, planned):
    for i in range(3):
        write_frame(tmp_path / "raw" / f"flat_{i}.fits", "FLAT", exptime=2.0, filter="L")
        write_frame(tmp_path / "raw" / f"bias_{i}.fits", "BIAS", exptime=0.0, gain=0)
    write_frame(tmp_path / "raw" / "light.fits", "LIGHT", exptime=60.0, filter="L")
    plan = planned(matching={"accept_level": {"bias": 2, "dark": 2, "darkflat": 3, "flat": 2}})
    assert {one.source.key.kind for one in plan.to_make} == {"bias", "flat"}
    [light] = plan.lights
    assert "no master dark matches" in light.refused
    assert light.flat.level == 3
    assert "made with no dark and no bias: both stay in its frames" in light.flat.reason


def test_a_master_among_the_raw_frames_is_found_and_never_stacked(tmp_path, planned):
    write_night(tmp_path / "raw")
    write_frame(
        tmp_path / "raw" / "md.fits", "Master Dark", exptime=90.0, date_obs="2025-08-14T20:00:00"
    )
    plan = planned()
    assert [m.path for m in plan.found] == [str(tmp_path / "raw" / "md.fits")]
    assert all("md.fits" not in f.path for m in plan.masters for f in m.source.frames)


def test_a_frame_without_a_kind_is_set_aside_unless_a_rule_tells(tmp_path, planned):
    write_frame(tmp_path / "raw" / "M31" / "x.fits", "", imagetyp=None, exptime=60.0)
    write_frame(tmp_path / "raw" / "y.fits", "BIAS")
    assert "no IMAGETYP" in planned().rejects[0].reason
    rules = [{"match": "m31/*", "set": {"kind": "light"}}]
    assert [light.name for light in planned(path_rules=rules).lights] == ["x"]


def test_plain_words_of_a_path_tell_the_kind_where_the_header_is_silent(tmp_path, planned):
    write_frame(tmp_path / "raw" / "LIGHTS" / "x.fits", "", imagetyp=None, exptime=60.0)
    write_frame(tmp_path / "raw" / "y.fits", "BIAS")
    [light] = planned().lights
    assert "'LIGHTS' in its path says light" in light.frame.notes[0]
    assert light.frame.path in planned().path_facts
    assert "no IMAGETYP" in planned(infer_kind=False).rejects[0].reason


def test_a_path_rule_never_contradicts_a_header(tmp_path, planned):
    write_frame(tmp_path / "raw" / "x.fits", "LIGHT", exptime=60.0)
    rules = [{"match": "**", "set": {"kind": "dark", "exposure": 5.0, "filter": "L"}}]
    [light] = planned(path_rules=rules).lights
    assert light.frame.exposure == 60.0
    assert light.frame.filter == "L"


def test_a_path_rule_contradicts_a_header_only_by_force_and_says_so(tmp_path, planned):
    write_frame(tmp_path / "raw" / "x.fits", "Dark Frame", exptime=60.0, filter="L")
    rules = [{"match": "x*", "set": {"kind": "light", "filter": "Ha"}, "force": True}]
    plan = planned(path_rules=rules, calibrate={"allow_uncalibrated": True})
    [light] = plan.lights
    assert light.frame.filter == "Ha"
    assert "filter is Ha by path_rules, the header says L" in light.frame.notes
    [order] = Jobs(plan).calibration([light]).lights
    assert order.frame.path_facts == {"kind": "light", "filter": "Ha"}
    assert "kind is light by path_rules, the header says dark" in summarise(plan)


@pytest.mark.parametrize("what", ["flat*.fits", "flat_l_20250815"])
def test_frames_and_whole_sets_can_be_left_out(tmp_path, planned, what):
    write_night(tmp_path / "raw")
    plan = planned(exclude=[what])
    assert not [master for master in plan.masters if master.name.startswith("flat")]
    assert len(plan.rejects) == 3
    assert all(f"config key exclude ({what})" in reject.reason for reject in plan.rejects)
    assert all("flat" not in frame.kind or frame.kind == "darkflat" for frame in plan.frames)


def test_two_raw_files_of_one_name_get_different_products(tmp_path, planned):
    for folder, when in (("a", "22:00:00"), ("b", "23:00:00")):
        write_frame(
            tmp_path / "raw" / folder / "light.fits", "LIGHT",
            exptime=60.0, date_obs=f"2025-08-15T{when}",
        )  # fmt: skip
    plan = planned(calibrate={"allow_uncalibrated": True})
    first, second = sorted(plan.lights, key=lambda light: light.frame.mjd)
    assert first.name == "light"
    assert second.name.startswith("light-")


def test_a_light_that_is_calibrated_already_is_set_aside(tmp_path, planned):
    write_frame(tmp_path / "raw" / "x.fits", "LIGHT", calstat="BDF")
    write_frame(tmp_path / "raw" / "y.fits", "LIGHT")
    [reject] = planned().rejects
    assert "bias, dark and flat are taken out already (CALSTAT = 'BDF')" in reject.reason


def test_a_batch_does_not_change_when_other_lights_arrive(tmp_path, planned):
    def batches():
        return planned(frames_per_job=16).batches.items()

    write_night(tmp_path / "raw", lights=40)
    before = {light.name: batch for batch, lights in batches() for light in lights}
    write_night(tmp_path / "raw", lights=60)
    after = {light.name: batch for batch, lights in batches() for light in lights}
    assert {name: after[name] for name in before} == before
    sizes = [len(lights) for _, lights in batches()]
    assert max(sizes) <= 17


def test_an_empty_folder_is_said_by_name(tmp_path, planned):
    (tmp_path / "raw").mkdir()
    with pytest.raises(ConfigError, match=r"There are no frames in .*raw"):
        planned()


def test_a_folder_of_nothing_but_bad_files_says_why_the_first_is_bad(tmp_path, planned):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "x.fits").touch()
    with pytest.raises(ConfigError, match=r"None of the 1 files.*x\.fits"):
        planned()


def test_darks_without_bias_need_a_bias_and_take_it_along(tmp_path, planned):
    write_night(tmp_path / "raw")
    plan = planned(masters={"subtract_bias": True})
    jobs = Jobs(plan)
    [dark] = [m for m in plan.to_make if m.name.startswith("dark_60s")]
    assert all(frame.subtraction.bias for frame in jobs.master(dark.path).frames)
    taken = jobs.calibration(plan.lights).lights[0].frame.subtraction
    assert taken.dark.bias_inside is False
    assert taken.bias.endswith("bias_m10c_20250815.fits")


def test_the_plan_does_not_depend_on_the_order_of_folders(tmp_path, planned):
    write_night(tmp_path / "a", lights=0)
    write_night(tmp_path / "b", lights=3)
    for path in (tmp_path / "b").glob("[bdf]*.fits"):
        path.unlink()
    one = planned(raw=[str(tmp_path / "a"), str(tmp_path / "b")])
    two = planned(raw=[str(tmp_path / "b"), str(tmp_path / "a")])
    assert one.lights == two.lights
    assert one.masters == two.masters


def test_recalling_the_plan_in_a_job_gives_the_plan_of_the_main_process(tmp_path, planned):
    write_night(tmp_path / "raw")
    scanned = planned()
    recalled = plan_run(scanned.settings, rescan=False)
    assert recalled.digest == scanned.digest
    assert recalled.lights == scanned.lights


def test_settings_that_no_table_depends_on_leave_the_digest(tmp_path, planned):
    write_night(tmp_path / "raw")
    digest = planned().digest
    for other in (
        {"mem_gb": 4}, {"threads_per_job": 7}, {"frames_per_job": 3}, {"capture": {"armed": True}},
        {"masters": {"rejection_map": True}}, {"solve": {"sip_order": 4}}, {"node": {"speed": 2.0}},
    ):  # fmt: skip
        assert planned(**other).digest == digest
    assert planned(masters={"min_frames": 2}).digest != digest
