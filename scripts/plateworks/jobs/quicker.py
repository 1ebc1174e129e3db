"""What Snakemake works out anew for each file of a large graph, and need not: looked up instead."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

from plateworks.jobs.checksums import kept
from plateworks.jobs.makers import Kinds, Makers, fixed
from plateworks.parts import OtherwiseError, tried


def quicken_plan(dag: ModuleType, path: type[Any], index: type[Any]) -> Kinds:
    """Have Snakemake look up which rules make a file; the graph is the same.

    Parameters
    ----------
    dag : module
        That makes the graph, by what it calls ``OutputIndex``.
    path : type
        Of the paths of rules.
    index : type
        Snakemake's own index of what rules make.

    Returns
    -------
    Kinds
        What paths of rules become.

    Raises
    ------
    OtherwiseError
        If any of these is not as it is known; then all is left as it was.
    """
    if getattr(dag, "OutputIndex", None) is not index:
        raise OtherwiseError(f"{dag.__name__} uses no OutputIndex")
    with tried("the index of what rules make"):
        whole = fixed(path)
        _try_paths(path)
        rule = _Rule(path)
        found = Makers([rule], index, whole).match_producers("some/file.fits")
        _try_fixed(rule, whole)
        others = index([]).match_producers("some/file.fits")
        if not isinstance(others, set) or [type(one) for one in found] != [_Rule]:
            raise OtherwiseError("the index of what rules make does not tell these as a set")
    dag.OutputIndex = lambda rules: Makers(rules, index, whole)  # type: ignore[attr-defined]
    return whole


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


def _try_paths(path: type[Any]) -> None:
    """Look whether paths tell what is asked of those of rules."""
    for name in ("apply_wildcards", "is_callable", "is_storage", "is_flagged", "check", "_file"):
        if not hasattr(path, name):
            raise OtherwiseError(f"paths have no {name}")


def _try_fixed(rule: _Rule, whole: Kinds) -> None:
    """Look whether the paths of a rule became what they were to, and stay what they are."""
    one, said = rule.output
    if type(one) is not whole.plain or type(said) is not whole.flagged:
        raise OtherwiseError("paths do not become those of a whole rule")
    for path, flags in ((one, {}), (said, {"said": True})):
        if path.flags != flags or path.apply_wildcards({}) is not path or path.file != path:
            raise OtherwiseError("paths do not stay what they are")
    if [*rule.output] != ["some/file.fits", "some/other.fits"] or one.is_storage:
        raise OtherwiseError("paths do not stay what they are")


class _Rule:
    """A rule that makes a file, as far as is looked at."""

    def __init__(self, path: type[Any]):
        said = path("some/other.fits", None)
        said.set_flags({"said": True})
        self.output, self.input = [path("some/file.fits", None), said], list[Any]()

    def products(self) -> list[Any]:
        return self.output
