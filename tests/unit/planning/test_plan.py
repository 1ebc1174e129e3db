"""The whole plan of a night, from headers to associations."""

import csv

import pytest

from frames import write_frame, write_night
from plateworks.errors import ConfigError, PlateworksError
from plateworks.jobs.jobs import Jobs
from plateworks.planning.run import plan_run
from plateworks.report.plantables import write_tables
from plateworks.report.preview import summarise


def rows_of(plan, folder, table):
    write_tables(plan, folder)
    with open(folder / f"{table}.csv", newline="") as stream:
        return list(csv.DictReader(stream))


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


def test_a_light_of_another_filter_is_refused_by_name_and_the_others_go_on(tmp_path, planned):
    write_night(tmp_path / "raw")
    odd = write_frame(tmp_path / "raw" / "odd.fits", "LIGHT", exptime=60.0, filter="Ha")
    plan = planned(matching={"substitute_filter": None})
    [refused] = [light for light in plan.lights if light.refused]
    assert refused.frame.path == str(odd)
    assert refused.refused == (
        "no master flat matches: FILTER l instead of ha "
        "(flat_l_20250815.fits; matching.substitute_filter)"
    )
    assert len(plan.to_calibrate) == 3
    rows = rows_of(plan, tmp_path / "plan", "refusals")
    assert ("flat", "FILTER", "ha", "l") in {
        (row["slot"], row["field"], row["wanted"], row["found"]) for row in rows
    }


