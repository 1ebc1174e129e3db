"""Words of the configuration that name nothing there is, each with what is most like it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from plateworks.inventory.filters import filter_identity
from plateworks.inventory.library import names_of_master
from plateworks.inventory.pathrules import CompiledRule, PathPattern, below
from plateworks.inventory.scan import Inventory
from plateworks.inventory.sets import FrameSet
from plateworks.inventory.sources import Source
from plateworks.inventory.tokens import identity
from plateworks.likeness import nearest
from plateworks.settings.overrides import Chosen
from plateworks.settings.settings import Settings


@dataclass(frozen=True)
class There:
    """What there is, of which the configuration may speak.

    Attributes
    ----------
    inventory : Inventory
    folders : sequence of str
        Those that patterns count from.
    sets : sequence of FrameSet
        All, also those that are left out.
    masters : sequence of str
        The paths of masters found, also of those that are left out.
    product_of : function
        Returns the path of the master that a set becomes.
    """

    inventory: Inventory
    folders: Sequence[str]
    sets: Sequence[FrameSet]
    masters: Sequence[str]
    product_of: Callable[[FrameSet], str]

    @cached_property
    def paths(self) -> list[str]:
        """Paths of all files below the raw folders, those set aside too."""
        return [below(path, self.folders) for path in self._whole]

    @cached_property
    def _whole(self) -> list[str]:
        paths = [frame.path for frame in self.inventory.frames]
        return paths + [reject.path for reject in self.inventory.rejects]

    @cached_property
    def names(self) -> set[str]:
        """All by which a set or a master may be named."""
        made = [self.product_of(one) for one in self.sets if one.key.kind != "light"]
        names = {name for path in (*self.masters, *made) for name in names_of_master(path)}
        return names | {name for one in self.sets for name in (one.id, one.key.name)}

    @cached_property
    def lights(self) -> list[FrameSet]:
        return [one for one in self.sets if one.key.kind == "light"]

    def has_path(self, path: str) -> bool:
        """Whether a path is that of a file, or of a master that is made."""
        whole = os.path.abspath(path)
        return whole in self.names or any(os.path.abspath(one) == whole for one in self._whole)

    def fits(self, pattern: str) -> bool:
        """Whether a pattern fits a file."""
        return any(map(PathPattern(pattern).matches, self.paths))

    def like_path(self, pattern: str, *others: str) -> str | None:
        """Return the file or folder, or the other word, that is most like a pattern."""
        folders = dict.fromkeys(f"{os.path.dirname(path)}/*" for path in self.paths)
        return nearest(pattern, (*folders, *others, *self.paths))


def unmet(settings: Settings, there: There) -> tuple[str, ...]:
    """Return a sentence for each word of `settings` that names nothing there is."""
    return (
        *_exclude(settings.exclude, there),
        *_path_rules(settings, there),
        *_overrides(settings, there),
        *_select(settings, there),
    )


def empty_sources(
    sources: Iterable[Source], inventory: Inventory, but: str | None = None
) -> Iterator[str]:
    """Yield a sentence for each folder that holds no file of ours, except for one folder."""
    paths = [frame.path for frame in inventory.frames]
    paths += [reject.path for reject in inventory.rejects]
    paths += [*inventory.waiting, *inventory.lists]
    folders = [source for source in sources if source.files is None and source.folder != but]
    for source in folders:
        others = [one.folder for one in folders if one.key == source.key and one is not source]
        if (
            source.folder != but
            and not any(map(source.holds, paths))
            and not _is_link_into(source.folder, others)
        ):
            yield f"{source.key}: the folder {source.folder} holds no frame."


def _is_link_into(folder: str, others: Iterable[str]) -> bool:
    """Whether a folder is a link to one that goes by another name."""
    real = os.path.join(os.path.realpath(folder), "")
    whole = tuple(os.path.join(os.path.realpath(one), "") for one in others)
    return real != os.path.join(os.path.abspath(folder), "") and real.startswith(whole)


def _exclude(entries: Iterable[str], there: There) -> Iterator[str]:
    for entry in entries:
        if not there.has_path(entry) and entry not in there.names and not there.fits(entry):
            near = there.like_path(entry, *sorted(there.names))
            yield f"exclude: {entry} names no frame, set or master{_like(near)}."


def _path_rules(settings: Settings, there: There) -> Iterator[str]:
    for number, rule in enumerate(settings.path_rules, 1):
        says = CompiledRule(rule).says
        if all(says(path) is None for path in there.paths):
            near = there.like_path(rule.match)
            yield f"path_rules, entry {number}: {rule.match} fits no file{_like(near)}."


def _overrides(settings: Settings, there: There) -> Iterator[str]:
    for number, entry in enumerate(settings.overrides, 1):
        if not _selects(entry.select, there):
            why = next(_lacking(entry.select, there), "no light is all that it asks for")
            yield f"overrides, entry {number}, selects no light: {why}."


def _selects(chosen: Chosen, there: There) -> bool:
    pattern = None if chosen.match is None else PathPattern(chosen.match)
    for one in there.lights:
        if chosen.session not in (None, one.key.own_session):
            continue
        if chosen.filter is not None and filter_identity(chosen.filter) != one.key.filter:
            continue
        for frame in one.frames:
            if chosen.object is not None and identity(chosen.object) != identity(frame.object):
                continue
            if pattern is None or pattern.matches(below(frame.path, there.folders)):
                return True
    return False


def _lacking(chosen: Chosen, there: There) -> Iterator[str]:
    """Yield what of an entry no light is, whatever else it is."""
    if chosen.session is not None:
        yield from _none("session", (chosen.session,), _sessions(there), str)
    if chosen.filter is not None:
        yield from _none("filter", (chosen.filter,), _filters(there), filter_identity)
    if chosen.object is not None:
        yield from _none("object", (chosen.object,), _objects(there), identity)
    if chosen.match is not None and not there.fits(chosen.match):
        yield f"match: {chosen.match} fits no file{_like(there.like_path(chosen.match))}"


def _select(settings: Settings, there: There) -> Iterator[str]:
    select = settings.select
    cameras = dict.fromkeys(frame.camera for one in there.lights for frame in one.frames)
    sessions = [str(session).replace("-", "") for session in select.sessions]
    said = (
        *_none("select.sessions", sessions, _sessions(there), str),
        *_none("select.filters", select.filters, _filters(there), filter_identity),
        *_none("select.targets", select.targets, _objects(there), identity),
        *_none("select.cameras", select.cameras, cameras, identity),
    )
    yield from (f"{one}." for one in said)


def _none(
    key: str,
    wanted: Iterable[str],
    there: Iterable[str | None],
    form: Callable[[str | None], str | None],
) -> Iterator[str]:
    """Yield a clause for each word that no light answers to."""
    known = {form(word): word for word in there if word is not None}
    for word in wanted:
        if form(word) not in known:
            near = nearest(word, known.values())
            among = ", ".join(sorted(known.values())[:5])
            yield f"{key}: no light is of {word}{_like(near) or (among and f'; there are {among}')}"


def _sessions(there: There) -> dict[str | None, None]:
    return dict.fromkeys(one.key.own_session for one in there.lights)


def _filters(there: There) -> dict[str | None, None]:
    return dict.fromkeys(one.frames[0].filter for one in there.lights)


def _objects(there: There) -> dict[str | None, None]:
    return dict.fromkeys(frame.object for one in there.lights for frame in one.frames)


def _like(near: str | None) -> str:
    return "" if near is None else f"; the nearest is {near}"
