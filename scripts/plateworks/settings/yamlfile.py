"""``config/config.yaml``: every key with its default, and what it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plateworks.settings.section import Section
from plateworks.settings.setting import Key, is_section, keys_of

_HEAD = """\
# All settings of Plateworks with their defaults.  Every key is explained in config/README.md.
# Give your own values in a file of the same form (snakemake --configfile my.yaml), or the flat keys
# on the command line (snakemake --config raw=/path/to/frames results=/path/to/results).
# Written by make config, from scripts/plateworks/settings.
"""


def yaml_of(section: type[Section]) -> str:
    """Return the file for a configuration that consists of `section`."""
    return _HEAD + "\n".join(["", *_apart(section)]) + "\n"


def written(value: Any) -> str:
    """Return a value as it is written in YAML, on one line."""
    import yaml

    plain = list(value) if isinstance(value, tuple) else value
    text: str = yaml.safe_dump(plain, default_flow_style=True, width=1000, allow_unicode=True)
    text = text.removesuffix("...\n").strip()
    return f'"{value}"' if isinstance(value, str) and text != value else text


def _apart(section: type[Section]) -> Iterator[str]:
    """Yield the lines of the file, with sections set apart."""
    previous = None
    for key in keys_of(section):
        if previous is not None and (is_section(key.hint) or is_section(previous.hint)):
            yield ""
        yield from _lines(key, "")
        previous = key


def _lines(key: Key, indent: str) -> Iterator[str]:
    comment = key.meaning.text.replace("`", "")
    if is_section(key.hint):
        yield f"{indent}{key.name}: # {comment}"
        for one in keys_of(key.hint):
            yield from _lines(one, indent + "  ")
    else:
        yield f"{indent}{key.name}: {written(key.default)} # {comment}"
