"""What is written from the settings: config.yaml, its schema, and the tables of the guide."""

import copy
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frames import ROOT
from plateworks.errors import ConfigError
from plateworks.settings.__main__ import files_of
from plateworks.settings.configuration import load_yaml
from plateworks.settings.guide import with_tables
from plateworks.settings.reading import read_section
from plateworks.settings.settings import Settings

CONFIG = ROOT / "config"
GUIDE = (CONFIG / "README.md").read_text(encoding="utf-8")
SCHEMA = load_yaml(CONFIG / "schemas" / "config.schema.yaml")
TEXTS = files_of(CONFIG)


def keys_of(tree: dict, prefix: str = "") -> Iterator[str]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from keys_of(value, f"{prefix}{key}.")
        else:
            yield prefix + key


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_a_file_is_as_make_config_writes_it(path):
    assert path.read_text(encoding="utf-8") == TEXTS[path], "run: make config"


def test_make_config_writes_what_is_out_of_date(tmp_path):
    (tmp_path / "schemas").mkdir()
    row = "| `cosmics.niter` | 4 |"
    assert row in GUIDE
    (tmp_path / "README.md").write_text(GUIDE.replace(row, "| `cosmics.niter` | 40 |"))
    command = [sys.executable, "-m", "plateworks.settings", str(tmp_path)]
    subprocess.run(command, check=True, cwd=ROOT / "scripts")
    for path, text in TEXTS.items():
        assert (tmp_path / path.relative_to(CONFIG)).read_text(encoding="utf-8") == text
    recipe = re.search(r"^config:.*\n\t(.+)", (ROOT / "Makefile").read_text(), re.M)[1]
    assert recipe.endswith("-m plateworks.settings config")


def test_the_file_holds_every_key_with_its_default():
    assert load_yaml(CONFIG / "config.yaml") == Settings().as_dict()


def test_every_line_of_the_file_says_what_it_is_and_can_be_read_without_turning():
    for line in (CONFIG / "config.yaml").read_text(encoding="utf-8").splitlines():
        assert len(line) <= 100
        assert not line or "# " in line


def test_every_key_has_one_row_in_the_guide():
    rows = re.findall(r"^\| `([\w.]+)` \| (.+) \| (.+) \|$", GUIDE, re.M)
    names = [name for name, *_ in rows]
    assert len(names) == len(set(names))
    assert set(keys_of(Settings().as_dict())) <= set(names)


def test_a_row_says_the_default_and_what_it_means():
    found = re.findall(r"^\| `([\w.]+)` \|(.*) \| (.+) \|$", GUIDE, re.M)
    rows = {name: rest for name, *rest in found}
    assert rows["cosmics.sigfrac"] == [" 0.3", "Fraction of that limit for its neighbours."]
    assert rows["names.cosmetic"][0] == " `cosmetic/{setup}/{name}.lst`"
    assert rows["capture.cooling.at_exit"][0] == ' `"on"`'
    assert rows["use.mult"][0] == " a number more than 0"
    assert rows["matching.fresh_days"] == [
        "", "Matches farther away in time are good (level 1) instead of exact:",
    ]  # fmt: skip


def test_what_stands_around_the_tables_stays():
    text = "Before.\n\n<!-- settings: node -->\nold\n<!-- end -->\n\nAfter.\n"
    written = with_tables(text, Settings)
    assert written.startswith("Before.\n\n<!-- settings: node -->\n| key | default | meaning |\n")
    assert written.endswith("|\n<!-- end -->\n\nAfter.\n")
    assert "old" not in written


# -- the schema ----------------------------------------------------------------------------------


def sections(schema: Any) -> Iterator[dict]:
    if isinstance(schema, dict):
        if "properties" in schema:
            yield schema
        for child in schema.values():
            yield from sections(child)
    elif isinstance(schema, list):
        for child in schema:
            yield from sections(child)


def test_no_section_of_the_schema_lets_unknown_keys_through():
    found = list(sections(SCHEMA))
    assert len(found) > 20
    assert all(section["additionalProperties"] is False for section in found)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


#: Values that are wrong or right in one setting or another; none is a text that YAML makes more of.
VALUES = st.sampled_from(
    [
        None, True, False, -1, 0, 1, 2, 3, 5, 6, 200, 257, 0.5, 1.5, -10.5, 1000.0, "adu", "dark",
        "Europe/Madrid", "2012-06-04", "raw", "d.fits", "d{n}.fits", "d.xisf", "d.lst",
        "optimise", "L", "a{b}", "warm up", [], ["dark"], ["dark", "dark"], ["bias", "x"], [1, 2],
        [0, 1.5], [1, 2, 3], [0, 0, 8, 8], [0.5], [True, False], {}, {"x": 1}, {"L": 60},
        [{"match": "*", "set": {"kind": "dark"}}], [{"use": {"k": 1}}], [{"use": {"k": "x"}}],
        [{"use": {}}], [{"match": "*"}],
    ]
)  # fmt: skip
KEYS = st.sampled_from([*keys_of(Settings().as_dict()), "select", "matching.accept_level", "nod"])


def accepted_by_reading(given_: dict) -> bool:
    """Whether settings are read, but for two that are told in the wrong order.

    A schema knows each key alone.
    """
    try:
        read_section(Settings, given_)
    except ConfigError as error:
        return "exchange them" in str(error)
    return True


@given(KEYS, VALUES)
def test_the_schema_takes_what_reading_takes(key, value):
    given_: dict = {}
    *path, last = key.split(".")
    section = given_
    for part in path:
        section = section.setdefault(part, {})
    section[last] = copy.deepcopy(value)
    by_schema = jsonschema.Draft202012Validator(SCHEMA).is_valid(given_)
    assert accepted_by_reading(given_) == by_schema


PRESETS = sorted((CONFIG / "presets").glob("*[!s].yaml"))


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.stem)
def test_the_schema_takes_every_preset(preset: Path):
    given_ = load_yaml(preset)
    jsonschema.validate(given_, SCHEMA)
    assert accepted_by_reading(given_)
