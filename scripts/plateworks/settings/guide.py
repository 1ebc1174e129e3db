"""The tables of ``config/README.md``, each between two marks; all else there is written by hand.

``<!-- settings: names, solve -->`` begins a table of these sections, ``<!-- settings -->`` one of
the keys beside them, and ``<!-- entries: overrides -->`` one of what an entry of a list may hold.
``<!-- end -->`` ends it.  A section that has a table of its own is in no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

from plateworks.settings.section import Section
from plateworks.settings.setting import Key, is_section, keys_of
from plateworks.settings.wanted import wanted
from plateworks.settings.yamlfile import written

#: Beginnings of sentences that stay small.
_AS_THEY_ARE = ("true:", "false:", "σ ", "mm")

_TABLE = re.compile(r"<!-- (settings|entries)(?:: (.*?))? -->\n.*?<!-- end -->", re.DOTALL)


def with_tables(guide: str, section: type[Section]) -> str:
    """Return the guide with its tables as the settings are now."""
    named = {name for _, names in _TABLE.findall(guide) for name in names.split(", ")}

    def table(found: re.Match[str]) -> str:
        kind, names = found.groups()
        if kind == "entries":
            head, rows = "what may stand there", _entries(_found(section, names))
        else:
            head, rows = "default", _of_sections(section, (names or "").split(", "), named)
        body = "\n".join([f"| key | {head} | meaning |", "|---|---|---|", *rows])
        mark = found.group().partition("\n")[0]
        return f"{mark}\n{body}\n<!-- end -->"

    return _TABLE.sub(table, guide)


def _of_sections(top: type[Section], names: list[str], named: set[str]) -> Iterator[str]:
    for name in names:
        if not name:
            keys = (key for key in keys_of(top) if not is_section(key.hint))
            yield from (row for key in keys for row in _rows(key, key.name, named))
            continue
        key = _found(top, name)
        if "." in name:  # one of several sections within another
            yield _row(name, "", key)
        for one in keys_of(key.hint):
            yield from _rows(one, f"{name}.{one.name}", named)


def _found(section: type[Section], name: str) -> Key:
    """Return the key of a name with points in it."""
    first, _, rest = name.partition(".")
    [key] = [key for key in keys_of(section) if key.name == first]
    return _found(key.hint, rest) if rest else key


def _rows(key: Key, name: str, named: set[str]) -> Iterator[str]:
    if not is_section(key.hint):
        yield _row(name, _shown(key), key)
    elif name not in named:
        yield _row(name, "", key)
        for one in keys_of(key.hint):
            yield from _rows(one, f"{name}.{one.name}", named)


def _entries(key: Key) -> Iterator[str]:
    """Yield rows for what an entry of a list may hold."""
    for one in keys_of(get_args(key.hint)[0]):
        if is_section(one.hint):
            yield _row(one.name, "", one)
            for within in keys_of(one.hint):
                yield _row(f"{one.name}.{within.name}", wanted(within), within)
        else:
            yield _row(one.name, wanted(one), one)


def _row(name: str, shown: str, key: Key) -> str:
    text, more = key.meaning.text, key.meaning.more
    if not text.startswith(_AS_THEY_ARE):
        text = text[0].upper() + text[1:]
    if not text.endswith(","):
        text += ":" if is_section(key.hint) and not more else "."
    cells = (f"`{name}`", shown, f"{text} {more}")
    return f"|{'|'.join(f' {cell}'.rstrip() + ' ' for cell in cells)}|"


def _shown(key: Key) -> str:
    """Return a default; in backticks where it is a template or in quotes."""
    text = written(key.default).replace("'", '"')
    if "{" in text:
        text = text.strip('"')
    return f"`{text}`" if re.search(r'[{"]', text) else text
