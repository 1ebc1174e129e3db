"""docs/coming-from.md, row by row: what each system does, and the tests that show it here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from workflow import ROOT

_PAGE = ROOT / "docs" / "coming-from.md"
_CELLS = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Row:
    """What the guide has, and what takes its place."""

    theirs: str
    ours: str

    @property
    def command(self) -> list[str]:
        """The arguments of its (first) command, with the path to the clone in them."""
        text = re.search(r"`snakemake ([^`]+)`", self.ours)[1]
        presets = "config/presets/"
        return [word.replace(presets, f"{ROOT}/{presets}") for word in shlex.split(text)]


class Section:
    """The rows of one system, in its two tables; tests register which of them they show."""

    def __init__(self, title: str):
        text = _PAGE.read_text(encoding="utf-8")
        part = re.search(rf"^## {re.escape(title)}\n(.*?)^## ", text, re.M | re.S)[1]
        cells = [_CELLS.split(line)[1:-1] for line in part.splitlines() if line.startswith("| ")]
        rows = (Row(theirs.strip(), ours.strip()) for theirs, ours in cells)
        self.rows = [row for row in rows if row.ours != "Plateworks"]
        self._shown: set[str] = set()

    def row(self, beginning: str) -> Row:
        """Return the only row whose left side begins so."""
        found = [row for row in self.rows if row.theirs.startswith(beginning)]
        assert len(found) == 1, f"{len(found)} rows begin with {beginning}"
        return found[0]

    def shows(self, *beginnings: str) -> Callable:
        """Register a test for some rows."""
        self._shown |= {self.row(beginning).theirs for beginning in beginnings}
        return lambda test: test

    def unshown(self) -> list[str]:
        """Return the rows without a test."""
        return [row.theirs for row in self.rows if row.theirs not in self._shown]


@cache
def section(title: str) -> Section:
    """Return the section of one system, the same for all modules of tests."""
    return Section(title)
