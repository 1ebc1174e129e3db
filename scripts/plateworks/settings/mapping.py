"""Reading a section like a mapping, for rooms that do not take sections yet."""

from __future__ import annotations

from dataclasses import fields
from typing import Any


class ReadLikeMapping:
    """``section["key"]`` beside ``section.key``."""

    __slots__ = ()

    def __getitem__(self, key: str) -> Any:
        return getattr(self, key)

    def keys(self) -> list[str]:
        return [one.name for one in fields(self)]  # type: ignore[arg-type]  # a dataclass
