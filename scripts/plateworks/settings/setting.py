"""One setting: beside its type and its default what it means, and what may stand there.

The sections of the configuration are dataclasses with such fields.  What is read
(:mod:`plateworks.settings.reading`), ``config/config.yaml``, its schema and the tables of
``config/README.md`` all come from them.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast, get_type_hints

from plateworks.settings.section import OPTIONAL, Section

_Value = TypeVar("_Value")

_MEANING = "meaning"
#: The next number of the same list.
NEXT = "next"
#: No number of use in a setting is larger, on either side of 0.
MOST = 1e15


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a setting means, and what may stand there beyond its type.

    Limits hold for every number, and the pattern for every text, that stands in a setting; numbers
    are finite, and texts are not empty.

    Attributes
    ----------
    text : str
        What it is: the comment in ``config.yaml``, and the beginning of its row in the guide.
        Words to be given as they are stand between backticks.
    more : str
        Further sentences of the guide.
    what : str
        What may stand there, where type, limits and unit do not say it well.
    unit : str
    over, least, most : float or None
        Numbers are more than `over`, not less than `least`, not more than `most`.
    pattern : str
        A regular expression that is to be found in texts.
    some : bool
        Whether a list, or a section of what may be left out, must not be empty.
    unique : bool
        Whether a list must not name a thing twice.
    single : bool
        Whether one value may stand for a section, and goes for each key of it.
    path : bool
        Whether texts may be paths, in which ``~`` is the home folder.
    upto : str
        The key of the same section that must not be less, where both are given; ``"next"`` if it is
        the next number of the same list.
    """

    text: str
    more: str = ""
    what: str = ""
    unit: str = ""
    over: float | None = None
    least: float | None = None
    most: float | None = None
    pattern: str = ""
    some: bool = False
    unique: bool = False
    single: bool = False
    path: bool = False
    upto: str = ""


class Key(NamedTuple):
    """One key of a section; `optional`: it may be left out, but null may not stand there."""

    name: str
    hint: Any
    default: Any
    meaning: Meaning
    optional: bool

    @property
    def required(self) -> bool:
        return self.default is MISSING


def setting(
    default: _Value,
    text: str,
    *,
    more: str = "",
    what: str = "",
    unit: str = "",
    over: float | None = None,
    least: float | None = None,
    most: float | None = None,
    pattern: str = "",
    some: bool = False,
    unique: bool = False,
    single: bool = False,
    path: bool = False,
    upto: str = "",
) -> _Value:
    """Return a field with a default; the parameters are the attributes of :class:`Meaning`."""
    meaning = Meaning(
        text, more, what, unit, over, least, most, pattern, some, unique, single, path, upto
    )
    return field(default=default, metadata={_MEANING: meaning})


def part(
    text: str,
    *,
    default: Any = None,
    what: str = "",
    unit: str = "",
    over: float | None = None,
    least: float | None = None,
    most: float | None = None,
    pattern: str = "",
    path: bool = False,
) -> Any:
    """Return a field of an entry that may be left out, and is None or a default then."""
    meaning = Meaning(text, "", what, unit, over, least, most, pattern=pattern, path=path)
    return field(default=default, metadata={_MEANING: meaning, OPTIONAL: True})


def needed(
    text: str, *, what: str = "", pattern: str = "", some: bool = False, path: bool = False
) -> Any:
    """Return a field of an entry that must be given."""
    meaning = Meaning(text, what=what, pattern=pattern, some=some, path=path)
    return field(metadata={_MEANING: meaning})


def is_section(hint: Any) -> bool:
    """Whether a type is that of a section, or of an entry of a list."""
    return isinstance(hint, type) and issubclass(hint, Section)


def keys_of(section: type) -> tuple[Key, ...]:
    """Return the keys of a section, in their order."""
    return _keys(cast(Any, section))


@cache
def _keys(section: Any) -> tuple[Key, ...]:
    hints = get_type_hints(section)
    return tuple(_key(one, hints[one.name]) for one in fields(section))


def _key(one: Field[Any], hint: Any) -> Key:
    told = one.metadata
    return Key(one.name, hint, one.default, told[_MEANING], OPTIONAL in told)
