"""Orders that are written when they are read."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable
from functools import cached_property
from typing import Any


class Later(UserDict[str, Any]):
    """A plain order that is not there until somebody looks into it.

    It reaches a job as the order itself: Snakemake pickles it for the script.

    Parameters
    ----------
    write : function
        Returns the order, the same each time.
    """

    def __init__(self, write: Callable[[], dict[str, Any]]):
        self._write = write  # and not what a mapping begins with

    @cached_property
    def data(self) -> dict[str, Any]:  # type: ignore[override]  # a property in place of a field
        return self._write()

    def __reduce__(self) -> tuple[type[UserDict[str, Any]], tuple[dict[str, Any]]]:
        return UserDict, (self._write(),)
