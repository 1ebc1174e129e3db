"""Files that take no part, by what keeps them out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from plateworks.inventory.scan import Reject
from plateworks.printable import printable

#: Reasons that are told where no file can be used.
_MOST = 8


class Group(NamedTuple):
    """Files that are set aside for reasons alike but for the numbers in them."""

    reason: str  # of the first
    paths: tuple[str, ...]

    def __str__(self) -> str:
        first, more = printable(self.paths[0]), len(self.paths) - 1
        return f"{first}{f' and {more} more' if more else ''}: {printable(self.reason)}"


def by_reason(rejects: Iterable[Reject]) -> list[Group]:
    """Return the groups of some files, the largest first."""
    groups: dict[str, list[Reject]] = {}
    for reject in rejects:
        groups.setdefault(without_numbers(reject.reason), []).append(reject)
    found = [Group(some[0].reason, tuple(one.path for one in some)) for some in groups.values()]
    return sorted(found, key=lambda group: (-len(group.paths), group.paths))


def without_numbers(reason: str) -> str:
    """Return a reason as it is alike for files that differ in numbers alone."""
    return re.sub(r"\d[\d.,]*", "0", reason)


def none_usable(rejects: Sequence[Reject], folders: Iterable[str]) -> Iterator[str]:
    """Yield lines that say why no file of some folders can be used."""
    groups = by_reason(rejects)
    sentence = f"None of the {len(rejects)} files in {', '.join(folders)} can be used."
    if len(groups) == 1:
        yield f"{sentence}  {groups[0]}"
    else:
        yield sentence
        yield from lines_of(groups, _MOST)


def lines_of(groups: Iterable[Group], most: int) -> Iterator[str]:
    """Yield a line for each of the first groups, and one that counts the files of the others."""
    groups = list(groups)
    yield from (f"  {group}" for group in groups[:most])
    hidden = sum(len(group.paths) for group in groups[most:])
    if hidden:
        yield f"  ... and {hidden} more"
