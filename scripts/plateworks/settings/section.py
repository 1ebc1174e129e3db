"""A section of the configuration: what all of them have in common."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

#: Marks a field that may be left out, which is None, but is never null.
OPTIONAL = "optional"


class Section:
    """A section, or an entry of a list, of the configuration: a dataclass of settings."""

    __slots__ = ()

    def as_dict(self) -> dict[str, Any]:
        """Return every key with its value, sections within as dicts and tuples as lists.

        It is in the form of a configuration file: read as one, it gives an equal section.
        """
        return {
            one.name: _plain(value)
            for one in fields(self)  # type: ignore[arg-type]  # each section is a dataclass
            if (value := getattr(self, one.name)) is not None or not one.metadata.get(OPTIONAL)
        }


def _plain(value: Any) -> Any:
    if isinstance(value, Section):
        return value.as_dict()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return dict(value) if isinstance(value, dict) else value
