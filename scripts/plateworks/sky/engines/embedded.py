"""The engine of Astrometry.net inside the Python package ``astrometry``.

It works in a child process (:mod:`plateworks.sky.engines.worker`) that lives as long as this one:
the engine has no time limit of its own, and stops its whole process where it meets a damaged index.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

from plateworks.sky.engines.astrometrynet import PLANE, AstrometryNet
from plateworks.sky.engines.engine import Answer, EngineMatch, Query, time_is_up
from plateworks.sky.engines.indexes import Index


class _Worker(NamedTuple):
    """The child process, where it is asked, and where it answers."""

    process: subprocess.Popen[str]
    questions: IO[str]
    answers: IO[str]


_worker: _Worker | None = None


class Embedded(AstrometryNet):
    """The engine in the Python package ``astrometry``."""

    name = "embedded"

    @classmethod
    def lack(cls) -> str:
        """As :meth:`Engine.lack`."""
        return "" if importlib.util.find_spec("astrometry") else "the Python package astrometry"

    @staticmethod
    def solve(indexes: tuple[Index, ...], query: Query) -> Answer:
        """Search a field with these indexes."""
        import numpy as np

        worker = _start()
        try:
            worker.questions.write(json.dumps(_question(indexes, query)) + "\n")
            worker.questions.flush()
            line = worker.answers.readline()
        except BrokenPipeError:  # it ended between two questions
            line = ""
        if not line:
            return _why_it_ended(worker.process, query.time_limit_s)
        answer = json.loads(line)
        match, seconds = answer["match"], answer["seconds"]
        if match is None:
            failed = bool(answer["error"])
            return Answer(None, answer["error"] or "no match", seconds, failed=failed)
        cards = {key: float(match["wcs"][key]) for key in PLANE}
        stars = np.array(match["stars"], dtype=np.float64).reshape(-1, 2)
        found = EngineMatch(cards, stars, Path(match["index"]).name, match["logodds"])
        return Answer(found, "", seconds)


@atexit.register
def stop() -> None:
    """End the child process, if there is one."""
    global _worker
    if _worker is not None:
        _worker.process.kill()
        # Not communicate(): it would flush what the child can no longer read.
        for pipe in (_worker.questions, _worker.answers):
            with suppress(BrokenPipeError):
                pipe.close()
        _worker.process.wait()
        _worker = None


def _question(indexes: tuple[Index, ...], query: Query) -> dict[str, object]:
    attempt = query.attempt
    return {
        "indexes": [index.path for index in indexes],
        "stars": query.xy.tolist(),
        "scale": [attempt.scale_low, attempt.scale_high],
        "position": None if attempt.radius is None else [attempt.ra, attempt.dec, attempt.radius],
        "depth": attempt.depth,
        "limit": query.time_limit_s,
    }


def _start() -> _Worker:
    """Give the child process, started at the first call or after the last one died."""
    global _worker
    if _worker is None:
        # Run as a file, not with -m: the child needs nothing of this package, nor its imports.
        script = Path(__file__).with_name("worker.py")
        process = subprocess.Popen(
            [sys.executable, "-P", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        assert process.stdin is not None and process.stdout is not None  # they are pipes
        _worker = _Worker(process, process.stdin, process.stdout)
    return _worker


def _why_it_ended(process: subprocess.Popen[str], limit: float) -> Answer:
    """Tell the child's own timers from a crash."""
    code = process.wait()
    stop()
    if code in (-signal.SIGPROF, -signal.SIGALRM):
        return time_is_up(limit)
    return Answer(None, f"the embedded engine ended with status {code}", limit, failed=True)
