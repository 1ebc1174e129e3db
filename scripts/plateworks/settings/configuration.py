"""The configuration: what the user gave becomes complete settings, or sentences on mistakes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from plateworks.errors import ConfigError
from plateworks.settings.aliases import is_bomb
from plateworks.settings.masters import LEAST_OF_MINMAX, Masters
from plateworks.settings.pathrules import check_rules
from plateworks.settings.reading import read_section
from plateworks.settings.settings import Settings
from plateworks.template import RAW_FIELDS, Template


def complete(
    config: Mapping[str, Any], given: Mapping[str, Any] = MappingProxyType({})
) -> Settings:
    """Return the settings that a configuration asks for, all others at their defaults.

    Parameters
    ----------
    config : mapping
        What Snakemake read, possibly with parts of sections only.
    given : mapping
        What has the last word: what the user gave, and below it what the configuration of another
        system says (:mod:`plateworks.settings.translation`).

    Raises
    ------
    ConfigError
        With one sentence for each mistake.
    """
    asked = merge(config, given)
    if is_bomb(asked):
        raise ConfigError(
            "The configuration holds more values than anyone writes, by aliases of YAML (*name); "
            "write out what they stand for."
        )
    if asked.get("dates") is not None:
        asked["dates"] = str(asked["dates"])  # 20120604 is no number
    settings = read_section(Settings, asked, loaded)
    named = settings.by_hand
    if named.level is not None:
        settings = replace(settings, masters=replace(settings.masters, bias_level=named.level))
    asked_for = settings.raw, settings.library, settings.capture.raw_dir
    if not any((*asked_for, named.light, named.bias, named.dark)):
        raise ConfigError(
            "No raw frames are named.  Say where they are: snakemake --config raw=/path/to/frames"
        )
    if settings.masters.bias_level is not None and settings.masters.engine != "native":
        raise ConfigError(
            "Config key masters.bias_level: PixInsight makes masters of frames alone; take bias "
            "frames, or set masters.engine: native."
        )
    _check_drop(settings.masters)
    check_rules(settings.path_rules)
    if settings.masters.method.flat == "variance":
        raise ConfigError(
            "Config key masters.method.flat: variance rejects against one noise for all pixels, "
            "and that of a flat goes with its light; choose sigma_clip, winsorized or minmax."
        )
    for kind, text in settings.capture.names.as_dict().items():
        Template(f"capture.names.{kind}", text, RAW_FIELDS, "capture.raw_dir")
    # The working folder goes by its full path: Snakemake takes ./name and name for two files.
    results = os.path.normpath(settings.results)
    return replace(settings, results=os.getcwd() if results == "." else results)


def _check_drop(masters: Masters) -> None:
    """Refuse to drop as many values as there are in the smallest sets that lose some.

    Raises
    ------
    ConfigError
    """
    methods = set(masters.method.as_dict().values())
    least = masters.min_frames if "minmax" in methods else max(masters.min_frames, LEAST_OF_MINMAX)
    dropped = sum(masters.rejection.drop)
    if dropped >= least and methods & {"auto", "minmax"}:
        raise ConfigError(
            f"Config key masters.rejection.drop: {list(masters.rejection.drop)} leaves nothing of "
            f"{least} frames; drop fewer, or set masters.min_frames to {dropped + 1} or more."
        )


def loaded(text: str) -> Any:
    """Return what YAML makes of a text; the text where it makes nothing of it."""
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):  # a date that there is none of, a number of 5000 digits
        return text


def load_yaml(path: str | Path) -> Any:
    """Read one YAML file into plain values.

    Raises
    ------
    ConfigError
        If its aliases make more of it than anyone writes.
    """
    import yaml

    with open(path, encoding="utf-8") as stream:
        # That in C reads the same, in a tenth of the time.
        content = yaml.load(stream, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if is_bomb(content):
        raise ConfigError(
            f"{path} holds more values than anyone writes, by aliases of YAML (*name)."
        )
    return content


def load_yaml_in_words(path: str | Path, what: str) -> Any:
    """Read one YAML file into plain values, as :func:`load_yaml`.

    Parameters
    ----------
    path : path
    what : str
        How a sentence on it begins: the path, or the key that names it with the path.

    Raises
    ------
    ConfigError
        If it cannot be read, with the reason.
    """
    import yaml

    try:
        return load_yaml(path)
    except (OSError, ValueError, yaml.YAMLError) as error:
        why = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise ConfigError(f"{what} cannot be read ({why}).") from None


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one configuration over another, section by section; an empty section changes nothing."""
    merged = dict(below)
    for key, value in above.items():
        base = below.get(key)
        if isinstance(base, Mapping) and (value is None or isinstance(value, Mapping)):
            merged[key] = merge(base, value or {})
        else:
            merged[key] = value
    return merged
