"""What a path says of a frame where its header says nothing, or says it wrongly."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from plateworks.inventory.pathvalues import fields_of
from plateworks.metadata.frame import Frame
from plateworks.settings.pathrules import PathRule, composed


class PathPattern:
    """A pattern for the path of a file below its raw folder.

    ``*`` and ``?`` stand for characters within a name, ``**`` for any folders; upper and lower case
    are alike.
    """

    def __init__(self, pattern: str):
        parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.replace(os.sep, "/"))
        words = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
        text = "".join(words.get(part) or re.escape(part) for part in parts)
        self._expression = re.compile(composed(text), re.IGNORECASE)

    def matches(self, relative: str) -> bool:
        """Whether a whole relative path fits."""
        return self._expression.fullmatch(composed(relative)) is not None


def below(path: str, folders: Iterable[str]) -> str:
    """Return a path relative to the first of some folders that it lies in; else as it is."""
    for folder in folders:
        root = folder.rstrip(os.sep) + os.sep
        if path.startswith(root):
            return path[len(root) :]
    return path


def name_below(path: str, folders: Iterable[str]) -> str:
    """Return how products name a raw frame: its path below the raw folder that it lies in.

    So frames of one name are told apart, and a folder that is moved changes no product.
    """
    inside = below(path, folders)
    return os.path.basename(path) if inside == path else inside


def apply_path_rules(
    frames: Iterable[Frame], rules: Sequence[PathRule], folders: Iterable[str]
) -> tuple[list[Frame], dict[str, dict[str, Any]]]:
    """Set fields of `frames` by path rules.

    Parameters
    ----------
    frames : iterable of Frame
    rules : sequence of PathRule
        The first rule that names a field counts, and only where the header says nothing, unless
        the rule is forced.
    folders : iterable of str
        The raw folders.

    Returns
    -------
    frames : list of Frame
        In the same order.
    path_facts : dict
        Path to the fields that were set, for frames with any.
    """
    if not rules:
        return list(frames), {}
    folders = list(folders)
    compiled = [CompiledRule(rule) for rule in rules]
    ruled, path_facts = [], {}
    for frame in frames:
        relative = below(frame.path, folders)
        saying = [one for rule in compiled if (one := rule.says(relative)) is not None]
        news = _news(frame, [(said, force) for said, force, _ in saying])
        if news:
            path_facts[frame.path] = news
            frame = _changed(frame, news)
        notes = [note for *_, notes in saying for note in notes]
        if notes:
            frame = replace(frame, notes=(*frame.notes, *notes))
        ruled.append(frame)
    return ruled, path_facts


class CompiledRule:
    """A rule, and what it says of paths."""

    def __init__(self, rule: PathRule):
        self._given, self._force = rule.set.given(), rule.force
        self._expression = rule.expression
        self._pattern = PathPattern(rule.match)

    def says(self, relative: str) -> tuple[dict[str, Any], bool, list[str]] | None:
        """Return fields, whether they contradict, and what cannot be; None where it is not meant.

        What named groups found goes before what is set.
        """
        if self._expression is None:
            return (self._given, self._force, []) if self._pattern.matches(relative) else None
        match = self._expression.search(composed(relative.replace(os.sep, "/")))
        if match is None:
            return None
        found, notes = fields_of(match.groupdict())
        return {**self._given, **found}, self._force, notes


def _changed(frame: Frame, news: Mapping[str, Any]) -> Frame:
    """Return a frame with the fields that rules set, and what follows from them."""
    follow: dict[str, Any] = {}
    if "kind" in news:
        follow["doubt"] = None  # a person's word ends it
    if "done" in news:
        done = news["done"] or None
        follow |= {"done": done, "done_by": done and "path_rules"}
        if "bias_inside" not in news:
            follow["bias_inside"] = False if done and set(done) & set("BD") else None
    notes = (*frame.notes, *_contradictions(frame, news))
    return replace(frame, **{**news, **follow}, notes=notes)


def _news(frame: Frame, rules: Iterable[tuple[Mapping[str, Any], bool]]) -> dict[str, Any]:
    news: dict[str, Any] = {}
    for given, force in rules:
        for name, value in given.items():
            known = getattr(frame, name)
            if name not in news and (known is None or (force and known != value)):
                news[name] = value
    return news


def _contradictions(frame: Frame, news: Mapping[str, Any]) -> list[str]:
    return [
        f"{name} is {value} by path_rules, the header says {getattr(frame, name)}"
        for name, value in news.items()
        if getattr(frame, name) is not None
    ]
