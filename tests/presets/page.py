"""docs/coming-from.md as data: the rows of its tables, and which of them a test shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

from workflow import ROOT, Run, snakemake

PAGE = ROOT / "docs" / "coming-from.md"


@dataclass(frozen=True)
class Row:
    """What another system has, and what Plateworks has for it."""

    theirs: str
    ours: str

    @property
    def command(self) -> str:
        """The command of Plateworks that the row gives, the first of them."""
        return re.search(r"`(snakemake [^`]+)`", self.ours)[1]

    def run(
        self, folder: Path, *more: str, at: Mapping[str, str] = MappingProxyType({}), fails=False
    ) -> Run:
        """Run the command as it stands on the page.

        Parameters
        ----------
        folder : path
            The working folder.
        *more : str
            Put behind the command: its last word is ``--config``'s, so settings may follow.
        at : mapping
            Folders of the page, and those of the tree that stand for them.
        fails : bool
            Whether the run is expected to fail.
        """
        command = self.command
        for there, here in at.items():
            command = command.replace(there, here)
        words = shlex.split(command)[1:]
        words = [str(ROOT / w) if w.startswith("config/presets/") else w for w in words]
        done = snakemake(folder, *words, *more)
        assert (done.code != 0) == fails, done.text
        return done


class Table:
    """One of the tables of a system, and the tests that show its rows.

    Parameters
    ----------
    system, part : str
        The headings that it stands under.
    """

    def __init__(self, system: str, part: str):
        text = _below(_below(PAGE.read_text(encoding="utf-8"), "##", system), "###", part)
        cells = [line.strip("|").split(" | ", 1) for line in text.splitlines() if line[:2] == "| "]
        rows = [Row(theirs.strip(), ours.strip()) for theirs, ours in cells[1:]]
        self.rows = {row.theirs: row for row in rows}
        assert len(self.rows) == len(rows), f"{system}, {part}: a row stands there twice"
        self._shown: dict[str, Callable] = {}

    def shows(self, *theirs: str) -> Callable:
        """Say of a test which rows it shows."""

        def mark(test: Callable) -> Callable:
            for one in theirs:
                assert one in self.rows, f"the page has no row {one}"
                assert one not in self._shown, f"two tests show {one}"
                self._shown[one] = test
            return test

        return mark

    def command(self, theirs: str) -> Callable:
        """Give a test the row that it runs and shows."""
        given = pytest.mark.parametrize("row", [self.rows.get(theirs)], ids=[theirs])
        return lambda test: given(self.shows(theirs)(test))

    def without_promise(self, *theirs: str) -> None:
        """Say which rows only tell where to read or what to install."""
        self.shows(*theirs)(self.without_promise)

    @property
    def unshown(self) -> list[str]:
        """The rows that no test shows."""
        return [theirs for theirs in self.rows if theirs not in self._shown]


def _below(text: str, level: str, heading: str) -> str:
    found = re.search(rf"^{level} {re.escape(heading)}\n(.*?)(?=^{level} |\Z)", text, re.M | re.S)
    assert found, f"the page has no heading {heading}"
    return found[1]
