"""Keys that a configuration file says twice: YAML forbids it, and its readers take the last one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from plateworks.errors import ConfigError
from plateworks.printable import printable

if TYPE_CHECKING:
    from yaml import Node

#: What takes the keys of another section over.
_MERGE = "tag:yaml.org,2002:merge"
#: Of a file with more mistakes the first ones are told.
_MOST = 10


def refuse_repeated(path: str | os.PathLike[str]) -> None:
    """Look through a configuration file that Snakemake has read, in YAML or JSON.

    Raises
    ------
    ConfigError
        With a sentence for each key that stands twice in its section.
    """
    import yaml

    with suppress(OSError, ValueError, RecursionError, yaml.YAMLError):  # what it cannot read
        with open(path, encoding="utf-8") as stream:
            root = yaml.compose(stream, yaml.SafeLoader)
        said = [
            f"{printable(str(path))} says {printable(name)} twice, in line {first} and in line "
            f"{second}; take one of them out."
            for name, first, second in islice(_repeated(root), _MOST)
        ]
        if said:
            raise ConfigError("\n".join(said))


def _repeated(root: Node | None) -> Iterator[tuple[str, int, int]]:
    """Yield the full name of each key that stands twice, and its lines."""
    import yaml

    seen: set[int] = set()
    waiting = [("", root)]
    while waiting:
        where, node = waiting.pop(0)
        if id(node) in seen:  # by an alias
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += [(f"{where}{number}.", one) for number, one in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            lines: dict[str, int] = {}
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                    name, line = f"{where}{key.value}", key.start_mark.line + 1
                    if name in lines:
                        yield name, lines[name], line
                    lines[name] = line
                    waiting.append((f"{name}.", value))
