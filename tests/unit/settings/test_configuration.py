"""The configuration: defaults, and mistakes said in sentences."""

import math
import os
from datetime import date

import pytest

from plateworks.errors import ConfigError
from plateworks.matching.candidates import SLOTS
from plateworks.settings.configuration import complete
from plateworks.settings.matching import AcceptLevel, Matching
from plateworks.settings.overrides import Chosen, Override, Used
from plateworks.settings.pathrules import FrameFields, PathRule
from plateworks.settings.reading import read_section
from plateworks.settings.settings import Settings


def completed(**given) -> Settings:
    return complete({"raw": "frames", **given})


def test_without_more_than_the_raw_folder_everything_is_at_its_default():
    assert completed() == Settings(raw="frames")


def test_a_part_of_a_section_leaves_the_rest_at_its_defaults():
    matching = completed(matching={"by_date": "newest", "fresh_days": {"flat": 7}}).matching
    assert (matching.by_date, matching.flat_future_days) == ("newest", None)
    assert (matching.fresh_days.flat, matching.fresh_days.bias) == (7.0, 90.0)


def test_an_empty_section_means_its_defaults():
    assert completed(matching=None, masters={"rejection": None}) == completed()


def test_a_level_may_be_given_for_one_slot_or_for_all():
    levels = completed(matching={"accept_level": {"darkflat": 3}}).matching.accept_level
    assert levels == AcceptLevel(bias=2, dark=2, darkflat=3, flat=2)
    levels = completed(matching={"accept_level": "1"}).matching.accept_level
    assert [levels.of(slot) for slot in SLOTS] == [1, 1, 1, 1]
    with pytest.raises(ConfigError, match=r"matching\.accept_level\.flats is not known"):
        completed(matching={"accept_level": {"flats": 3}})
    with pytest.raises(ConfigError, match=r"matching\.accept_level: 4 .*one for all slots, or one"):
        completed(matching={"accept_level": 4})


def test_the_last_word_is_that_of_the_user():
    theirs = {"matching": {"strict": True, "prefer": "library"}}
    matching = complete({"raw": "frames", **theirs}, {"matching": {"strict": False}}).matching
    assert matching == Matching(prefer="library")


def test_a_misspelt_section_is_named_with_what_was_meant():
    with pytest.raises(ConfigError, match=r"matchng is not known.  Did you mean matching\?"):
        completed(matchng={"accept_level": 1})


def test_a_misspelt_key_is_named_with_what_was_meant():
    with pytest.raises(
        ConfigError, match=r"solve\.engin is not known.  Did you mean solve\.engine\?"
    ):
        completed(solve={"engin": "auto"})


def test_a_key_like_no_other_is_named_with_those_that_there_are():
    with pytest.raises(ConfigError, match=r"node\.gpu is not known.  Known here: disk_mb_s, speed"):
        completed(node={"gpu": 1})


@pytest.mark.parametrize(
    ("section", "key", "value", "wanted"),
    [
        ("solve", "engine", "fast", "auto, embedded or solve-field"),
        ("solve", "sip_order", 6, r"auto, or a whole number from 0 \(no distortion\) to 5"),
        (
            "solve",
            "field_width_deg",
            [1],
            "two numbers, degrees, .* the least first, or null",
        ),
        ("site", "longitude", 200, "degrees east of Greenwich, from -180 to 180, or null"),
        ("cosmics", "niter", 2.5, "a whole number from 1"),
        ("cosmics", "niter", True, "a whole number from 1"),
        ("masters", "freeze", 1, "true or false"),
        ("masters", "share", 7, "a folder, or null"),
        ("masters", "rejection", [4, 3], "a section with low, high, cutoff, drop, percentile and"),
        ("calibrate", "require", ["dark", "dark"], "a list of bias, dark, flat"),
        ("capture", "binning", None, "a whole number from 1"),
        ("capture", "gain", -1, "a number from 0, a name that the camera offers, or null"),
        ("capture", "cooling", "cold", "a section with target, ramp, tolerance, settle, stall,"),
    ],
)
def test_a_wrong_value_is_named_with_what_may_stand_there(section, key, value, wanted):
    with pytest.raises(ConfigError, match=rf"Config key {section}\.{key}: .*") as caught:
        completed(**{section: {key: value}})
    assert str(caught.value).startswith(f"Config key {section}.{key}: {value!r} cannot stand there")
    caught.match(rf"\.  {section}\.{key} is: {wanted}")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, ".nan", ".inf", "-.inf"])
@pytest.mark.parametrize(
    ("section", "key"),
    [("masters", "bias_level"), ("cosmetic", "hot_sigma"), ("capture", "focal_length")],
)
def test_a_number_is_finite(section, key, value):
    with pytest.raises(ConfigError, match=rf"Config key {section}\.{key}: "):
        completed(**{section: {key: value}})


