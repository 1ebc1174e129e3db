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

import numpy as np

from plateworks.sky.engines.query import Answer, EngineMatch, Query, time_is_up

_PLANE = ("CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2", "CD1_1", "CD1_2", "CD2_1", "CD2_2")
_worker: subprocess.Popen | None = None


def available() -> str:
    """Say what is missing to run this engine; "" if nothing is."""
    return "" if importlib.util.find_spec("astrometry") else "the Python package astrometry"


def solve(query: Query, scratch: str) -> Answer:
    """Search a field; `scratch` is not used.

    Returns
    -------
    Answer
    """
    attempt = query.attempt
    question = {
        "indexes": [index.path for index in query.indexes],
        "stars": np.asarray(query.xy, dtype=np.float64).tolist(),
        "scale": [attempt.scale_low, attempt.scale_high],
        "position": None if attempt.radius is None else [attempt.ra, attempt.dec, attempt.radius],
        "depth": attempt.depth,
        "limit": query.time_limit_s,
    }
    worker = _start()
    try:
        worker.stdin.write(json.dumps(question) + "\n")
        worker.stdin.flush()
        line = worker.stdout.readline()
    except BrokenPipeError:  # it ended between two questions
        line = ""
    if not line:
        return _why_it_ended(query.time_limit_s)
    answer = json.loads(line)
    match, seconds = answer["match"], answer["seconds"]
    if match is None:
        return Answer(None, answer["error"] or "no match", seconds)
    cards = {key: float(match["wcs"][key]) for key in _PLANE}
    stars = np.array(match["stars"], dtype=np.float64).reshape(-1, 2)
    found = EngineMatch(cards, stars, match["logodds"], Path(match["index"]).name)
    return Answer(found, "", seconds)


@atexit.register
def stop() -> None:
    """End the child process, if there is one."""
    global _worker
    if _worker is not None:
        _worker.kill()
        # Not communicate(): it would flush what the child can no longer read.
        for pipe in (_worker.stdin, _worker.stdout):
            with suppress(BrokenPipeError):
                pipe.close()
        _worker.wait()
        _worker = None


def _start() -> subprocess.Popen:
    """Give the child process, started at the first call or after the last one died."""
    global _worker
    if _worker is None:
        # Run as a file, not with -m: the child needs nothing of this package, nor its imports.
        script = Path(__file__).with_name("worker.py")
        _worker = subprocess.Popen(
            [sys.executable, "-P", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
    return _worker


def _why_it_ended(limit: float) -> Answer:
    """Tell the child's own timers from a crash."""
    code = _worker.wait()
    stop()
    if code in (-signal.SIGPROF, -signal.SIGALRM):
        return time_is_up(limit)
    return Answer(None, f"the embedded engine ended with status {code}", limit)
