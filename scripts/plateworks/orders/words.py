"""What a job is told that certifies masters, or takes them back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Named:
    """A name that a person gave, and what it may mean.

    Attributes
    ----------
    name : str
    masters : tuple of str
        The paths of the masters that go by it.
    near : str or None
        The name of a master that is most like it, where none goes by it.
    """

    name: str
    masters: tuple[str, ...]
    near: str | None = None


@dataclass(frozen=True, kw_only=True)
class WordOrder:
    """A word on some masters.

    Attributes
    ----------
    state : str
    named : tuple of Named
        The masters that the word is on.
    others : tuple of str
        Paths of those that it is on where none is named, as far as they are there.
    results : str
        The folder of the results.
    libraries : tuple of str
        The folders of libraries.
    who : str
    reason : str
    """

    state: Literal["certified", "withdrawn"]
    named: tuple[Named, ...]
    others: tuple[str, ...]
    results: str
    libraries: tuple[str, ...]
    who: str
    reason: str
