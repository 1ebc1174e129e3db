"""docs/coming-from.md: every command in it can be given, and every setting in it exists."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from snakemake.cli import get_argument_parser, parse_config

from plateworks.planning.paths import Naming
from plateworks.settings.configuration import complete, load_yaml, merge
from plateworks.settings.translation import read_foreign
from presets.page import every_line, section
from presets.trees import pulsar_bias, read
from workflow import ROOT

PAGE = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8")
DEFAULTS = load_yaml(ROOT / "config" / "config.yaml")
RULES = set(
    re.findall(
        r"^(?:rule|checkpoint) (\w+):|^use rule \w+ as (\w+) with:",
        "\n".join(p.read_text() for p in [ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk")]),
        re.M,
    )
)
TARGETS = {name for pair in RULES for name in pair if name}
LINES = every_line()
GUIDE = Path(__file__).with_name("config_calibration_frames.yaml")


@pytest.mark.parametrize("row", LINES, ids=[row.line for row in LINES])
def test_a_line_is_understood(row, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / GUIDE.name).write_text(GUIDE.read_text())
    (tmp_path / "darks").mkdir()
    arguments = get_argument_parser().parse_args(row.command)
    for target in arguments.targets:
        assert target in TARGETS or Path(target).suffix in (".lst", ".js"), target
    given = {}
    for file in arguments.configfile:
        if str(file) != "my.yaml":  # the reader's own
            given = merge(given, load_yaml(file))
    ours, _ = read_foreign(merge(given, parse_config(arguments.config)), ROOT / "config/presets")
    settings = complete(ours)
    Naming(settings.results, settings.names)


def test_a_line_is_no_longer_than_twice_the_one_it_takes_the_place_of():
    whole = {
        row.line: re.match(r"`([^`…]+)`", row.theirs) for row in LINES if "…" not in row.theirs
    }
    theirs = {line: found[1] for line, found in whole.items() if found}
    assert len(theirs) > 20
    assert not [line for line, guide in theirs.items() if len(line) > 2 * len(guide)]


def test_a_line_runs_in_any_folder_after_what_the_page_says_to_do_once(tmp_path):
    """As it is typed, in a shell."""
    once = re.search(r"export SNAKEMAKE_PROFILE=\S+ PLATEWORKS_PRESET=pulsar", PAGE)[0]
    home, folder = tmp_path / "home", tmp_path / "calibration"
    home.mkdir()
    (home / "plateworks").symlink_to(ROOT)
    frames = pulsar_bias(folder, [f"bias{i}.fit" for i in range(3)])
    line = section("PULSAR: masters").row("`med bias*.fit master_bias.fit`").line
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", f"{once}; {line}"], cwd=folder, check=False, capture_output=True, text=True,
        env=os.environ | {"HOME": str(home), "PATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert np.array_equal(
        read(folder / "master_bias.fit"), np.median([read(one) for one in frames], axis=0)
    )


def test_the_profile_for_presets_is_the_default_one_in_any_folder():
    default, preset = (
        load_yaml(ROOT / "profiles" / name / "profile.v9+.yaml") for name in ("default", "preset")
    )
    assert {key: preset.pop(key) for key in ("snakefile", "configfile")}
    assert preset == default


def keys(section: dict, above: str = "") -> set[str]:
    found = set()
    for name, value in section.items():
        found.add(above + name)
        if isinstance(value, dict):
            found |= keys(value, f"{above}{name}.")
    return found


def test_every_setting_named_on_the_page_is_a_key():
    known = keys(DEFAULTS)
    sections = "|".join(name for name, value in DEFAULTS.items() if isinstance(value, dict))
    named = set(re.findall(rf"`((?:{sections})\.[a-z_A-Z.]+)", PAGE))
    assert len(named) > 10
    assert not {name for name in named if name.rstrip(".") not in known}


def test_each_system_has_its_commands_its_tables_and_an_existing_preset():
    parts = re.split(r"^## ", PAGE, flags=re.M)[1:]
    titles = [part.split("\n")[0] for part in parts]
    assert titles == [
        "PULSAR: masters", "PULSAR: calibration", "ASTEP", "ap-wbpp-calibration", "OST",
        "Where we differ on purpose",
    ]  # fmt: skip
    for part in parts[:-1]:
        assert "### Commands" in part
        assert "### Tables" in part
    for preset in set(re.findall(r"config/presets/\w+\.yaml", PAGE)):
        assert (ROOT / preset).exists(), preset


def test_every_row_has_an_answer():
    for line in PAGE.splitlines():
        if line.startswith("| ") and not line.startswith("|--"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            assert len(cells) in (2, 3), line
            assert cells[1], line
