"""Commands of docs/coming-from.md, run as they stand there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from presets.ledger import LEDGER
from presets.page import Row, Section
from workflow import Run, snakemake


def run(
    row: Row,
    folder: Path,
    *more: str,
    at: Mapping[str, str] = MappingProxyType({}),
    **environment: str,
) -> Run:
    """Run the command of a row, and enter it in the ledger.

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
    done = snakemake(folder, *words, *more, **environment)
    assert done.code == 0, done.text
    if "-n" not in more:
        LEDGER.enter(row)
    return done


def runs(page: Section, theirs: str) -> Callable:
    """Give a test the row of the page that it runs."""
    return pytest.mark.parametrize("row", [page.row(theirs)], ids=[theirs])
