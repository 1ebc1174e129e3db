"""What a line names for its lights itself: the section ``by_hand``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from plateworks.settings.overrides import NOTHING, Override, Used
from plateworks.settings.section import Section
from plateworks.settings.setting import setting

Files = str | tuple[str, ...] | None


def _files(text: str, more: str = "", what: str = "files, in one of the forms of `raw`") -> Files:
    return setting(None, text, more=more, what=what, some=True, path=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class ByHand(Section):
    """Files that are what they are named here, whatever their headers say."""

    light: Files = _files("raw frames that are lights")
    bias: float | str | tuple[str, ...] | None = setting(
        None,
        "a master bias, frames to combine, or a level in ADU; no other bias serves",
        more="One file is a master, several, or a pattern, are frames of one.",
        what="a file, files in one of the forms of `raw`, or a number",
        some=True,
        path=True,
    )
    dark: Files = _files(
        "a master dark, or several to choose among",
        "One file is what every light gets; a folder or a pattern is searched. Beside "
        "`by_hand.bias` it is taken as free of bias where it does not say.",
    )
    flat: Files = _files("a master flat, or several, likewise")
    cosmetic: str | None = setting(
        None, "a cosmetic list, with `by_hand.dark`; null: nothing is repaired", path=True
    )
    k: float | Literal["optimise"] | None = setting(
        None,
        "factor on that dark; `optimise`: fitted to each light",
        what="a number, 0 or more, or optimise",
        least=0,
    )
    mult: float | None = setting(
        None, "what a light is multiplied by when it is divided by that flat", over=0
    )

    @property
    def level(self) -> float | None:
        """The constant level of bias, ADU; a dark that is fitted beside no bias has none: 0."""
        if isinstance(self.bias, int | float):
            return float(self.bias)
        return 0.0 if self.bias is None and self.k == "optimise" else None

    @property
    def files(self) -> ByHand:
        """Itself without what is no file."""
        return replace(self, bias=None) if isinstance(self.bias, int | float) else self

    def entry(self, single: dict[str, str]) -> Override | None:
        """Return what stands in the slots of all lights; None where no dark is pinned.

        Parameters
        ----------
        single : dict
            Slot -> the only file that is named for it.
        """
        if "dark" not in single:
            return None
        return Override(
            use=Used(
                dark=single["dark"],
                bias=single.get("bias"),
                flat=single.get("flat", NOTHING if self.flat is None else None),
                cosmetic=self.cosmetic or NOTHING,
                k=self.k,
                mult=self.mult,
            )
        )
