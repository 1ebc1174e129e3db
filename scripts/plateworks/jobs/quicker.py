"""What Snakemake works out anew for each file of a large graph, and need not: looked up instead."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

from plateworks.jobs.checksums import kept
from plateworks.jobs.makers import Makers, fixed
from plateworks.parts import OtherwiseError, tried


def quicken_plan(dag: ModuleType, path: type[Any], index: type[Any]) -> None:
    """Have Snakemake look up which rules make a file; the graph is the same.

    Parameters
    ----------
    dag : module
        That makes the graph, by what it calls ``OutputIndex``.
    path : type
        Of the paths of rules.
    index : type
        Snakemake's own index of what rules make.

    Raises
    ------
    OtherwiseError
        If any of these is not as it is known; then all is left as it was.
    """
    if getattr(dag, "OutputIndex", None) is not index:
        raise OtherwiseError(f"{dag.__name__} uses no OutputIndex")
    with tried("the index of what rules make"):
        whole = fixed(path)
        _try_paths(path, whole)
        found = Makers([_Rule(path)], index, whole).match_producers("some/file.fits")
        others = index([]).match_producers("some/file.fits")
        if not isinstance(others, set) or [type(one) for one in found] != [_Rule]:
            raise OtherwiseError("the index of what rules make does not tell these as a set")
    dag.OutputIndex = lambda rules: Makers(rules, index, whole)  # type: ignore[attr-defined]


def quicken_notes(path: type[Any]) -> None:
    """Have Snakemake add up each small input once, and not for each output of its job.

    Raises
    ------
    OtherwiseError
        If paths are not as they are known; then all is left as it was.
    """
    with tried("the sum of a file"):
        if not inspect.iscoroutinefunction(path.checksum):
            raise OtherwiseError("paths have no sums that are waited for")
        if path("some/file.fits", None).is_storage is not False:
            raise OtherwiseError("paths do not tell whether they lie on a disk")
        path.checksum = kept(path.checksum)


def _try_paths(path: type[Any], whole: type[Any]) -> None:
    """Try with a path of its own what is done to those of rules."""
    for name in ("apply_wildcards", "is_callable", "is_storage"):
        if not hasattr(path, name):
            raise OtherwiseError(f"paths have no {name}")
    one = path("some/file.fits", None)
    flags = one.flags
    one.__class__ = whole
    if one != "some/file.fits" or one.flags != flags or one.apply_wildcards({}) is not one:
        raise OtherwiseError("paths do not stay what they are")


class _Rule:
    """A rule that makes a file, as far as is looked at."""

    def __init__(self, path: type[Any]):
        self.output, self.input = [path("some/file.fits", None)], ()

    def products(self) -> list[Any]:
        return self.output
