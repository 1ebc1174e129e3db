"""Which rule makes a file, and what of a rule is the same in all its jobs: kept, not searched for.

Snakemake (9.27) looks at every rule whose product begins like a file that a job asks for, compiles
a regular expression for each path that a rule names in full, and copies the path for each job and
for each rule that asks for it.  Of an archive, whose lights are asked for some ten times each, that
is most of what planning costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

#: What a rule and its paths are to Snakemake, of which this room imports nothing.
Rule = Any
Path = Any


class Index(Protocol):
    """Snakemake's index of what rules make."""

    def match_producers(self, targetfile: str) -> set[Rule]: ...


class Kinds(NamedTuple):
    """Kinds of paths that are the same in all jobs of a rule, and lie on a disk.

    They are compared as the texts that they are, and were looked at when their rule was read.

    Attributes
    ----------
    flagged : type
        Of those that a rule says something more about.
    plain : type
        Of all others, each of which is one for all rules that make it or ask for it.
    """

    flagged: type[Any]
    plain: type[Any]


def fixed(kind: type[Any]) -> Kinds:
    """Return the kinds of fixed paths.

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
        "check": lambda self: None,
        "is_storage": False,
    }
    flagged = type("Fixed", (kind,), own)
    # The text is kept once: what stands beside it for Snakemake is the path itself.
    beside = {"_file": property(lambda self: self), "flags": property(lambda self: {})}
    bare = {"is_flagged": lambda self, flag: False, "is_ancient": False}
    return Kinds(flagged, type("Plain", (flagged,), {"__slots__": (), **beside, **bare}))


class Makers:
    """Tells which rules make a file, as Snakemake's own index does.

    Where a rule names a file in full, those by whose pattern it could be made too, and that come
    after it, are not told: Snakemake would set up their jobs, and take that of the first.

    Parameters
    ----------
    rules : iterable of Rule
    index : function
        Makes Snakemake's index of rules.
    kinds : Kinds
        What paths become that leave nothing open (:func:`fixed`).
    """

    def __init__(self, rules: Iterable[Rule], index: Callable[[list[Rule]], Index], kinds: Kinds):
        self._kinds = kinds
        # Tuples of the rules that name a path, which become sets once they are known to be all.
        self._named: dict[str, tuple[Rule, ...] | frozenset[Rule]] = {}
        self._alone: dict[tuple[Rule, ...], frozenset[Rule]] = {}
        self._one_for_all: dict[str, Path] = {}
        open_ones, whole = [], []
        for rule in rules:
            products = list(rule.products())
            if not all(map(_is_whole, products)):
                open_ones.append(rule)
                continue
            whole.append(rule)
            this = (rule,)
            for path in products:
                self._fix(path)
                self._one_for_all.setdefault(path, path)
                named = self._named.get(path)
                self._named[path] = this if named is None else (*named, rule)
        for rule in whole:
            self.share(rule.input)
        self._open = index(open_ones)

    def match_producers(self, targetfile: str) -> Iterable[Rule]:
        """Return the rules that make a file: those that name it, and those whose pattern fits."""
        path = targetfile if type(targetfile) is self._kinds.plain else str(targetfile)
        named = self._named.get(path)
        if isinstance(named, frozenset):
            return named
        found = self._open.match_producers(path)
        if named is None:
            return found
        later = [one for one in found if not any(rule > one for rule in named)]
        if later:
            return {*named, *later}
        alone = self._alone.setdefault(named, frozenset(named))
        self._named[path] = alone
        return alone

    def share(self, paths: list[Path]) -> None:
        """Put for the paths of a rule or a job those that stand for all that are equal to them."""
        plain = self._kinds.plain
        changed = False
        for number, path in enumerate(paths):
            if type(path) is plain and self._one_for_all.get(path) is path:
                continue
            if not _is_whole(path):
                continue
            self._fix(path)
            if type(path) is plain:
                one = self._one_for_all.setdefault(path, path)
                if type(one) is plain:
                    paths[number] = one
                    changed = True
        names = getattr(paths, "_names", None)
        if names and changed:  # the paths of a name stand in a list of their own as well
            paths._take_names(list(names.items()))  # type: ignore[attr-defined]

    def _fix(self, path: Path) -> None:
        """Make a path one that is the same in all jobs."""
        flagged, plain = self._kinds
        if type(path) is flagged or type(path) is plain:
            return
        if path.flags:
            path.__class__ = flagged
        else:
            path._file = None
            path.__class__ = plain


def _is_whole(path: Path) -> bool:
    """Whether a path of a rule leaves nothing open, and lies on a disk."""
    if not hasattr(path, "apply_wildcards") or path.is_callable():
        return False
    return "{" not in path and not path.is_storage
