"""Digests of what is known: by the names of values, and by nothing else.

A digest in a header outlives the code that wrote it.  So it depends on known values by name: not on
the name of a class, the order of its fields, or a field that is unknown.  What is renamed, moved or
added then leaves the digests of all products as they are.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import date
from numbers import Integral, Real

#: How many hexadecimal digits of SHA-256 a digest has.
LENGTH = 16

#: What a mapping leaves out: None is unknown, and nothing is in the others.
_NOTHING: tuple[object, ...] = (None, "", [], {})


def digest_of(**known: object) -> str:
    """Return a digest of values by their names.

    Parameters
    ----------
    known
        Texts, numbers, truths, paths, dates, and of them mappings, dataclasses, named tuples,
        sequences and sets.

    Returns
    -------
    str
        16 hexadecimal digits.

    Raises
    ------
    TypeError
        If a value is none of these, which is a mistake in the program.
    """
    text = json.dumps(canonical(known), sort_keys=True, separators=(",", ":"))
    return digest_of_bytes(text.encode("ascii"))  # json escapes what is not, surrogates too


def digest_of_bytes(content: bytes) -> str:
    """Return a digest of bytes, of the same form."""
    return hashlib.sha256(content).hexdigest()[:LENGTH]


def digest_of_file(path: str | os.PathLike[str]) -> str:
    """Return the same of what a file holds, however much that is.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:LENGTH]


def canonical(value: object) -> object:
    """Return a value as JSON can hold it, equal for what means the same.

    A dataclass or named tuple becomes a mapping by the names of its fields.  A mapping leaves out
    what is None or empty; a sequence does not, since there the place counts.  A number is whole
    also where it is stored as a float, a path is its text, and a set has no order.

    Raises
    ------
    TypeError
        As :func:`digest_of`.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        number = float(value)
        return int(number) if number.is_integer() else number
    names = _field_names(type(value))
    if names is not None:
        return _known((name, getattr(value, name)) for name in names)
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError(f"{value!r} has keys that are no texts, so its values have no names")
        return _known(value.items())
    if isinstance(value, Set):
        return sorted(map(canonical, value), key=lambda one: json.dumps(one, sort_keys=True))
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [canonical(one) for one in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} is of {type(value)}, of which there is no digest")


def _known(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    made = ((name, canonical(value)) for name, value in pairs)
    return {name: value for name, value in made if value not in _NOTHING}


def _field_names(cls: type) -> tuple[str, ...] | None:
    """Return the fields of a dataclass or a named tuple; None for other types."""
    if is_dataclass(cls):
        return tuple(field.name for field in fields(cls))
    return getattr(cls, "_fields", None) if issubclass(cls, tuple) else None
