"""What the frames of each setup show of its camera, as a run says at its end."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from plateworks.csvtable import read_rows
from plateworks.errors import PlateworksError
from plateworks.printable import printable
from plateworks.wording import with_error

#: What is told of a camera: in words, the column of its value, that of its error, and the unit.
_TOLD = (
    ("gain", "gain_e_per_adu", "gain_error", "e-/ADU"),
    ("read noise", "read_noise_e", "read_noise_error", "e-"),
)
#: Who may say otherwise -> the column that names the cards, and those of what each says.
_SAID = {
    "headers say": ("header_apart", {"EGAIN": "gain_header", "RDNOISE": "read_noise_header"}),
    "its profile says": (
        "profile_apart", {"EGAIN": "gain_profile", "RDNOISE": "read_noise_profile"},
    ),
}  # fmt: skip


def lines_on_cameras(table: str) -> list[str]:
    """Return lines for the end of a run: where the table is, and what setups last showed.

    Each setup has two lines, its name and what it showed, as they are long.

    Parameters
    ----------
    table : str
        The table of cameras; it need not be there.
    """
    if not os.path.exists(table):
        return []
    try:
        told = sorted(one for one in read_rows(table, _told) if one.measures)
    except PlateworksError as error:
        return [f"        {error}"]
    latest = {one.setup: one for one in told}
    lines = [printable(line) for one in latest.values() for line in one.lines]
    return [f"{'':17}{'cameras':<26}{printable(table)}", *lines] if lines else []


class _Told(NamedTuple):
    """What a row of the table says, as clauses."""

    setup: str
    night: str
    measures: tuple[str, ...]
    doubts: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, str]:
        night = f", {self.night}" if self.night else ""
        doubts = f"; WARNING: {', '.join(self.doubts)}" if self.doubts else ""
        return f"    {self.setup}{night}:", f"      {', '.join(self.measures)}{doubts}"


def _told(row: Mapping[str, str]) -> _Told:
    measures = [
        f"{what} {with_error(float(row[value]), float(row[error]))} {unit}"
        for what, value, error, unit in _TOLD
        if row[value]
    ]
    doubts = []
    for who, (column, said) in _SAID.items():
        cards = filter(None, (row.get(column) or "").split(", "))
        apart = [f"{card} {row[said[card]]}" for card in cards]
        if apart:
            doubts.append(f"{who} {' and '.join(apart)}")
    return _Told(row["setup"], row["night"], tuple(measures), tuple(doubts))
