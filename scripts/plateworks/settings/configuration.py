"""The configuration: defaults filled in, mistakes said in sentences."""

from __future__ import annotations

import copy
import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from plateworks.errors import ConfigError
from plateworks.template import RAW_FIELDS, Template


def complete(
    config: Mapping, defaults: Mapping, schema: Mapping, given: Mapping = MappingProxyType({})
) -> dict:
    """Fill `config` with `defaults` and check it against `schema`.

    Parameters
    ----------
    config : mapping
        What Snakemake read, possibly with parts of sections only.
    defaults : mapping
        All keys with their default values (``config/config.yaml``).
    schema : mapping
        JSON schema (``config/schemas/config.schema.yaml``).
    given : mapping
        What has the last word: what the user gave, and below it what the configuration of another
        system says (:mod:`plateworks.settings.translation`).

    Returns
    -------
    dict
        Every key of `defaults`, and nothing else.

    Raises
    ------
    ConfigError
        With one sentence for each mistake.
    """
    import jsonschema

    settings = merge(merge(defaults, config), given)
    if settings["dates"] is not None:
        settings["dates"] = str(settings["dates"])  # YAML reads 2012-06-04 as a date
    validator = jsonschema.Draft202012Validator(schema)
    settings = _typed(settings, validator)
    mistakes = sorted(validator.iter_errors(settings), key=lambda e: [str(p) for p in e.path])
    if mistakes:
        raise ConfigError("\n".join(_sentence(mistake) for mistake in mistakes))
    if settings["raw"] is None and not settings["library"] and not settings["capture"]["raw_dir"]:
        raise ConfigError(
            "No raw frames are named.  Say where they are: snakemake --config raw=/path/to/frames"
        )
    if settings["masters"]["bias_level"] is not None and settings["masters"]["engine"] != "native":
        raise ConfigError(
            "Config key masters.bias_level: PixInsight makes masters of frames alone; take bias "
            "frames, or set masters.engine: native."
        )
    for kind, text in settings["capture"]["names"].items():
        Template(f"capture.names.{kind}", text, RAW_FIELDS, "capture.raw_dir")
    # The working folder goes by its full path: Snakemake takes ./name and name for two files.
    results = os.path.normpath(settings["results"])
    settings["results"] = os.getcwd() if results == "." else results
    return settings


def load_yaml(path: str | Path) -> dict:
    """Read one YAML file into plain values."""
    import yaml

    with open(path, encoding="utf-8") as stream:
        return yaml.safe_load(stream)


def merge(defaults: Mapping, given: Mapping) -> dict:
    """Lay `given` over `defaults`, section by section; an empty section means its defaults."""
    merged = dict(defaults)
    for key, value in given.items():
        base = defaults.get(key)
        if isinstance(base, Mapping) and (value is None or isinstance(value, Mapping)):
            merged[key] = merge(base, value or {})
        else:
            merged[key] = value
    return merged


def _typed(settings: dict, validator: Any) -> dict:
    """Read numbers and the like within sections, which on the command line come as texts."""
    import yaml

    settings = copy.deepcopy(settings)
    for mistake in list(validator.iter_errors(settings)):
        if isinstance(mistake.instance, str) and mistake.path:
            *path, last = mistake.absolute_path
            section = settings
            for part in path:
                section = section[part]
            try:
                section[last] = yaml.safe_load(mistake.instance)
            except yaml.YAMLError:
                continue
    return settings


def _sentence(mistake: Any) -> str:
    """Say what is wrong with one key, what stands there, and what may stand there."""
    where = ".".join(str(part) for part in mistake.absolute_path)
    if mistake.validator == "additionalProperties":
        known = mistake.schema.get("properties", {})
        unknown = [key for key in mistake.instance if key not in known]
        return "  ".join(_unknown_key(where, key, known) for key in unknown)
    wanted = mistake.schema.get("description")
    explained = f"  {where} is: {wanted}" if wanted else ""
    return f"Config key {where or '(top)'}: {mistake.message}.{explained}"


def _unknown_key(where: str, key: str, known: Mapping) -> str:
    name = f"{where}.{key}" if where else str(key)
    close = difflib.get_close_matches(str(key), list(known), n=1)
    if close:
        meant = f"{where}.{close[0]}" if where else close[0]
        return f"Config key {name} is not known.  Did you mean {meant}?"
    return f"Config key {name} is not known.  Known here: {', '.join(sorted(known))}."