def test_the_nearest_miss_is_named_first_with_what_would_let_it_in(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    for i in range(3):
        for band in "RGB":
            write_frame(raw / f"{band}_{i}.fits", "FLAT", exptime=2.0, filter=band)
        when = f"2025-08-19T19:0{i}:00"
        write_frame(raw / f"late_{i}.fits", "FLAT", exptime=2.0, filter="Ha", date_obs=when)
    write_frame(
        raw / "odd.fits", "LIGHT", exptime=60.0, filter="Ha", date_obs="2025-08-15T23:00:00"
    )
    plan = planned(matching={"substitute_filter": None, "flat_future_days": 3})
    [refused] = [light for light in plan.lights if light.refused]
    assert refused.refused.startswith(
        "no master flat matches: date 3.8 days later instead of at most 3 days later "
        "(flat_ha_20250819.fits; matching.flat_future_days), FILTER "
    )


def test_frames_that_are_there_are_never_none(tmp_path, planned):
    raw = write_night(tmp_path / "raw", frames=2)
    plan = planned()
    assert {light.refused for light in plan.lights} == {
        "no master dark matches: frames 2 instead of at least 3 "
        "(dark_60s_m10c_20250815.fits; masters.min_frames); no master flat matches: frames 2 "
        "instead of at least 3 (flat_l_20250815.fits; masters.min_frames)"
    }
    for i in range(3):
        write_frame(raw / f"more_{i}.fits", "DARK", exptime=60.0, date_obs="2025-08-15T21:00:00")
    plan = planned(masters={"subtract_bias": True})
    lacking = "the frames of one are there, which lacks a master bias (dark_60s"
    assert all(lacking in light.refused for light in plan.lights)
    assert not any("there is none" in light.refused for light in plan.lights)


def notes_of(plan, folder):
    """Return what the light's note, the terminal and ``associations.csv`` say of refused lights."""
    write_tables(plan, folder)
    with open(folder / "associations.csv", newline="", encoding="utf-8") as stream:
        said = {row["reason"] for row in csv.DictReader(stream) if row["slot"] == "dark"}
    refused = {light.refused for light in plan.lights}
    assert said == refused and all(one in summarise(plan) for one in refused)
    return refused


@pytest.mark.parametrize("entry", ["dark_?.fits", "dark_60s_m10c_20250815"])
def test_darks_that_the_user_leaves_out_are_there_and_the_refusal_says_so(tmp_path, planned, entry):
    raw = write_night(tmp_path / "raw", frames=5)
    for path in raw.glob("bias*"):
        path.unlink()
    [note] = notes_of(planned(exclude=[entry]), tmp_path / "plan")
    assert note.startswith("no master dark matches: 5 files are there, but set aside: it")
    assert note.endswith(f"left out by the config key exclude ({entry}) (dark_0.fits; exclude)")


def test_damaged_darks_are_told_by_their_names_where_there_are_no_others(tmp_path, planned):
    raw = write_night(tmp_path / "raw", frames=5)
    for path in [*raw.glob("bias*"), *raw.glob("dark_*")]:
        path.write_bytes(path.read_bytes()[:3000])
    [note] = notes_of(planned(calibrate={"require": ["dark"]}), tmp_path / "plan")
    assert note.startswith("no master dark matches: 5 files are there, but set aside: is shorter")


def test_darks_cut_short_are_told_by_their_headers_where_their_names_say_nothing(tmp_path, planned):
    raw = write_night(tmp_path / "raw", frames=5)
    for number, path in enumerate(sorted(raw.glob("dark_*"))):
        (raw / f"n{number}.fits").write_bytes(path.read_bytes()[:3000])
        path.unlink()
    cut = write_frame(raw / "m.fits", "LIGHT", exptime=60.0, filter="L")
    cut.write_bytes(cut.read_bytes()[:3000])
    [note] = notes_of(planned(), tmp_path / "plan")
    assert "; of the darks: 5 files are there, but set aside: is shorter" in note


def test_bias_alone_tells_of_the_darks_that_are_set_aside(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    for i in range(3):
        write_frame(raw / f"dark_{i}.fits", "DARK", exptime=60.0, calstat="BD")
    [note] = notes_of(planned(), tmp_path / "plan")
    assert note.startswith("the best dark is of level 3 (bias alone, no dark), matching.accept_le")
    assert "; of the darks: 3 files are there, but set aside: bias and dark are taken" in note


@pytest.mark.parametrize(
    ("cards", "told"),
    [
        ({"exptime": 90.0}, "dark"),
        ({"exptime": 3.0, "filter": "R"}, "flat"),
        ({"exptime": 90.0, "gain": 7}, ""),
        ({"exptime": 0.0}, "bias"),
        ({"exptime": 17.0}, ""),
    ],
)
def test_a_file_of_no_kind_is_told_where_it_may_be_what_lacks(tmp_path, planned, cards, told):
    raw = tmp_path / "raw"
    write_frame(raw / "a.fits", "LIGHT", exptime=90.0, filter="R")
    write_frame(raw / "what.fits", "", **cards)
    plan = planned(calibrate={"require": ["bias", "dark", "flat"]})
    [light] = plan.lights
    clauses = [one for one in light.refused.split("; no ") if "1 file is there" in one]
    assert [
        one for one in ("dark", "flat", "bias") if any(f"{one} match" in c for c in clauses)
    ] == [one for one in (told,) if one]


def test_files_set_aside_that_would_not_serve_are_not_the_nearest_miss(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    for i in range(3):
        write_frame(raw / f"odd_{i}.fits", "FLAT", exptime=2.0, filter="Ha", gain=7)
        write_frame(raw / f"mine_{i}.fits", "LIGHT", exptime=60.0, filter="Ha")
    plan = planned(exclude=["odd*"], matching={"substitute_filter": None})
    [note] = {light.refused for light in plan.lights if light.refused}
    assert note.startswith("no master flat matches: FILTER l instead of ha (flat_l_20250815")


def test_flats_that_nothing_calibrates_say_one_cause_in_each_sentence(tmp_path, planned):
    write_night(tmp_path / "raw", frames=4)
    plan = planned(exclude=["dark*", "bias*"], calibrate={"require": ["flat"]})
    assert {light.refused for light in plan.lights} == {
        "no master flat matches: the frames of one are there, which lacks bias or darks for its "
        "own frames (flat_l_20250815.fits; raw: add such frames)"
    }
    [flat] = plan.masters
    assert flat.refused.startswith(
        "4 of 4 frames are left out: no flat-dark, dark or bias matches this flat of 2 s: 4 files "
        "are there, but set aside: it is left out by the config key exclude (bias*) (bias_0.fits; "
    )
    assert ".  Take some, or set matching.accept_level.darkflat: 3" in plan.rejects[-1].reason
    assert "Take some" not in flat.refused


WARM = {"set_temp": 20.0, "ccd_temp": 20.0}


def test_a_dark_that_is_too_poor_for_flats_is_named_once(tmp_path, planned):
    for i in range(3):
        write_frame(tmp_path / "raw" / f"dark_{i}.fits", "DARK", exptime=600.0, **WARM)
        flat = tmp_path / "raw" / f"flat_{i}.fits"
        write_frame(flat, "FLAT", exptime=2.0, filter="L", **WARM)
    plan = planned()
    [flat] = [one for one in plan.masters if one.refused]
    assert flat.refused == (
        "3 of 3 frames are left out: the only dark for this flat of 2 s is a last resort (exposure "
        "600 s instead of 2 s, unscaled)"
    )


def test_strict_matching_makes_a_refused_light_an_error(tmp_path, planned):
    write_night(tmp_path / "raw")
    write_frame(tmp_path / "raw" / "odd.fits", "LIGHT", exptime=60.0, filter="Ha")
    with pytest.raises(PlateworksError, match=r"(?s)matching\.strict.*odd\.fits.*FILTER"):
        planned(matching={"strict": True, "substitute_filter": None})


def test_lights_without_calibration_frames_are_refused_unless_allowed(tmp_path, planned):
    write_frame(tmp_path / "raw" / "light.fits", "LIGHT", exptime=60.0, filter="L")
    assert planned().lights[0].refused.startswith("no master dark matches: there is none")
    allowed = planned(calibrate={"allow_uncalibrated": True})
    assert not allowed.lights[0].refused
    [light] = Jobs(allowed).calibration(allowed.lights).lights
    assert light.frame.subtraction.masters == ()
    assert light.flat is None


def test_electrons_of_which_nobody_knows_are_refused_and_the_setting_is_named(tmp_path, planned):
    for name, egain in (("told", 0.5), ("silent", None)):
        cards = {"EGAIN": egain, "GAIN": 100}
        write_frame(tmp_path / "raw" / f"{name}.fits", "LIGHT", exptime=60.0, filter="L", **cards)
    calibrate = {"allow_uncalibrated": True, "units": "electron"}

    def refused(**more):
        plan = planned(calibrate=calibrate | more)
        return {light.name: light.refused for light in plan.lights if light.refused}

    assert list(refused()) == ["silent"]
    assert "calibrate.egain" in refused()["silent"] and "EGAIN" in refused()["silent"]
    assert refused(egain=0.8) == refused(gain_is_egain=True) == refused(units="adu") == {}


def test_a_dark_of_another_size_is_its_own_set_and_says_so_in_the_refusals(tmp_path, planned):
    write_night(tmp_path / "raw")
    for i in range(3):
        write_frame(tmp_path / "raw" / f"wide_{i}.fits", "DARK", width=48, exptime=60.0)
    plan = planned()
    assert len([m for m in plan.to_make if m.name.startswith("dark_60s")]) == 2
    rows = rows_of(plan, tmp_path / "plan", "refusals")
    assert ("dark", "size", "32x24", "48x24") in {
        (row["slot"], row["field"], row["wanted"], row["found"]) for row in rows
    }


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
