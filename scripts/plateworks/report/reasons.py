"""Why products are made again, in words: what has changed since they were made."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from plateworks.matching.cost import finished
from plateworks.matching.match import LEVEL_NAMES
from plateworks.planning.plan import Plan
from plateworks.printable import printable
from plateworks.report.ingredients import GAINS_OF_AMPLIFIERS, Choice, Product
from plateworks.report.made import Outdated

#: Kind of frame, or of product -> one of them, several of them.
_FRAMES = {
    "bias": ("bias frame", "bias frames"),
    "dark": ("dark", "darks"),
    "darkflat": ("flat-dark", "flat-darks"),
    "flat": ("flat", "flats"),
    "gains": ("frame", "frames"),
}
_PRODUCTS = {
    "list": ("cosmetic list", "cosmetic lists"),
    "mask": ("bad-pixel mask", "bad-pixel masks"),
    "gains": ("file of amplifier gains", "files of amplifier gains"),
    "calibrated": ("calibrated light", "calibrated lights"),
    "solved": ("solved frame", "solved frames"),
}
_LIGHTS, _MASTERS = ("light", "lights"), ("master", "masters")
#: So many changes are named at a terminal.
_MOST = 8
#: What has changed of lights whose raw frames are others under the same names.
_REPLACED = "other data in raw frames"


class _Change(NamedTuple):
    """One slot that is filled otherwise: what is alike for many frames."""

    gone: tuple[str, ...]
    come: tuple[str, ...]
    scales: tuple[str, str] | None
    levels: tuple[int, int] | None
    noise: str  # what becomes of it; empty where that is not known, or nothing


def reasons(outdated: Iterable[Outdated]) -> list[str]:
    """Return what has changed since some products were made, a sentence a change.

    Returns
    -------
    list of str
        Settings, then frames, then choices.
    """
    settings: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    frames: list[str] = []
    choices: dict[tuple[tuple[str, str], _Change], list[str]] = defaultdict(list)
    for one, before, replaced in outdated:
        now = one.ingredients
        if replaced:
            settings[_REPLACED][_PRODUCTS[one.kind]] += 1
        for text in _settings(before.settings, now.settings):
            settings[text][_PRODUCTS.get(one.kind, _MASTERS)] += 1
        if words := _frames(one, before.frames):
            frames.append(f"{printable(_name(one))}: {words}")
        for slot in ("dark", "flat"):
            change = _change(slot, before.choices.get(slot), now.choices.get(slot))
            if change is not None:
                noun = _LIGHTS if one.kind == "calibrated" else _MASTERS
                choices[noun, change].append(Path(one.path).stem)
    return [
        *(f"{text}: {_counts(settings[text])}" for text in sorted(settings)),
        *sorted(frames),
        *(
            _chosen(noun, change, names)
            for (noun, change), names in sorted(choices.items(), key=_first)
        ),
    ]


def heading_of_changes(plan: Plan) -> str:
    """Return the sentence that comes before what has changed."""
    stay = ", but for those that stay (existing: keep)"
    return (
        "Changed since products were made, which are made again"
        f"{stay if plan.settings.existing == 'keep' else ''}:"
    )


def lines_on_changes(plan: Plan, outdated: Iterable[Outdated]) -> list[str]:
    """Return lines of text on why products are made again, none where nothing is."""
    found = reasons(outdated)
    if not found:
        return []
    lines = [heading_of_changes(plan), *(f"  {line}" for line in found[:_MOST])]
    return [*lines, *([f"  ... and {len(found) - _MOST} more"] if len(found) > _MOST else []), ""]


def _first(item: tuple[tuple[tuple[str, str], _Change], list[str]]) -> tuple[Any, ...]:
    (noun, change), names = item
    return noun != _MASTERS, min(names), change.gone, change.come


def _settings(before: Any, now: Any) -> Iterator[str]:
    """Yield the settings that differ; one that only one version knows is no change of the user."""
    for name in before.keys() & now.keys():
        if before[name] != now[name] and name == GAINS_OF_AMPLIFIERS:
            yield _gains(before[name], now[name])
        elif before[name] != now[name]:
            yield f"{name} {_value(before[name])} → {_value(now[name])}"


def _gains(before: str, now: str) -> str:
    """Say what is otherwise with the file by which amplifiers are brought to one gain."""
    (was, _), (path, held) = (one.rsplit(" ", 1) for one in (before, now))
    if path != was:
        return f"{GAINS_OF_AMPLIFIERS} by {printable(path)} instead of {printable(was)}"
    what = "came out otherwise" if held else "are measured again"
    return f"{GAINS_OF_AMPLIFIERS} {what} ({printable(path)})"


def _name(one: Product) -> str:
    """Name a product that is made of frames: a master, or gains by which others are made again."""
    path = Path(one.path)
    if one.kind != "gains":
        return path.stem
    short = "/".join(path.parts[-3:])
    return f"{GAINS_OF_AMPLIFIERS} ({short}), and all that is put together by them"


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _frames(one: Product, before: tuple[tuple[str, str], ...]) -> str:
    """Say which frames have come, gone, or are others under their names; else nothing."""
    old, new = _told(before), _told(one.ingredients.frames)
    come = Counter(name for told, name in new.items() if told not in old)
    gone = Counter(name for told, name in old.items() if told not in new)
    other = come & gone
    counts = ((come - other).total(), (gone - other).total(), other.total())
    phrases = ("{0} new {1}", "{0} {1} gone", "{0} {1} with other data")
    return ", ".join(
        phrase.format(count, _FRAMES[one.kind][count != 1])
        for phrase, count in zip(phrases, counts, strict=True)
        if count
    )


def _told(frames: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return the name of each frame by what it is told by."""
    return {content or name: name for name, content in frames}


