"""The cosmetic lists that lie beside masters made earlier or elsewhere."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping

from plateworks.inventory.sources import Source
from plateworks.matching.candidates import Candidate
from plateworks.metadata.imagenames import stem_of


def lists_beside(
    darks: Iterable[Candidate],
    lists: Iterable[str],
    libraries: Iterable[Source],
    is_product: Callable[[str], bool] = lambda path: False,
    dark_of: Callable[[str], str | None] = lambda path: None,
) -> dict[str, str]:
    """Find the cosmetic list of each dark of a library.

    That is the list in its folder whose name is that of the dark with ``cosme`` in place of
    ``dark`` (``dark120s.fit`` and ``cosme120s.lst``), or the one in the library that says that it
    is of the dark, as those of earlier results do.  For a dark without one, it is the list of the
    newest dark of the same camera and size in the same library that has one, else the last list by
    name that belongs to no other dark and is not of several.

    Parameters
    ----------
    darks : iterable of Candidate
    lists : iterable of str
        All ``.lst`` files of the libraries.
    libraries : iterable of Source
    is_product : function
        Whether a list has the path of a product: if no dark has its name, none takes it.
    dark_of : function
        The name of the dark that a list says it is of; empty where it is of several, None where it
        does not say.

    Returns
    -------
    dict
        Path of a dark to the path of its list; nothing for darks of a library without lists.
    """
    there = {_folded(path): path for path in lists}
    said = {path: None if is_product(path) else dark_of(path) for path in there.values()}
    darks = sorted(darks, key=lambda dark: dark.path)
    own = {d.path: there[name] for d in darks if (name := _folded(list_name(d.path))) in there}
    for library in libraries:
        reached = {path: dark for path, dark in said.items() if _in_reach(path, library)}
        for dark in darks:
            path = _that_says(dark.path, reached) if library.holds(dark.path) else None
            if path is not None:
                own.setdefault(dark.path, path)
    found = dict(own)
    for library in libraries:
        others = (p for p in {*there.values()} - {*own.values()} if _in_reach(p, library))
        stray = sorted(path for path in others if not is_product(path) and said[path] != "")
        inside = [dark for dark in darks if library.holds(dark.path)]
        newest = {_sensor(d): own[d.path] for d in sorted(inside, key=_age) if d.path in own}
        for dark in inside:
            fallback = newest.get(_sensor(dark), stray[-1] if stray else None)
            if fallback is not None:
                found.setdefault(dark.path, fallback)
    return found


def _that_says(dark: str, said: Mapping[str, str | None]) -> str | None:
    """Return the list that says that it is of a dark; of several, that in a folder named alike."""
    alike = [path for path, its in said.items() if its == os.path.basename(dark)]
    if len(alike) > 1:
        alike = [path for path in alike if _folder(path) == _folder(dark)]
    return alike[0] if len(alike) == 1 else None


def _folder(path: str) -> str:
    return os.path.basename(os.path.dirname(path))


def list_name(dark: str) -> str:
    """Return where the cosmetic list of a dark would lie.

    A ``dark`` that begins the name becomes ``cosme``; otherwise every ``dark`` in it does.
    """
    folder, name = os.path.split(dark)
    stem = stem_of(name)
    if stem.casefold().startswith("dark"):
        stem = "cosme" + stem[len("dark") :]
    else:
        stem = re.sub("dark", "cosme", stem, flags=re.IGNORECASE)
    return os.path.join(folder, stem + ".lst")


def _in_reach(path: str, library: Source) -> bool:
    """Whether a list belongs to a library: it lies in it, or beside its files."""
    return library.holds(path) or (
        library.files is not None and os.path.dirname(path) == library.folder
    )


def _sensor(dark: Candidate) -> tuple[object, ...]:
    setup = dark.setup
    return setup.camera, setup.width, setup.height, setup.xbin, setup.ybin, setup.planes


def _age(dark: Candidate) -> tuple[float, str]:
    return dark.mjd or 0.0, dark.path


def _folded(path: str) -> str:
    folder, name = os.path.split(path)
    return os.path.join(folder, name.casefold())
