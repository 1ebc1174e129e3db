"""Plate-solving engines behind one interface, :class:`plateworks.sky.engines.engine.Engine`.

To add one: a class in a file of its own, its place in :data:`ENGINES`, and its name in the section
``solve`` of the configuration (:mod:`plateworks.settings.solve`).
"""

from __future__ import annotations

from plateworks.errors import ConfigError
from plateworks.settings.solve import SolveOptions
from plateworks.sky.engines import embedded
from plateworks.sky.engines.embedded import Embedded
from plateworks.sky.engines.engine import Engine
from plateworks.sky.engines.solvefield import SolveField

#: Name in the configuration -> engine, in the order in which ``auto`` tries them.
ENGINES: dict[str, type[Engine]] = {one.name: one for one in (Embedded, SolveField)}


def choose(options: SolveOptions) -> Engine:
    """Return the engine that the configuration names; ``auto`` takes the first that can run here.

    Raises
    ------
    ConfigError
        If there is no such engine, or it cannot run here, or its files are not there.
    """
    missing = []
    for kind in _named(options):
        if not (lack := kind.lack()):
            return kind(options)
        missing.append(f"{kind.name} needs {lack}")
    raise ConfigError(f"No plate solver can run here: {'; '.join(missing)}.")


def foresee(options: SolveOptions) -> Engine:
    """Return the engine that jobs will use, as far as this computer can tell.

    Where none can run, jobs may do so in an environment of their own: it is the first then.

    Raises
    ------
    ConfigError
        If there is no such engine, or its files are not there.
    """
    named = _named(options)
    return next((kind for kind in named if not kind.lack()), named[0])(options)


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
