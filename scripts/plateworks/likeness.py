"""What a word may have meant: the one most like it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice

#: Among so many words one is looked for, and it is at least so like.
_MOST, _LEAST = 5000, 0.5


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the word that is most like `word`, in any case of letters; None if none is like it."""
    there = {one.casefold(): one for one in islice(words, _MOST)}
    like = difflib.get_close_matches(word.casefold(), there, n=1, cutoff=_LEAST)
    return there[like[0]] if like else None
