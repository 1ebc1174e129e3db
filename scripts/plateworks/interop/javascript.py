"""Values of Python as source of JavaScript, safe whatever a text holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from plateworks.errors import PlateworksError


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant of a PixInsight process, such as ``ImageIntegration.prototype.Average``."""

    process: str
    name: str

    def __str__(self) -> str:
        return f"{self.process}.prototype.{self.name}"


def literal(value: Any) -> str:
    """Write a value as JavaScript.

    Texts become ASCII with escapes, so that neither quotes, backslashes and line ends nor U+2028,
    which ends a line in older JavaScript only, can leave their string.

    Raises
    ------
    PlateworksError
        For a name that is not Unicode, which PixInsight cannot open.
    """
    if isinstance(value, Constant):
        return str(value)
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise PlateworksError(
                f"{value!a}: the name is not Unicode, and PixInsight cannot open it; rename it."
            ) from None
        return json.dumps(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value, allow_nan=False)


def assignments(name: str, values: Mapping[str, Any]) -> Iterable[str]:
    """Give one line ``name.key = value;`` for each value; long lists have a line for each item."""
    for key, value in values.items():
        if isinstance(value, list) and len(value) > 1:
            items = ",\n".join(f"   {literal(item)}" for item in value)
            yield f"{name}.{key} = [\n{items}\n];"
        else:
            yield f"{name}.{key} = {literal(value)};"
