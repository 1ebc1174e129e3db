"""Parts of Snakemake that it promises nobody: used where they are as we know them, else left alone.

Whether they are is tried when the workflow is loaded.  Where one is gone, or is built otherwise,
all goes Snakemake's own way, and that is said.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class OtherwiseError(Exception):
    """A part that is not there, or not as it is known; the text says which, as a clause."""


def part(module: str, name: str) -> Any:
    """Return a part by its name.

    Raises
    ------
    OtherwiseError
        If there is none.
    """
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        raise OtherwiseError(f"{module} has no {name}") from None


@contextmanager
def tried(what: str) -> Iterator[None]:
    """Have whatever fails in here mean that a part is not as it is known.

    Raises
    ------
    OtherwiseError
    """
    try:
        yield
    except OtherwiseError:
        raise
    except Exception as error:  # of what nobody knows yet
        clause = f"{what} is built otherwise: {type(error).__name__}: {error}"
        raise OtherwiseError(" ".join(clause.split())) from error


@contextmanager
def or_as_ever(consequence: str, tell: Callable[[str], object]) -> Iterator[None]:
    """Say what comes of it where parts are not as they are known, and go on."""
    try:
        yield
    except OtherwiseError as error:
        tell(f"This Snakemake is not one that Plateworks knows ({error}): {consequence}.")
