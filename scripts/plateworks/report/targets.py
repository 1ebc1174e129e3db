"""Which rules people ask for: targets, apart from the inner steps that run where one needs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

#: How the sentence on a rule begins that nobody asks for by its name, though one could.
_INNER = "Inner step: "


def listed(rules: Iterable[Any], *, only_targets: bool) -> Iterator[str]:
    """Yield a line for each rule, by name: its name, and what it does.

    Parameters
    ----------
    rules : iterable
        Those of Snakemake.
    only_targets : bool
        Whether inner steps are left out: rules with wildcards, of batches, and of single tables.
    """
    for rule in sorted(rules, key=lambda one: str(one.name)):
        said = rule.docstring or ""
        if not only_targets or not (rule.has_wildcards() or said.startswith(_INNER)):
            yield f"{rule.name} ({said})" if said else str(rule.name)
