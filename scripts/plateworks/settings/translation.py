"""The configuration of another system, read as it stands through a table of its keys.

The table is data (``config/presets/ost_keys.yaml``): each key of theirs, with the key of ours that
it becomes, or why it has no effect.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from plateworks.errors import ConfigError
from plateworks.settings.configuration import load_yaml, load_yaml_in_words, loaded, merge
from plateworks.settings.paths import plain_path


def read_foreign(given: Mapping[str, Any], folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Read the configuration that ``foreign_config`` names, and lay what the user gave over it.

    Parameters
    ----------
    given : mapping
        What the user gave; ``foreign_keys`` names the table.
    folder : Path
        Where the tables lie.

    Returns
    -------
    ours, notes
        As :func:`translate` returns them; `given` alone where no table is named.  Keys of the table
        may stand among those of `given`, and win over those of the file.

    Raises
    ------
    ConfigError
        If a file cannot be read, or is not what it should be.
    """
    path, name = given.get("foreign_config"), given.get("foreign_keys")
    if name is None:
        if path is not None:
            raise ConfigError("foreign_config needs foreign_keys: which system is it of?")
        return dict(given), []
    tables = sorted(one.name.removesuffix("_keys.yaml") for one in folder.glob("*_keys.yaml"))
    if name not in tables:
        raise ConfigError(f"Config key foreign_keys: {name!r} is none of {', '.join(tables)}.")
    table = load_yaml(folder / f"{name}_keys.yaml")
    theirs = {} if path is None else _read(plain_path(str(path)))
    below, notes = translate(theirs, table)
    notes = [f"{path}: {note}" for note in notes]
    beside = {key: value for key, value in given.items() if key in table}
    above, more = translate(beside, {key: table[key] for key in beside})
    own = {key: value for key, value in given.items() if key not in beside}
    return merge(merge(below, own), above), notes + more


def translate(
    theirs: Mapping[str, Any], table: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], list[str]]:
    """Say in our keys what a configuration of theirs says.

    Parameters
    ----------
    theirs : mapping
    table : mapping
        Their keys, sections and names joined by a point, each with ``to`` (one of our keys or
        several), ``also`` (keys of ours with the values that they get then), ``values`` (their
        words, and what they are here), ``otherwise`` (what any other word is), ``default`` (where
        the key is missing), ``folder: true`` (folders are collected, those that are there), or
        ``dead`` (why there is none of ours).

    Returns
    -------
    ours : dict
        Sections of our configuration.
    notes : list of str
        A sentence for each key without effect, each folder given that is not there, and each key
        that the table does not know.

    Raises
    ------
    ConfigError
        If a value is none of the words that the table knows.
    """
    given = dict(flattened(theirs))
    ours: dict[str, Any] = {}
    notes = []
    for key in given:
        if key not in table:
            notes.append(f"{key} is not known, and has no effect.")
        elif "dead" in table[key]:
            notes.append(f"{key} has no effect: {table[key]['dead']}.")
    for key, rule in table.items():
        if "dead" in rule:
            continue
        value = given.get(key)
        if value is None:
            value = rule.get("default")
        if rule.get("folder") and isinstance(value, str):
            value = plain_path(value)
        if value is None:
            continue
        if rule.get("folder") and not os.path.isdir(value):
            if key in given:
                notes.append(f"{key} has no effect: there is no folder {value}.")
            continue
        value = _word(key, value, rule)
        for name in [rule["to"]] if isinstance(rule["to"], str) else rule["to"]:
            section, last = _place(ours, name)
            section[last] = [*section.get(last, ()), value] if rule.get("folder") else value
        for name, word in rule.get("also", {}).items():
            section, last = _place(ours, name)
            section.setdefault(last, word)
    return ours, notes


def _place(ours: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    """Return the section of a key with points in it, made if it is not there, and its last part."""
    *sections, last = name.split(".")
    for one in sections:
        ours = ours.setdefault(one, {})
    return ours, last


def _read(path: str) -> Mapping[str, Any]:
    theirs = load_yaml_in_words(path, f"Config key foreign_config: {path}")
    if not isinstance(theirs, Mapping):
        raise ConfigError(f"Config key foreign_config: {path} holds no sections.")
    return theirs


def _word(key: str, value: Any, rule: Mapping[str, Any]) -> Any:
    words = rule.get("values")
    if words is not None and isinstance(value, str) and value not in words:
        value = loaded(value)  # true, of a command line
    if words is None or value in words:
        return value if words is None else words[value]
    if "otherwise" in rule:
        return rule["otherwise"]
    raise ConfigError(f"{key}: {value!r} is not known; it may be {', '.join(map(str, words))}.")


def flattened(section: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every key with a value, sections and names joined by a point."""
    for name, value in section.items():
        if isinstance(value, Mapping):
            yield from flattened(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value
