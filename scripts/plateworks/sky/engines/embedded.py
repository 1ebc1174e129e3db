"""The engine of Astrometry.net inside the Python package ``astrometry``.

It works in a child process (:mod:`plateworks.sky.engines.worker`) that lives as long as this one:
the engine has no time limit of its own, and stops its whole process where it meets a damaged index.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import math
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np

from plateworks.sky.engines.query import Answer, EngineMatch, Query

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
        "limit": query.time_limit_s,
    }
    worker = _start()
    try:
        worker.stdin.write(json.dumps(question) + "\n")
        worker.stdin.flush()
        line = worker.stdout.readline()
    except BrokenPipeError:
        line = ""
    if not line:
        return Answer(None, _why_it_ended(query.time_limit_s))
    answer = json.loads(line)
    if "error" in answer:
        return Answer(None, f"the embedded engine failed ({answer['error']})")
    if answer["match"] is None:
        return Answer(None, "no match")
    match = answer["match"]
    cards = {key: float(match["wcs"][key]) for key in _PLANE}
    stars = np.array(match["stars"], dtype=np.float64).reshape(-1, 2)
    if not all(map(math.isfinite, cards.values())):
        return Answer(None, "no match")
    return Answer(EngineMatch(cards, stars, match["logodds"], Path(match["index"]).name))


def stop() -> None:
    """End the child process, if there is one."""
    global _worker
    if _worker is not None:
        _worker.kill()
        _worker.communicate()
        _worker = None


def _start() -> subprocess.Popen:
    """Give the child process, started at the first call or after the last one died."""
    global _worker
    if _worker is None or _worker.poll() is not None:
        # Run as a file, not with -m: the child needs nothing of this package, nor its imports.
        script = Path(__file__).with_name("worker.py")
        _worker = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        atexit.register(stop)
    return _worker


def _why_it_ended(limit: float) -> str:
    global _worker
    code = _worker.wait()
    _worker = None
    if code in (-signal.SIGPROF, -signal.SIGALRM):
        return f"the time limit of {limit:g} s was reached"
    return f"the embedded engine ended with status {code}"
