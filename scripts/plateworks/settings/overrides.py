"""Masters pinned to lights: the entries of ``overrides``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plateworks.settings.section import Section
from plateworks.settings.setting import needed, part

#: What stands in a slot that is to stay empty.
NOTHING = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen(Section):
    """What a light must be for an entry to hold; all that is given must be so."""

    session: str | None = part(
        "its night",
        what='a night such as "20250815", or undated',
        pattern=r"^(\d{8}|undated)$",
    )
    filter: str | None = part("its filter, in any spelling")
    object: str | None = part("its target")
    match: str | None = part("a pattern for its path below the raw folder", path=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Used(Section):
    """What stands in the slots of such a light; None: the slot is not pinned.

    A master is named by its path, its file name or the name of its set.
    """

    dark: str | None = part("a master dark, or bias", path=True)
    bias: str | None = part("a master bias", path=True)
    flat: str | None = part("a master flat, or `none`: nothing divides the light", path=True)
    cosmetic: str | None = part("a list by its path, or `none`: nothing is repaired", path=True)
    k: float | Literal["optimise"] | None = part(
        "factor on the dark; `optimise`: fitted to each light",
        what="a number, 0 or more, or optimise",
        least=0,
    )
    mult: float | None = part(
        "what the light is multiplied by when it is divided by the flat, else the flat's median",
        over=0,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Override(Section):
    """One entry; later ones win."""

    select: Chosen = part("which lights", default=Chosen())
    use: Used = needed("what they get", what="slots and what stands in them", some=True)
