"""The form of each property of a device: what is not of it is no answer, however it is spelled."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable
from typing import Any, get_origin, get_type_hints

from plateworks.camera.answers import in_a_line

_FLAGS = {"true": True, "false": False, "1": True, "0": False}


def form_of(device: object, name: str) -> Any:
    """Return the type that alpyca's interface of a device states for a property, None if none."""
    getter = getattr(getattr(type(device), name, None), "fget", None)
    form = None if getter is None else get_type_hints(getter).get("return")
    return get_origin(form) or form


def in_form(value: Any, form: Any) -> Any:
    """Return a value as one of a type.

    Whole numbers may come as 5.0, and flags as words.

    Raises
    ------
    ValueError
        If it is none; the text says what it is.
    """
    try:
        return _READERS[form](value) if form in _READERS else value
    except ValueError as error:
        raise ValueError(f"{reprlib.repr(value)}, which is {error}") from None


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("no number")
    return value


def _whole(value: Any) -> int:
    if _number(value) != int(value):
        raise ValueError("no whole number")
    return int(value)


def _flag(value: Any) -> bool:
    try:
        return _FLAGS[str(value).strip().lower()]
    except KeyError:
        raise ValueError("neither true nor false") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return in_a_line(value)


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError("no list of texts")
    return [in_a_line(str(one)) for one in value]


_READERS: dict[Any, Callable[[Any], Any]] = {
    int: _whole,
    float: _number,
    bool: _flag,
    str: _text,
    list: _texts,
}
