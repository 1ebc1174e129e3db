"""A calibration set worth capturing, in words and in the form that capture rules read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, get_args, get_type_hints

from plateworks.csvtable import read_rows
from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.match import GOOD, LEVEL_NAMES
from plateworks.metadata.frame import Frame
from plateworks.metadata.kinds import KINDS

#: Frames that make a master whose noise does not matter beside that of a light.
RECOMMENDED = 20

_ORDER = list(KINDS)


class Gap(NamedTuple):
    """A calibration set to capture; the fields are columns of ``missing.csv``."""

    kind: str
    camera: str | None
    width: int
    height: int
    xbin: int | None
    ybin: int | None
    gain: float | None
    offset: float | None
    readout_mode: str | None
    set_temp_degC: float | None
    exposure_s: float | None  # of flats: whatever gives the right level
    filter: str | None
    telescope: str | None
    rotator_deg: float | None
    frames: int  # how many to take
    lights: int  # how many gain
    refused: int  # how many of these are refused now for want of it
    level_now: int | None  # the worst among them; None where nothing matches
    level_then: int
    nights: str
    reason: str
    setting: str = ""  # what would do instead
    expires: str = ""  # the first session that what serves now does so no more

    @property
    def title(self) -> str:
        """What it is, for instance ``dark for 300 s at −10 °C, gain 100``."""
        words = [KINDS[self.kind].title]
        if self.kind == "flat":
            words.append(f"in {self.filter}" if self.filter else "without filter")
            words += [f"at rotator {self.rotator_deg:g}°"] if self.rotator_deg is not None else []
        else:
            words += [f"for {self.exposure_s:g} s"] if self.exposure_s else []
            if self.set_temp_degC is not None:
                words.append(f"at {self.set_temp_degC:g} °C".replace("-", "\N{MINUS SIGN}"))
        more = [f"gain {self.gain:g}"] if self.gain is not None else []
        binned = (self.xbin or 1, self.ybin or 1) != (1, 1)
        more += [f"binning {self.xbin}x{self.ybin}"] if binned else []
        return ", ".join([" ".join(words), *more])

    @property
    def now(self) -> str:
        """The level now, in words, and until when it lasts."""
        if self.expires:
            until = f"{self.expires[:4]}-{self.expires[4:6]}-{self.expires[6:]}"
            return f"{LEVEL_NAMES[self.level_now or 0]} until {until}"
        return "nothing" if self.level_now is None else LEVEL_NAMES[self.level_now]

    @property
    def then(self) -> str:
        """The level that the set would give, in words."""
        return LEVEL_NAMES[self.level_then]

    @property
    def urgent(self) -> bool:
        """Whether a match is poor, missing or about to be, and not merely somewhat old or warm."""
        return bool(self.refused or self.expires) or self.level_now is None or self.level_now > GOOD

    @property
    def order(self) -> tuple[int, int, int, int, str, str]:
        """Its place among others: the most refused lights first, then the worst matches."""
        now = len(LEVEL_NAMES) if self.level_now is None else self.level_now
        kind = _ORDER.index(self.kind)
        return -self.refused, -now, -self.lights, kind, self.title, self.nights


class Wanted(NamedTuple):
    """A calibration set that could be captured: its kind, and a frame that it should suit.

    Attributes
    ----------
    kind : str
        bias, dark, darkflat or flat.
    need : Need
        What that frame needs.
    frame : Frame
    """

    kind: str
    need: Need
    frame: Frame

    @property
    def key(self) -> tuple[object, ...]:
        """What it is known by; equal for sets that would be one."""
        need = self.need
        if self.kind == "flat":
            angle = None if need.rotator is None else round(need.rotator) % 360
            return self.kind, need.setup, need.filter, need.telescope, angle
        exposure = None
        if self.kind != "bias" and need.exposure is not None:
            exposure = float(f"{need.exposure:.3g}")  # 59.9987 s and 60.0012 s are one
        return self.kind, need.setup, need.temperature, exposure

    def master(self, *, subtract_bias: bool) -> Candidate:
        """Return the master it would make, taken in the night of its frame."""
        need, is_flat = self.need, self.kind == "flat"
        return Candidate(
            path="",
            kind=self.kind,
            setup=need.setup,
            temperature=None if is_flat else need.temperature,
            exposure=None if is_flat else 0.0 if self.kind == "bias" else need.exposure,
            filter=need.filter if is_flat else None,
            telescope=need.telescope if is_flat else None,
            focal_length=need.focal_length if is_flat else None,
            rotator=need.rotator if is_flat else None,
            mjd=need.mjd,
            bias_inside=not (subtract_bias and KINDS[self.kind].thermal),
            made=True,
            night=need.night,
            frames=RECOMMENDED,
        )


def read_gaps(path: str | os.PathLike[str]) -> Iterator[Gap]:
    """Yield the rows of ``missing.csv`` again.

    Raises
    ------
    PlateworksError
        If it cannot be read, or is no such table.
    """
    return read_rows(path, _read)


def _read(cells: Mapping[str, str]) -> Gap:
    """Return a row: texts, and numbers where the field holds such."""
    values: dict[str, Any] = {}
    for name, hint in get_type_hints(Gap).items():
        text, kinds = cells[name], {hint, *get_args(hint)}
        values[name] = text if str in kinds else _value(text, float if float in kinds else int)
    return Gap(**values)


def _value(text: str, kind: type[int] | type[float]) -> float | None:
    return kind(text) if text else None
