"""One trial: what was done, whether it struck, and which promises were broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Trial(NamedTuple):
    """What came of one trouble.

    Attributes
    ----------
    what : str
        What was done, so that it can be done again.
    struck : bool
        Whether the trouble came about: a run may be over before it is killed.
    broken : tuple of str
        The promises that were not kept.
    """

    what: str
    struck: bool = True
    broken: tuple[str, ...] = ()


#: Given an empty folder, a source of chance and a number of trials, makes them.
Kind = Callable[[Path, np.random.Generator, int], Iterator[Trial]]


def broken(**promises: bool) -> tuple[str, ...]:
    """Return the names of those promises that were not kept, in words."""
    return tuple(name.replace("_", " ") for name, kept in promises.items() if not kept)
