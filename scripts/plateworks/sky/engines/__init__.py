"""Plate-solving engines behind one interface, :class:`plateworks.sky.engines.engine.Engine`.

To add one: a class in a file of its own, its place in :data:`ENGINES`, and its name in the section
``solve`` of the configuration (:mod:`plateworks.settings.solve`).
"""

from __future__ import annotations

from collections.abc import Iterable

from plateworks.digests import digest_of
from plateworks.errors import ConfigError
from plateworks.settings.solve import SolveOptions
from plateworks.sky.engines import embedded
from plateworks.sky.engines.embedded import Embedded
from plateworks.sky.engines.engine import Engine
from plateworks.sky.engines.solvefield import SolveField

#: Name in the configuration -> engine, in the order in which ``auto`` tries them.
ENGINES: dict[str, type[Engine]] = {one.name: one for one in (Embedded, SolveField)}


def choose(options: SolveOptions) -> tuple[Engine, ...]:
    """Return the engine that the configuration names; for ``auto`` all that can run here.

    Raises
    ------
    ConfigError
        If there is no such engine, or none can run here, or its files are not there.
    """
    lacking = {kind: kind.lack() for kind in _named(options)}
    if able := [kind for kind, lack in lacking.items() if not lack]:
        return tuple(kind(options) for kind in able)
    missing = (f"{kind.name} needs {lack}" for kind, lack in lacking.items())
    raise ConfigError(f"No plate solver can run here: {'; '.join(missing)}.")


def foresee(options: SolveOptions) -> tuple[Engine, ...]:
    """Return the engines that jobs will use, as far as this computer can tell.

    Where none can run, jobs may do so in an environment of their own: it is the first then.

    Raises
    ------
    ConfigError
        If there is no such engine, or its files are not there.
    """
    named = _named(options)
    able = [kind for kind in named if not kind.lack()]
    return tuple(kind(options) for kind in able or named[:1])


def searched(some: Iterable[Engine]) -> str:
    """Return a digest of all that some engines search: with another one, more may be found."""
    return digest_of(searched=sorted({engine.searched() for engine in some}))


def finish() -> None:
    """End what engines keep running between searches."""
    embedded.stop()


def _named(options: SolveOptions) -> list[type[Engine]]:
    name = options.engine
    if name not in ("auto", *ENGINES):
        raise ConfigError(
            f"solve.engine is {name!r}; it must be one of {', '.join(('auto', *ENGINES))}."
        )
    return list(ENGINES.values()) if name == "auto" else [ENGINES[name]]
