"""What tells sets apart that look alike in a table."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import fields

from plateworks.inventory.sets import FrameSet, SetKey, Setup

_OF_KEY = tuple(one.name for one in fields(SetKey) if one.name != "setup")
_OF_SETUP = tuple(one.name for one in fields(Setup))


def told_apart(sets: Iterable[FrameSet], look: Callable[[FrameSet], Hashable]) -> dict[str, str]:
    """Return what each set differs in from those that look like it, by its id.

    Parameters
    ----------
    sets : iterable of FrameSet
    look : function
        What a table shows of a set.

    Returns
    -------
    dict of str to str
        For instance ``gain 100``, and ``no gain``; empty where nothing looks like it.
    """
    alike: dict[Hashable, list[FrameSet]] = {}
    for one in sets:
        alike.setdefault(look(one), []).append(one)
    words = {}
    for some in alike.values():
        facts = [_facts(one.key) for one in some]
        unlike = [name for name in facts[0] if len({known[name] for known in facts}) > 1]
        # EGAIN only stands for a gain that is not known.
        if "gain" in unlike and "egain" in unlike:
            unlike.remove("egain")
        for one, known in zip(some, facts, strict=True):
            words[one.id] = ", ".join(_in_words(name, known[name]) for name in unlike)
    return words


def _facts(key: SetKey) -> dict[str, object]:
    of_key = {name: getattr(key, name) for name in _OF_KEY}
    return of_key | {name: getattr(key.setup, name) for name in _OF_SETUP}


def _in_words(name: str, value: object) -> str:
    told = name.replace("_", " ")
    if value is None:
        return f"no {told}"
    return f"{told} {value:g}" if isinstance(value, float) else f"{told} {value}"
