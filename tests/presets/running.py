"""Commands of docs/coming-from.md, run as they stand there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from presets.ledger import LEDGER
from presets.leftbehind import leave_behind
from presets.page import Row, Section
from workflow import Run, snakemake


def run(
    row: Row,
    folder: Path,
    *more: str,
    at: Mapping[str, str] = MappingProxyType({}),
    **environment: str,
) -> Run:
    """Run the command of a row where the old program has worked, and enter it in the ledger.

    Where that left files in the place of products, the line stops and touches none, as the page
    says, and goes on with what it says then.

    Parameters
    ----------
    row : Row
    folder : path
        The working folder.
    *more : str
        Put behind the command: ``--config`` stands last in it, so settings may follow.
    at : mapping
        Paths of the page, and those that stand for them.
    **environment : str
        Variables of the environment.
    """
    words = row.command
    for there, here in at.items():
        words = [word.replace(there, here) for word in words]
    left = {} if "-n" in more else leave_behind(row, folder)
    done = snakemake(folder, *words, *more, **environment)
    stopped = _stopped(done, left)
    if stopped:
        done = snakemake(folder, *words, *more, "existing=remake", **environment)
    assert done.code == 0, done.text
    if "-n" not in more:
        LEDGER.enter(row)
    if not {"existing=remake", "--forceall"} & {*words, *more}:
        assert stopped or not _changed(left)
    return done


def _stopped(done: Run, left: Mapping[Path, bytes]) -> bool:
    """Whether a line stopped for a file of the old program; all are as they were then."""
    stopped = bool(done.code) and "was not written by Plateworks" in done.text
    if stopped:
        assert not _changed(left)
    return stopped


def _changed(files: Mapping[Path, bytes]) -> list[Path]:
    return [path for path, before in files.items() if path.read_bytes() != before]


def runs(page: Section, theirs: str) -> Callable:
    """Give a test the row of the page that it runs."""
    return pytest.mark.parametrize("row", [page.row(theirs)], ids=[theirs])
