"""What may stand in a setting, in words: ``a whole number from 1, or null``."""

from __future__ import annotations

from collections.abc import Sequence
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from plateworks.settings.setting import Key, Meaning, is_section, keys_of


def wanted(key: Key) -> str:
    """Return what may stand in a setting."""
    kinds = [kind for kind in kinds_of(key.hint) if kind is not NoneType]
    if float in kinds and int in kinds:
        kinds.remove(int)  # a number, whole or not
    words = key.meaning.what or " or ".join(_words(kind, key.meaning) for kind in kinds)
    return f"{words}, or null" if takes_null(key) else words


def kinds_of(hint: Any) -> tuple[Any, ...]:
    """Return the types of a union, or the one type that there is."""
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def takes_null(key: Key) -> bool:
    """Whether null may stand in a setting."""
    return NoneType in kinds_of(key.hint) and not key.optional


def listed(words: Sequence[object], last: str) -> str:
    """Return words with commas between them, and `last` before the last of them."""
    texts = [str(word) for word in words]
    return f" {last} ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))


def _words(kind: Any, meaning: Meaning) -> str:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is bool:
        return "true or false"
    if origin is Literal:
        return listed(arguments, "or")
    if kind is int or kind is float:
        return _number(kind, meaning)
    if kind is str:
        return "a text"
    if is_section(kind):
        return f"a section with {listed([key.name for key in keys_of(kind)], 'and')}"
    if origin is tuple and get_origin(arguments[0]) is Literal:
        return f"a list of {', '.join(get_args(arguments[0]))}"
    raise TypeError(f"settings of {kind} need their words in `what`")


def _number(kind: type, meaning: Meaning) -> str:
    whole = kind is int
    noun = meaning.unit or ("a whole number" if whole else "a number")
    over, least, most = meaning.over, meaning.least, meaning.most
    comma = ", " if meaning.unit else " "
    if over is not None:
        limits = f"more than {over:g}" + (f" and up to {most:g}" if most is not None else "")
    elif least is not None and most is not None:
        limits = f"from {least:g} to {most:g}"
    elif least is not None:
        limits = f"from {least:g}" if whole else f"{least:g} or more"
        comma = " " if whole else ", "
    else:
        return noun
    return f"{noun}{comma}{limits}"
