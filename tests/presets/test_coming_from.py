"""docs/coming-from.md: every command in it can be given, and every setting in it exists."""

import re
import shlex
from pathlib import Path

import pytest
from snakemake.cli import get_argument_parser, parse_config

from plateworks.planning.paths import Naming
from plateworks.settings.configuration import complete, load_yaml, merge
from plateworks.settings.translation import read_foreign
from workflow import ROOT

PAGE = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8")
COMMANDS = list(dict.fromkeys(re.findall(r"`(snakemake (?!--help)[^`…]+)`", PAGE)))
DEFAULTS = load_yaml(ROOT / "config" / "config.yaml")
RULES = set(
    re.findall(
        r"^(?:rule|checkpoint) (\w+):|^use rule \w+ as (\w+) with:",
        "\n".join(p.read_text() for p in [ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk")]),
        re.M,
    )
)
TARGETS = {name for pair in RULES for name in pair if name}
GUIDE = Path(__file__).with_name("config_calibration_frames.yaml")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_understood(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / GUIDE.name).write_text(GUIDE.read_text())
    (tmp_path / "darks").mkdir()
    arguments = get_argument_parser().parse_args(shlex.split(command)[1:])
    for target in arguments.targets:
        assert target in TARGETS or Path(target).suffix in (".lst", ".js"), target
    if not arguments.configfile:
        return
    given = {}
    for file in arguments.configfile:
        if not str(file).startswith("config/"):  # the reader's own
            continue
        given = merge(given, load_yaml(ROOT / file))
    given = merge(given, parse_config(arguments.config))
    ours, _ = read_foreign(given, ROOT / "config" / "presets")
    settings = complete(given, ours)
    Naming(settings.results, settings.names)


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
    assert len(named) > 40
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
            assert len(cells) in (2, 4), line
            assert cells[1], line
