"""YAML whose aliases make more of it than anyone wrote: some hundred bytes may mean a billion."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any

#: Values in one configuration; that of every key written out has some hundreds.
_MOST = 1_000_000
_DEEPEST = 50

_shortened = reprlib.Repr()
_shortened.maxlevel, _shortened.maxstring, _shortened.maxother = 4, 200, 200
_shortened.maxlist = _shortened.maxtuple = _shortened.maxdict = 12


def is_bomb(value: Any) -> bool:
    """Whether a value holds too many others, or itself, aliases written out."""
    counted: dict[int, int] = {}

    def count(one: Any, depth: int) -> int:
        if not isinstance(one, Mapping | list | tuple):
            return 1
        if depth > _DEEPEST:
            return _MOST + 1
        if id(one) not in counted:
            counted[id(one)] = _MOST + 1  # met again inside itself it has no end
            parts = one.values() if isinstance(one, Mapping) else one
            counted[id(one)] = 1 + sum(count(part, depth + 1) for part in parts)
        return counted[id(one)]

    return count(value, 0) > _MOST


def shown(value: Any) -> str:
    """Return a value in as many words as a person reads."""
    return _shortened.repr(value)


def brief(text: str) -> str:
    """Return a text, or the beginning of one that is longer than a person reads."""
    return text if len(text) <= _shortened.maxstring else f"{text[: _shortened.maxstring]}…"
