"""Configurations of whatever keys and values: a plan, or a sentence."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from frames import write_night
from plateworks.errors import PlateworksError
from plateworks.planning.run import plan_run
from plateworks.report.preview import summarise
from plateworks.settings.configuration import complete
from torture.trial import Trial, broken
from workflow import ROOT

#: What is put in the place of a value, whatever its kind.
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 0.5, -0.5, 1e308, -1e308, math.nan, math.inf, 10**30, "", "x",
    "1", "null", "../..", "/dev/null", "{x}", "<results>", "a\nb", "\x1b[2J", "é", "(", "[", "%s",
    [], [None], ["x", "x"], [1, 2, 3], [[1]], {}, {"x": 1}, {"": ""}, {1: 2}, "9" * 5000,
    ["9" * 99] * 99, "2025-08-15", "2025-08-15..", "auto", "median", "L", [0, 0], [5, 1], [-1, -1],
)  # fmt: skip
_SLOW_S = 30.0


def configurations(folder: Path, rng: np.random.Generator, count: int) -> Iterator[Trial]:
    """Change one to four keys of the defaults, and plan a night."""
    raw = write_night(folder / "raw")
    default = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    keys = list(_keys(default, ()))
    for _ in range(count):
        given: dict[str, Any] = {}
        for number in rng.choice(len(keys), int(rng.integers(1, 5)), replace=False):
            _put(given, keys[int(number)], _VALUES[int(rng.integers(len(_VALUES)))])
        given = {"raw": str(raw), "results": str(folder / "results")} | given
        began, wrong = time.monotonic(), ""
        try:
            said = summarise(plan_run(complete(given), rescan=True))
        except PlateworksError as error:
            said = str(error)
        except Exception as error:  # that is what is looked for
            said = wrong = repr(error)
        yield Trial(
            f"{given!r:.300}", True,
            broken(
                a_plan_or_a_sentence=not wrong and bool(said), short=len(said) < 20_000,
                quick=time.monotonic() - began < _SLOW_S,
            ) + ((wrong[:200],) if wrong else ()),
        )  # fmt: skip


def _keys(section: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield every key, sections too; frames are not looked for elsewhere on this computer."""
    for name, value in section.items():
        if (*path, name) not in (("raw",), ("results",)):
            yield (*path, name)
            if isinstance(value, dict):
                yield from _keys(value, (*path, name))


def _put(given: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        below = given.setdefault(name, {})
        if not isinstance(below, dict):
            return
        given = below
    given[path[-1]] = value
