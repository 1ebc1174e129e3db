"""docs/coming-from.md, row by row: what each system does, and the line that does it here."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cache

from workflow import ROOT

_PAGE = ROOT / "docs" / "coming-from.md"
#: Section -> its preset.
_PRESETS = {
    "PULSAR: masters": "pulsar", "PULSAR: calibration": "pulsar", "ASTEP": "astep",
    "ap-wbpp-calibration": "wbpp", "OST": "ost",
}  # fmt: skip
_CELLS = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Row:
    """What the guide has, and what takes its place."""

    theirs: str
    ours: str
    preset: str

    @property
    def command(self) -> list[str]:
        """The arguments of its (first) command; the preset stands where no other file does."""
        words = [word.replace("~/plateworks", str(ROOT)) for word in shlex.split(self.line)[1:]]
        if "--configfile" not in words:
            place = words.index("--config")
            words[place:place] = ["--configfile", f"{ROOT}/config/presets/{self.preset}.yaml"]
        return words

    @property
    def line(self) -> str:
        """Its (first) command, as it stands on the page."""
        return re.search(r"`(snakemake [^`]+)`", self.ours)[1]


class Section:
    """The rows of one system, in its two tables."""

    def __init__(self, title: str):
        text = _PAGE.read_text(encoding="utf-8")
        part = re.search(rf"^## {re.escape(title)}\n(.*?)^## ", text, re.M | re.S)[1]
        cells = [_CELLS.split(line)[1:-1] for line in part.splitlines() if line.startswith("| ")]
        preset = _PRESETS[title]
        rows = (Row(theirs.strip(), ours.strip(), preset) for theirs, ours in cells)
        self.rows = [row for row in rows if row.ours != "Plateworks"]

    @property
    def lines(self) -> list[Row]:
        """The rows that have a line to be given, in their order."""
        return [row for row in self.rows if re.search("`snakemake .*--config ", row.ours)]

    def row(self, beginning: str) -> Row:
        """Return the only row whose left side begins so."""
        found = [row for row in self.rows if row.theirs.startswith(beginning)]
        assert len(found) == 1, f"{len(found)} rows begin with {beginning}"
        return found[0]


@cache
def section(title: str) -> Section:
    """Return the section of one system, the same for all modules of tests."""
    return Section(title)


def every_line() -> list[Row]:
    """Return the rows of the whole page that have a line to be given."""
    return [row for title in _PRESETS for row in section(title).lines]
