"""Reading a section from what stands in a configuration file, with a sentence for each mistake."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin

from plateworks.errors import ConfigError
from plateworks.printable import has_unseen, printable
from plateworks.settings.aliases import brief, shown
from plateworks.settings.paths import plain_path
from plateworks.settings.section import Section
from plateworks.settings.setting import MOST, NEXT, Key, Meaning, is_section, keys_of
from plateworks.settings.wanted import kinds_of, takes_null, wanted

_One = TypeVar("_One", bound=Section)


def read_section(
    section: type[_One], given: Mapping[str, Any], load: Callable[[str], Any] | None = None
) -> _One:
    """Return the section that `given` asks for, all other keys at their defaults.

    Parameters
    ----------
    section : type
    given : mapping
        Keys and their values, as they stand in a configuration file.
    load : function, optional
        Makes more of a text that cannot stand where it does: a number, a list.  Settings that come
        from the command line within sections are all texts.

    Raises
    ------
    ConfigError
        With one sentence for each mistake.
    """
    reading = _Reading(load)
    found: _One = reading.section(section, given, "")
    if reading.mistakes:
        raise ConfigError("\n".join(reading.mistakes))
    return found


class _UnfitError(Exception):
    """A value cannot stand in a setting."""


class _Reading:
    """One reading, with the mistakes found so far; what is read beside one is of no use."""

    def __init__(self, load: Callable[[str], Any] | None) -> None:
        self._load = load
        self.mistakes: list[str] = []

    def section(self, section: type, given: Mapping[str, Any], where: str) -> Any:
        """Read a section or an entry of a list."""
        keys = {key.name: key for key in keys_of(section)}
        dot = where and f"{where}."
        for name in given:
            if name not in keys:
                self.mistakes.append(_unknown(f"{dot}{name}", dot, keys))
        for name, key in keys.items():
            if key.required and name not in given:
                self.mistakes.append(f"Config key {where} has no {name}, which is: {wanted(key)}.")
        values = {
            name: self._value(keys[name], value, f"{dot}{name}")
            for name, value in given.items()
            if name in keys
        }
        self.mistakes += _reversed(keys.values(), values, dot)
        return None if self.mistakes else section(**values)

    def _value(self, key: Key, value: Any, where: str) -> Any:
        for one in self._readings(value):
            with suppress(_UnfitError):
                return self._read(key, one, where)
        said = f"Config key {where}: {shown(value)} cannot stand there."
        self.mistakes.append(f"{said}  {where} is: {wanted(key)}.")
        return None

    def _readings(self, value: Any) -> Iterator[Any]:
        """Yield a value, and of a text then what more there is in it."""
        yield value
        if isinstance(value, str) and self._load is not None:
            yield self._load(value)

    def _read(self, key: Key, value: Any, where: str) -> Any:
        item: Any = next(iter(get_args(key.hint)), None)
        if is_section(key.hint):
            return self._within(key, value, where)
        if is_section(item):
            _sure(value, isinstance(value, list | tuple))
            _sure(value, all(isinstance(entry, Mapping) for entry in value))
            entries = enumerate(value)
            return tuple(self.section(item, one, f"{where}.{number}") for number, one in entries)
        _sure(value, value is not None or takes_null(key))
        return self._fitting(key.hint, key.meaning, value)

    def _within(self, key: Key, value: Any, where: str) -> Any:
        """Read a section within a section; an empty one means its defaults."""
        if value is None and not (key.required or key.optional):
            return key.default
        if key.meaning.single and not isinstance(value, Mapping):
            keys = keys_of(key.hint)
            one = self._fitting(keys[0].hint, keys[0].meaning, value)
            return key.hint(**{each.name: one for each in keys})
        _sure(value, isinstance(value, Mapping) and bool(value or not key.meaning.some))
        return self.section(key.hint, value, where)

    def _fitting(self, hint: Any, meaning: Meaning, value: Any) -> Any:
        """Return a value as a hint wants it: a list as a tuple, a number as the right kind of it.

        Raises
        ------
        _UnfitError
            If it cannot stand there.
        """
        for one in self._readings(value):
            # Of two kinds of number the one that it is, so that a whole number stays one.
            for kind in sorted(kinds_of(hint), key=lambda kind: kind is not type(one)):
                with suppress(_UnfitError):
                    return self._of_kind(kind, meaning, one)
        raise _UnfitError

    def _of_kind(self, kind: Any, meaning: Meaning, value: Any) -> Any:
        origin, arguments = get_origin(kind), get_args(kind)
        if kind in (NoneType, bool):
            return _sure(value, type(value) is kind)
        if kind is str:
            text = str(value) if isinstance(value, date) else value  # YAML reads dates
            fits = isinstance(text, str) and text and re.search(meaning.pattern, text)
            _sure(text, bool(fits) and not has_unseen(text) and _has_bytes(text))
            return plain_path(text) if meaning.path else text
        if kind in (int, float):
            return _number(kind, meaning, value)
        if origin is Literal:
            return _sure(value, isinstance(value, str) and value in arguments)
        if origin is tuple:
            return self._list(arguments, meaning, value)
        if origin is dict:
            _sure(value, isinstance(value, Mapping) and all(type(key) is str for key in value))
            return {key: self._fitting(arguments[1], meaning, one) for key, one in value.items()}
        raise TypeError(f"settings cannot be of {kind}")

    def _list(self, hints: tuple[Any, ...], meaning: Meaning, value: Any) -> tuple[Any, ...]:
        _sure(value, isinstance(value, list | tuple))
        if hints[-1] is not Ellipsis:
            _sure(value, len(value) == len(hints))
            pairs = zip(hints, value, strict=True)
            fixed = tuple(self._fitting(hint, meaning, one) for hint, one in pairs)
            _sure(fixed, meaning.upto != NEXT or sorted(fixed) == list(fixed))
            return fixed
        items = tuple(self._fitting(hints[0], meaning, one) for one in value)
        _sure(items, bool(items or not meaning.some))
        _sure(items, not (meaning.unique and len(set(items)) < len(items)))
        return items


def _sure(value: Any, fits: bool) -> Any:
    """Return a value that fits; raise if it does not."""
    if not fits:
        raise _UnfitError
    return value


def _number(kind: type, meaning: Meaning, value: Any) -> int | float:
    """Return a number; none that is infinite or absurd, and as a whole number also 2.0."""
    if type(value) not in (int, float) or not abs(value) <= MOST:
        raise _UnfitError
    if kind is int and value != int(value):
        raise _UnfitError
    over, least, most = meaning.over, meaning.least, meaning.most
    low = (over is None or value > over) and (least is None or value >= least)
    found: int | float = _sure(kind(value), low and (most is None or value <= most))
    return found


def _reversed(keys: Iterable[Key], values: Mapping[str, Any], dot: str) -> Iterator[str]:
    """Yield a sentence for each number that is more than the one that it leads up to."""
    known = {key.name: values.get(key.name, key.default) for key in keys}
    for key in keys:
        low, high = known[key.name], known.get(key.meaning.upto)
        if low is not None and high is not None and low > high:
            yield (
                f"Config key {dot}{key.name}: {low:g} is more than {dot}{key.meaning.upto}, which "
                f"is {high:g}; exchange them."
            )


def _unknown(name: str, dot: str, known: Iterable[str]) -> str:
    """Say that a key is not known, and what was meant."""
    known, name = sorted(known), brief(printable(name))
    close = difflib.get_close_matches(name.removeprefix(dot), known, n=1)
    if close:
        return f"Config key {name} is not known.  Did you mean {dot}{close[0]}?"
    return f"Config key {name} is not known.  Known here: {', '.join(known)}."


def _has_bytes(text: str) -> bool:
    """Whether a text can be a name of a file: halves of characters (``"\\ud800"``) cannot."""
    with suppress(UnicodeEncodeError):
        return bool(os.fsencode(text))
    return False
