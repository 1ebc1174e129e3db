"""Plate-solving engines behind one interface.

An engine is a module with two functions::

    available() -> str                       # "" or a clause that says what is missing
    solve(query: Query, scratch: str) -> Answer

It is given source positions, never an image or a name from a header, and answers with a first
plane world coordinate system and the index stars of the field; :mod:`plateworks.sky.refine` does
the rest in the same way for all of them.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from plateworks.errors import ConfigError
from plateworks.sky.engines.query import Answer, EngineMatch, Query

__all__ = ["ENGINES", "Answer", "EngineMatch", "Query", "choose"]

#: name in the configuration -> module
ENGINES = {
    "embedded": "plateworks.sky.engines.embedded",
    "solve-field": "plateworks.sky.engines.solvefield",
}


def choose(name: str) -> tuple[str, ModuleType]:
    """Find the engine of that name; ``auto`` takes the first that can run here.

    Returns
    -------
    name : str
    module : module

    Raises
    ------
    ConfigError
        If there is no such engine, or it cannot run here.
    """
    if name not in ("auto", *ENGINES):
        raise ConfigError(
            f"solve.engine is {name!r}; it must be one of {', '.join(('auto', *ENGINES))}."
        )
    missing = []
    for candidate in ENGINES if name == "auto" else (name,):
        engine = importlib.import_module(ENGINES[candidate])
        if not (lack := engine.available()):
            return candidate, engine
        missing.append(f"{candidate} needs {lack}")
    raise ConfigError(f"No plate solver can run here: {'; '.join(missing)}.")