def test_an_empty_text_is_null_where_null_may_stand():
    assert completed(masters={"share": ""}).masters.share is None
    assert completed(matching={"substitute_filter": ""}).matching.substitute_filter is None
    with pytest.raises(ConfigError, match=r"results: '' cannot stand there"):
        completed(results="")


def test_a_number_in_a_list_is_finite():
    with pytest.raises(ConfigError, match=r"Config key masters\.rejection\.percentile: "):
        completed(masters={"rejection": {"percentile": [0.2, math.nan]}})


def test_every_mistake_is_named_at_once():
    with pytest.raises(ConfigError) as caught:
        completed(mem_gb=-1, frames_per_job=0, nod=1, overrides=[{"use": {"k": -1}}])
    places = [line.split(":")[0].split(" is ")[0] for line in str(caught.value).splitlines()]
    assert sorted(places) == [
        "Config key frames_per_job", "Config key mem_gb", "Config key nod",
        "Config key overrides.0.use.k",
    ]  # fmt: skip


def test_no_raw_folder_is_said_with_the_command_that_helps():
    with pytest.raises(ConfigError, match="snakemake --config raw="):
        complete({})


@pytest.mark.parametrize("text", ["9" * 5000, "2025-02-30", "0x" + "f" * 5000, "1_" * 3000 + "1"])
def test_a_text_that_yaml_cannot_turn_into_a_value_is_refused_as_any_other(text):
    with pytest.raises(ConfigError, match=r"masters\.min_frames"):
        completed(masters={"min_frames": text})


def test_numbers_within_sections_may_come_as_texts_from_the_command_line():
    """Snakemake reads --config masters='{min_frames: 2}' without making numbers of it."""
    settings = completed(
        masters={"min_frames": "2", "bias_level": "100", "subtract_bias": "true"},
        overrides=[{"use": {"dark": "d.fit", "mult": "25000", "k": "optimise"}}],
        solve={"scale_low": "null", "field_width_deg": ["0.9", "1.1"]},
        calibrate="{require: [dark]}",
        capture={"darks": {"science_exposure_time": {"L": "60"}}},
    )
    assert settings.masters.min_frames == 2
    assert settings.masters.bias_level == 100
    assert settings.masters.subtract_bias is True
    assert settings.overrides == (Override(use=Used(dark="d.fit", mult=25000.0, k="optimise")),)
    assert settings.solve.scale_low is None
    assert settings.solve.field_width_deg == (0.9, 1.1)
    assert settings.calibrate.require == ("dark",)
    assert settings.capture.darks.science_exposure_time == {"L": 60.0}


def test_a_text_that_may_be_one_stays_a_text():
    capture = completed(capture={"gain": "100", "readout_mode": "0"}).capture
    assert (capture.gain, capture.readout_mode) == ("100", "0")


def test_numbers_that_go_into_headers_stay_as_they_are_written():
    [rule] = completed(path_rules=[{"match": "*", "set": {"gain": 100, "temp": -9.5}}]).path_rules
    assert rule == PathRule(match="*", set=FrameFields(gain=100, temp=-9.5))
    assert rule.set.given() == {"gain": 100, "temp": -9.5}
    assert [type(value) for value in rule.set.given().values()] == [int, float]
    assert type(completed(capture={"offset": 5}).capture.offset) is int


def test_a_whole_number_may_be_written_with_a_point():
    frames = completed(frames_per_job=8.0).frames_per_job
    assert (frames, type(frames)) == (8, int)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([{"match": "*"}], r"path_rules\.0 has no set, which is: fields of a frame and"),
        ([{"set": {"kind": "bias"}}], r"path_rules\.0 has no match"),
        ([{"match": "*", "set": {}}], r"path_rules\.0 has no set"),
        ([{"match": "*", "set": {"knd": "bias"}}], r"path_rules\.0\.set\.knd .* mean .*set\.kind"),
        ([{"match": "*", "set": {"filter": None}}], r"path_rules\.0\.set\.filter: None cannot"),
        ([{"match": "*", "set": {"xbin": 0}}], r"set\.xbin is: a whole number from 1\."),
        ("bias", r"path_rules: 'bias' cannot .* is: a list of rules"),
        ({"match": "*"}, r"path_rules: .* is: a list of rules"),
    ],
)
def test_a_path_rule_that_cannot_be(rules, words):
    with pytest.raises(ConfigError, match=words):
        completed(path_rules=rules)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({}, r"overrides\.0 has no use"),
        ({"use": {}}, r"overrides\.0\.use: \{\} cannot stand there"),
        ({"use": {"k": "fitted"}}, r"use\.k is: a number, 0 or more, or optimise"),
        ({"select": {"session": "2025"}, "use": {"k": 1}}, r"select\.session is: a night such as"),
        ({"select": None, "use": {"k": 1}}, r"overrides\.0\.select: None cannot stand there"),
    ],
)
def test_an_override_that_cannot_be(entry, words):
    with pytest.raises(ConfigError, match=words):
        completed(overrides=[entry])


