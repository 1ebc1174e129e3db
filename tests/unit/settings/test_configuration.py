"""The configuration: defaults, and mistakes said in sentences."""

import pytest

from frames import ROOT, defaults
from plateworks.errors import ConfigError
from plateworks.matching.match import accepted
from plateworks.matching.matcher import SLOTS
from plateworks.settings.configuration import complete, load_yaml

SCHEMA = load_yaml(ROOT / "config" / "schemas" / "config.schema.yaml")


def completed(**given):
    return complete(given, defaults(), SCHEMA)


def test_a_part_of_a_section_leaves_the_rest_at_its_defaults():
    settings = completed(raw="frames", matching={"accept_level": 1})
    assert settings["matching"]["accept_level"] == 1
    assert settings["matching"]["flat_future_days"] == 2.0


def test_a_level_may_be_given_for_one_slot_or_for_all():
    levels = completed(raw="frames", matching={"accept_level": {"darkflat": 3}})["matching"]
    assert {slot: accepted(levels, slot) for slot in SLOTS} == {
        "bias": 2, "dark": 2, "darkflat": 3, "flat": 2,
    }  # fmt: skip
    levels = completed(raw="frames", matching={"accept_level": "1"})["matching"]
    assert [accepted(levels, slot) for slot in SLOTS] == [1, 1, 1, 1]
    with pytest.raises(ConfigError, match=r"matching\.accept_level\.flats is not known"):
        completed(raw="frames", matching={"accept_level": {"flats": 3}})


def test_a_misspelt_section_is_named_with_what_was_meant():
    with pytest.raises(ConfigError, match=r"matchng is not known.  Did you mean matching\?"):
        completed(raw="frames", matchng={"accept_level": 1})


def test_a_misspelt_key_is_named_with_what_was_meant():
    with pytest.raises(
        ConfigError, match=r"solve\.engin is not known.  Did you mean solve\.engine\?"
    ):
        completed(raw="frames", solve={"engin": "auto"})


def test_a_wrong_value_is_named_with_what_may_stand_there():
    with pytest.raises(ConfigError, match=r"solve\.engine: 'fast' .*auto, embedded or solve-field"):
        completed(raw="frames", solve={"engine": "fast"})


def test_every_mistake_is_named_at_once():
    with pytest.raises(ConfigError) as caught:
        completed(raw="frames", mem_gb=-1, frames_per_job=0)
    assert "mem_gb" in str(caught.value)
    assert "frames_per_job" in str(caught.value)


def test_no_raw_folder_is_said_with_the_command_that_helps():
    with pytest.raises(ConfigError, match="snakemake --config raw="):
        completed()


def keys_of(tree: dict, prefix: str = "") -> set[str]:
    keys = set()
    for key, value in tree.items():
        keys.add(prefix + key)
        if isinstance(value, dict):
            keys |= keys_of(value, f"{prefix}{key}.")
    return keys


def schema_keys(schema: dict, prefix: str = "") -> set[str]:
    keys = set()
    for key, value in schema.get("properties", {}).items():
        keys.add(prefix + key)
        if "properties" in value:
            keys |= schema_keys(value, f"{prefix}{key}.")
    return keys


def test_defaults_and_schema_know_the_same_keys():
    assert keys_of(defaults()) == schema_keys(SCHEMA)


def test_no_section_of_the_schema_lets_unknown_keys_through():
    def sections(schema):
        if "properties" in schema:
            yield schema
        for child in schema.get("properties", {}).values():
            yield from sections(child)

    assert all(section["additionalProperties"] is False for section in sections(SCHEMA))


def test_every_key_is_explained_in_the_guide():
    guide = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
    unexplained = [key for key in sorted(keys_of(defaults())) if f"`{key}`" not in guide]
    assert not unexplained


def test_numbers_within_sections_may_come_as_texts_from_the_command_line():
    """Snakemake reads --config masters='{min_frames: 2}' without making numbers of it."""
    settings = completed(
        raw="frames",
        masters={"min_frames": "2", "bias_level": "100", "subtract_bias": "true"},
        overrides=[{"use": {"dark": "d.fit", "mult": "25000", "k": "optimise"}}],
        solve={"scale_low": "null"},
    )
    assert settings["masters"]["min_frames"] == 2
    assert settings["masters"]["bias_level"] == 100
    assert settings["masters"]["subtract_bias"] is True
    assert settings["overrides"] == [{"use": {"dark": "d.fit", "mult": 25000, "k": "optimise"}}]
    assert settings["solve"]["scale_low"] is None


def test_the_working_folder_as_results_goes_by_its_full_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert completed(raw="frames", results=".")["results"] == str(tmp_path)
    assert completed(raw="frames", results="data/")["results"] == "data"


@pytest.mark.parametrize("dates", ["2012-06", "yesterday", "2012-06-04-2012-06-08"])
def test_dates_that_are_none(dates):
    with pytest.raises(ConfigError, match="dates is: a night like 2012-06-04"):
        completed(raw="frames", dates=dates)


def test_a_constant_bias_is_none_of_pixinsight():
    with pytest.raises(ConfigError, match=r"masters\.bias_level: PixInsight .*engine: native"):
        completed(raw="frames", masters={"bias_level": 0, "engine": "pixinsight"})


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
        completed(raw="frames", capture={"names": {"dark": template}})
