"""Records as plain values and back: what passes from a rule to the job that it starts.

Snakemake runs a job again when its parameters change, but it sees no change inside a dataclass.  So
a rule gets ``plain(record)``, and the script reads that back with :func:`record_of`, which takes
nothing that the record does not have.  (cattrs does this and more, and loading it costs each of
thousands of jobs 47 ms; this file costs 1 ms.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from plateworks.errors import PlateworksError

_Record = TypeVar("_Record")

#: Turns a plain value into what a hint asks for, given where the value stands.
_Reader = Callable[[object, str], object]

_SIMPLE: dict[object, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    NoneType: "null",
}


def plain(record: object) -> dict[str, Any]:
    """Return a record as dicts, lists, texts, numbers, true and false.

    What is None, and is so by default, is left out: a field that is added later runs no job again.

    Parameters
    ----------
    record : dataclass instance
        Its values may be records, sequences of them, mappings of texts to them, and simple values.

    Returns
    -------
    dict
        Fields by their names, in their order; it shares nothing that may change.

    Raises
    ------
    TypeError
        If a value is none of these, which is a mistake in the program.
    """
    if not is_dataclass(record) or isinstance(record, type):
        raise TypeError(f"{record!r} is no record")
    optional, values = _optional(type(record)), {}
    for name in _names(type(record)):
        value = getattr(record, name)
        if value is not None or name not in optional:
            values[name] = value if type(value) in _SIMPLE else _plain(value)
    return values


def record_of(cls: type[_Record], mapping: object, what: str) -> _Record:
    """Read back what :func:`plain` returned.

    Parameters
    ----------
    cls : type
        A dataclass, whose fields are simple (str, int, float, bool, None, literals), records,
        tuples or sequences, dicts or mappings of texts to these, and unions.  The names in its
        hints must be known in its file when it runs, not to type checkers alone.
    mapping : mapping
        Every field by its name, but for those that are None by default.
    what : str
        What is read, to begin a sentence with: ``"The order of this job"``.

    Returns
    -------
    instance of `cls`
        Sequences are tuples, and whole numbers floats where a float belongs.

    Raises
    ------
    PlateworksError
        For a key that the record does not have, one that is missing, or a value of a wrong type.
    """
    try:
        record: _Record = _read_record(cls, mapping, "")
    except _UnfitError as problem:
        raise PlateworksError(
            f"{what} cannot be read: {problem}.  Was Plateworks changed during the run?  "
            "Then start the run again."
        ) from None
    return record


def _plain(value: object) -> object:
    if type(value) in _SIMPLE:
        return value
    if type(value) is tuple:
        return [_plain(one) for one in value]
    if is_dataclass(value):
        return plain(value)
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError(f"{value!r} has keys that are no texts")
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | str):
        return [_plain(one) for one in value]
    if isinstance(value, str | int | float):
        return value
    raise TypeError(f"{value!r} is no plain value, and no record")


@cache
def _names(cls: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls) if field.init)


@cache
def _optional(cls: type) -> frozenset[str]:
    return frozenset(field.name for field in fields(cls) if field.default is None)


class _UnfitError(Exception):
    """A value does not fit its hint; the text says so, as a clause."""

    def __init__(self, where: str, clause: str):
        super().__init__(clause)
        self.where = where


class _WrongKeyError(_UnfitError):
    """A key too many or too few."""


def _wrong(where: str, value: object, wanted: str) -> _UnfitError:
    return _UnfitError(where, f"{where or 'it'} is {value!r}, where {wanted} belongs")


@cache
def _readers(cls: type) -> dict[str, _Reader]:
    """Return for each field of a record how its value is read."""
    hints = get_type_hints(cls)
    return {name: _reader(hints[name]) for name in _names(cls)}


def _read_record(cls: type, value: object, where: str) -> Any:
    readers, path = _readers(cls), f"{where}." if where else ""
    if not isinstance(value, Mapping):
        raise _wrong(where, value, _wanted(cls))
    for key in value:
        if key not in readers:
            known = ", ".join(readers)
            raise _WrongKeyError(
                f"{path}{key}",
                f"{cls.__name__} has no {path}{key}, which is {value[key]!r}; it has {known}",
            )
    for key in readers:
        if key not in value and key not in _optional(cls):
            raise _WrongKeyError(
                f"{path}{key}", f"{cls.__name__} needs {path}{key}, which is missing"
            )
    return cls(**{key: readers[key](one, f"{path}{key}") for key, one in value.items()})


def _reader(hint: Any) -> _Reader:
    """Return what reads the values of a hint."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _SIMPLE or origin is Literal:
        return _simple(hint, arguments)
    if isinstance(hint, type) and is_dataclass(hint):
        return lambda value, where: _read_record(hint, value, where)
    if origin in (Union, UnionType):
        return _union(hint, arguments)
    if origin is tuple and Ellipsis not in arguments:
        return _row(hint, [_reader(one) for one in arguments])
    if origin in (dict, Mapping) and arguments[0] is str:
        return _mapping(hint, _reader(arguments[1]))
    if origin in (tuple, list, Sequence):
        return _sequence(hint, _reader(arguments[0]))
    raise TypeError(f"records cannot hold {hint}")


def _wanted(hint: Any) -> str:
    """Say what a hint asks for."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if origin in (Union, UnionType):
        return " or ".join(map(_wanted, arguments))
    if origin is Literal:
        return " or ".join(map(repr, arguments))
    if origin is tuple and Ellipsis not in arguments:
        return f"a list of {len(arguments)}"
    if origin in (dict, Mapping):
        return "a mapping"
    return "a list" if origin else f"a {hint.__name__}"


def _simple(hint: Any, words: tuple[object, ...]) -> _Reader:
    def read(value: object, where: str) -> object:
        if hint is float and type(value) is int:
            return float(value)
        if type(value) is hint or any(value == x and type(value) is type(x) for x in words):
            return value
        raise _wrong(where, value, _wanted(hint))

    return read


def _union(hint: Any, kinds: tuple[Any, ...]) -> _Reader:
    readers = [_reader(kind) for kind in kinds]

    def read(value: object, where: str) -> object:
        if type(value) in kinds and type(value) in _SIMPLE:
            return value  # a whole number stays one, where a number may stand as well
        problems = []
        for read_kind in readers:
            try:
                return read_kind(value, where)
            except _UnfitError as problem:
                problems.append(problem)
        within = [problem for problem in problems if problem.where != where]
        if not within:
            raise _wrong(where, value, _wanted(hint))
        raise min(within, key=lambda problem: isinstance(problem, _WrongKeyError))

    return read


def _row(hint: Any, readers: list[_Reader]) -> _Reader:
    def read(value: object, where: str) -> object:
        if not isinstance(value, list | tuple) or len(value) != len(readers):
            raise _wrong(where, value, _wanted(hint))
        pairs = enumerate(zip(readers, value, strict=True))
        return tuple(read_one(one, f"{where}[{index}]") for index, (read_one, one) in pairs)

    return read


def _sequence(hint: Any, read_one: _Reader) -> _Reader:
    def read(value: object, where: str) -> object:
        if not isinstance(value, list | tuple):
            raise _wrong(where, value, _wanted(hint))
        return tuple(read_one(one, f"{where}[{index}]") for index, one in enumerate(value))

    return read


def _mapping(hint: Any, read_one: _Reader) -> _Reader:
    def read(value: object, where: str) -> object:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise _wrong(where, value, _wanted(hint))
        return {key: read_one(one, f"{where}.{key}") for key, one in value.items()}

    return read
