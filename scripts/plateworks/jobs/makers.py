"""Which rule makes a file, and what of a rule is the same in all its jobs: kept, not searched for.

Snakemake (9.27) looks at every rule whose product begins like a file that a job asks for, compiles
a regular expression for each path that a rule names in full, and copies the path for each job.  Of
an archive, whose lights are asked for some ten times each, that is most of what planning costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any, Protocol

#: What a rule and its paths are to Snakemake, of which this room imports nothing.
Rule = Any
Path = Any


class Index(Protocol):
    """Snakemake's index of what rules make."""

    def match_producers(self, targetfile: str) -> set[Rule]: ...


def fixed(kind: type[Any]) -> type[Any]:
    """Return the kind of paths that are the same in all jobs of a rule, and lie on a disk.

    They are compared as the texts that they are.

    Parameters
    ----------
    kind : type
        That of all paths of rules.
    """

    def apply_wildcards(self: Path, wildcards: object) -> Path:
        return self

    own = {
        "__slots__": (),
        "__eq__": str.__eq__,
        "__hash__": str.__hash__,
        "apply_wildcards": apply_wildcards,
        "is_storage": False,
    }
    return type("Fixed", (kind,), own)


class Makers:
    """Tells which rules make a file, as Snakemake's own index does.

    Parameters
    ----------
    rules : iterable of Rule
    index : function
        Makes Snakemake's index of rules.
    fixed : type
        What paths become that leave nothing open (:func:`fixed`).
    """

    def __init__(
        self, rules: Iterable[Rule], index: Callable[[list[Rule]], Index], fixed: type[Any]
    ):
        self._by_path: dict[str, set[Rule]] = {}
        open_ones = []
        for rule in rules:
            products = list(rule.products())
            if not all(map(_is_whole, products)):
                open_ones.append(rule)
                continue
            for one in products:
                self._by_path.setdefault(str(one), set()).add(rule)
            for one in chain(products, filter(_is_whole, rule.input)):
                one.__class__ = fixed
        self._open = index(open_ones)

    def match_producers(self, targetfile: str) -> set[Rule]:
        """Return the rules that make a file: those that name it, and those whose pattern fits."""
        found: set[Rule] = self._open.match_producers(targetfile)
        return found | self._by_path.get(str(targetfile), set())


def _is_whole(path: Path) -> bool:
    """Whether a path of a rule leaves nothing open, and lies on a disk."""
    if not hasattr(path, "apply_wildcards") or path.is_callable():
        return False
    return "{" not in path and not path.is_storage