def _change(slot: str, before: Choice | None, now: Choice | None) -> _Change | None:
    """Return what differs in a slot, if that is more than the prediction of the cost."""
    was, is_ = set(before.masters if before else ()), set(now.masters if now else ())
    if before is None or now is None:
        return _Change(_names(was), _names(is_), None, None, "") if was != is_ else None
    scales = (before.scale, now.scale) if before.scale != now.scale else None
    if was == is_ and scales is None:
        return None
    return _Change(
        gone=_names(was - is_),
        come=_names(is_ - was),
        scales=scales if was == is_ else None,
        levels=(before.level, now.level) if before.level != now.level else None,
        noise=_noise(slot, before.cost, now.cost),
    )


def _noise(slot: str, before: float | None, now: float | None) -> str:
    """Say what the predicted costs make of the frame."""
    if not before or not now:
        return ""
    words = "error of the flat" if slot == "flat" else "noise"
    change = round(100 * (finished(now, slot) / finished(before, slot) - 1))
    return f"{words} {'−' if change < 0 else '+'}{abs(change)} %" if change else ""


def _names(paths: set[str]) -> tuple[str, ...]:
    return tuple(sorted(paths))


def _chosen(noun: tuple[str, str], change: _Change, names: list[str]) -> str:
    """Say who gets what instead of what, and what that is worth."""
    who = f"{printable(names[0])} gets" if len(names) == 1 else f"{len(names)} {noun[1]} get"
    come, gone = _shown(change.come, change.gone), _shown(change.gone, change.come)
    if change.scales:
        what = "the same dark with K {1} instead of {0}".format(*change.scales)
    elif come and gone:
        what = f"{come} instead of {gone}"
    else:
        what = f"{come} too" if come else f"no {gone} any more"
    worth = [change.noise] if change.noise else []
    if change.levels:
        worth.append("{} → {}".format(*(LEVEL_NAMES[level] for level in change.levels)))
    return f"{who} {what}" + (f": {', '.join(worth)}" if worth else "")


def _shown(paths: tuple[str, ...], others: tuple[str, ...]) -> str:
    """Name masters; by their paths, where names do not tell them from the others."""
    stems = {Path(path).stem for path in others}
    return " and ".join(
        printable(path if Path(path).stem in stems else Path(path).stem) for path in paths
    )


def _counts(counts: Counter[tuple[str, str]]) -> str:
    return ", ".join(f"{count} {words[count != 1]}" for words, count in sorted(counts.items()))
