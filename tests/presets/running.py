"""Commands of docs/coming-from.md, run as they stand there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from presets.page import Row, Section
from workflow import Run, snakemake


def run(row: Row, folder: Path, *more: str, at: Mapping[str, str] = MappingProxyType({})) -> Run:
    """Run the command of a row.

    Parameters
    ----------
    row : Row
    folder : path
        The working folder.
    *more : str
        Put behind the command: ``--config`` stands last in it, so settings may follow.
    at : mapping
        Folders of the page, and those of the tree that stand for them.
    """
    words = row.command
    for there, here in at.items():
        words = [word.replace(there, here) for word in words]
    done = snakemake(folder, *words, *more)
    assert done.code == 0, done.text
    return done


def runs(page: Section, theirs: str) -> Callable:
    """Give a test the row of the page that it runs."""
    return pytest.mark.parametrize("row", [page.row(theirs)], ids=[theirs])
