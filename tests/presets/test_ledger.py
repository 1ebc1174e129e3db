"""The ledger of the lines of docs/coming-from.md."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from presets.ledger import Ledger
from presets.page import every_line

MODULES = sorted(Path(__file__).parent.glob("test_*.py"))


def closed(lines, modules=MODULES, outcome="passed"):
    """Return the status of a run of some modules in another process, in which lines were run."""
    there = Ledger()
    there.pytest_collection_finish(
        SimpleNamespace(items=[SimpleNamespace(path=m) for m in modules])
    )
    for row in lines:
        there.enter(row)
    report = {name: name == outcome for name in ("passed", "failed", "skipped")}
    there.pytest_runtest_logreport(SimpleNamespace(fspath=f"tests/presets/{__name__}.py", **report))
    node = SimpleNamespace(workeroutput={})
    there.pytest_sessionfinish(SimpleNamespace(config=node, exitstatus=pytest.ExitCode.OK))
    here = Ledger()
    here.pytest_testnodedown(node, None)
    session = SimpleNamespace(config=SimpleNamespace(), exitstatus=pytest.ExitCode.OK)
    here.pytest_sessionfinish(session)
    return session.exitstatus


def test_a_run_of_all_tests_fails_if_a_line_was_not_run():
    rows = every_line()
    assert closed(rows) == pytest.ExitCode.OK
    assert closed(row for row in rows if row.line != rows[3].line) == pytest.ExitCode.TESTS_FAILED


def test_a_run_of_some_tests_or_with_a_failure_says_nothing():
    assert closed([], MODULES[1:]) == pytest.ExitCode.OK
    assert closed([], outcome="failed") == pytest.ExitCode.OK
