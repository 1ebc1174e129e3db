"""Whether every line of docs/coming-from.md was run, said at the end of a run of all its tests.

The tests of the page may be shared by several processes (xdist): each tells which lines it ran, and
the first of them compares.  Where some of the tests were not asked for, or failed, nothing can be
said, and nothing is; where some were skipped, the lines are named, and it is no failure.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from presets.page import Row, every_line

_FOLDER = Path(__file__).parent


class Ledger:
    """A plugin of pytest that counts the lines of the page."""

    def __init__(self) -> None:
        self._lines: set[str] = set()
        self._collected = False
        self._whole = True
        self._skipped = False
        self._missing: list[str] = []

    def enter(self, row: Row) -> None:
        """Note a line that was run and ended well."""
        self._lines.add(row.line)

    def pytest_collection_finish(self, session) -> None:
        there = {item.path for item in session.items}
        self._collected = True
        self._whole &= there.issuperset(_FOLDER.glob("test_*.py"))

    def pytest_deselected(self, items) -> None:
        self._whole &= not any(item.path.parent == _FOLDER for item in items)

    def pytest_runtest_logreport(self, report) -> None:
        ours = _FOLDER.name in Path(report.fspath).parts
        self._whole &= not (ours and report.failed)
        self._skipped |= ours and report.skipped

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node, error) -> None:
        """Take over what a process of xdist tells."""
        told = getattr(node, "workeroutput", {}).get("ledger")
        self._collected = True
        self._whole &= told is not None and told["whole"]
        self._lines |= set(told["lines"] if told else ())

    def pytest_sessionfinish(self, session) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["ledger"] = {"lines": sorted(self._lines), "whole": self._whole}
        elif self._collected and self._whole and session.exitstatus == pytest.ExitCode.OK:
            self._missing = [row.line for row in every_line() if row.line not in self._lines]
            if self._missing and not self._skipped:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter) -> None:
        if self._missing:
            terminalreporter.section("lines of docs/coming-from.md that no test has run")
            for line in self._missing:
                terminalreporter.line(line)


#: That of this process.
LEDGER = Ledger()