def test_an_override_says_which_lights_and_what_they_get():
    entry = {"select": {"session": "20250815"}, "use": {"flat": "f.fits", "k": 1}}
    [override] = completed(overrides=[entry]).overrides
    assert override.select == Chosen(session="20250815")
    assert override.use.as_dict() == {"flat": "f.fits", "k": 1.0}


@pytest.mark.parametrize(
    "key",
    [
        "raw", "library", "results", "masters.share", "matching.maintenance_log",
        "solve.index_dirs", "capture.raw_dir", "pixinsight.binary", "pixinsight.script_dir",
        "foreign_config",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("~/night/x", "/home/me/night/x"),
        ("./night/x", "night/x"),
        (".//./x", "x"),
        ("~nobody.fits", "~nobody.fits"),
        ("./~nobody.fits", "./~nobody.fits"),
        ("../x", "../x"),
        (".hidden/x", ".hidden/x"),
    ],
)
def test_a_path_may_begin_in_the_home_folder_or_with_a_point(monkeypatch, key, typed, meant):
    monkeypatch.setenv("HOME", "/home/me")
    section, _, name = key.rpartition(".")
    given = [typed] if name in ("library", "index_dirs") else typed
    settings = completed(**{section: {name: given}} if section else {name: given})
    found = getattr(getattr(settings, section) if section else settings, name)
    meant = os.path.normpath(meant) if name == "results" else meant
    assert found == ((meant,) if isinstance(given, list) else meant)
    assert read_section(Settings, settings.as_dict()) == settings


def test_the_mark_before_a_path_stays(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert completed(raw=["@~/night.txt", "=./a.fit"]).raw == ("@/home/me/night.txt", "=a.fit")


def test_masters_may_be_pinned_by_paths_in_the_home_folder(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    use = {"dark": "~/lib/dark.fit", "cosmetic": "./lib/cosme.lst", "flat": "flat_l"}
    [entry] = completed(overrides=[{"use": use}]).overrides
    assert entry.use == Used(dark="/home/me/lib/dark.fit", cosmetic="lib/cosme.lst", flat="flat_l")


def test_the_working_folder_as_results_goes_by_its_full_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert completed(results=".").results == str(tmp_path)
    assert completed(results="data/").results == "data"


@pytest.mark.parametrize("dates", ["2012-06", "yesterday", "2012-06-04-2012-06-08", ".."])
def test_dates_that_are_none(dates):
    with pytest.raises(ConfigError, match="dates is: a night like 2012-06-04"):
        completed(dates=dates)


@pytest.mark.parametrize(
    ("dates", "read"),
    [
        (date(2012, 6, 4), "2012-06-04"),  # as YAML reads 2012-06-04
        (20120604, "20120604"),
        ("2012-06-04..2012-06-08", "2012-06-04..2012-06-08"),
        ("..20120608", "..20120608"),
    ],
)
def test_dates_in_every_form_that_yaml_makes_of_them(dates, read):
    assert completed(dates=dates).dates == read


@pytest.mark.parametrize("folder", ["out<x>", "a>b", "{out}", "<results>"])
def test_a_folder_of_products_has_no_marks_that_snakemake_reads(folder):
    with pytest.raises(ConfigError, match=r"results: .*without braces or angle brackets"):
        completed(results=folder)


def test_a_constant_bias_is_none_of_pixinsight():
    with pytest.raises(ConfigError, match=r"masters\.bias_level: PixInsight .*engine: native"):
        completed(masters={"bias_level": 0, "engine": "pixinsight"})


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("dark_{exposure}_{n}.fits", r"\{exposure\} in .* is not known.  Known here: session"),
        ("../dark_{n}.fits", r"must lie below capture\.raw_dir"),
        ("dark_{n:.x}.fits", "no way to write a number"),
        ("dark_{start}.fits", "capture.names.dark is: a path below capture.raw_dir"),
        ("{n}/dark.fits", "capture.names.dark is: a path below capture.raw_dir"),
        ("dark_{n}.xisf", "capture.names.dark is: a path below capture.raw_dir"),
    ],
)
def test_a_name_for_captured_frames_that_cannot_be_is_said_before_any_is_taken(template, words):
    with pytest.raises(ConfigError, match=rf"Config key capture\.names\.dark: .*{words}"):
        completed(capture={"names": {"dark": template}})


def test_settings_in_the_form_of_a_file_give_the_same_settings():
    settings = completed(
        library=["a", "b"],
        matching={"accept_level": 1, "maintenance_bounds": []},
        overrides=[{"use": {"k": 2}}],
        path_rules=[{"match": "**/x", "set": {"kind": "dark"}, "force": True}],
        capture={"subframe": [0, 0, 64, 64], "darks": {"science_exposure_time": {"L": 1}}},
    )
    assert complete(settings.as_dict()) == settings
