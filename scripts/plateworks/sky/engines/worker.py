"""The child process of the embedded engine: questions in, answers out, one JSON line each.

A timer of the system ends the process when a question takes too long; that is the answer then.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import astrometry

#: Sources join in by so many, the brightest first.
STEP = 10
#: Natural logarithm of the odds at which a match is beyond doubt: 1e9 to 1, as in solve-field.
CERTAIN = 20.72
#: The limit counts processor time; a process that merely waits is ended after this many times it.
PATIENCE = 5


def search(question: dict, solvers: dict[str, astrometry.Solver]) -> dict | None:
    """Search the field with each index until one gives a match beyond doubt."""
    stars, position = question["stars"], question["position"]
    depth = min(question["depth"], len(stars))
    slices = [(start, min(start + STEP, depth)) for start in range(0, depth, STEP)]
    parameters = astrometry.SolutionParameters(
        sip_order=0,
        tune_up_logodds_threshold=None,
        output_logodds_threshold=CERTAIN,
        slices_generator=lambda _: slices,
        logodds_callback=lambda _: astrometry.Action.STOP,
    )
    key = "\n".join(question["indexes"])
    if key not in solvers:
        solvers[key] = astrometry.Solver([Path(path) for path in question["indexes"]])
    solution = solvers[key].solve(
        stars=stars,
        size_hint=astrometry.SizeHint(*question["scale"]),
        position_hint=astrometry.PositionHint(*position) if position else None,
        solution_parameters=parameters,
    )
    if not solution.has_match():
        return None
    match = solution.best_match()
    return {
        "wcs": {key: value for key, (value, _) in match.wcs_fields.items()},
        "stars": [(star.ra_deg, star.dec_deg) for star in match.stars],
        "logodds": match.logodds,
        "index": str(match.index_path),
    }


def serve() -> None:
    """Answer questions until the input ends."""
    # The engine writes messages to the standard output; answers go to a copy of it.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    solvers: dict[str, astrometry.Solver] = {}
    for line in sys.stdin:
        question = json.loads(line)
        signal.setitimer(signal.ITIMER_PROF, question["limit"])
        signal.setitimer(signal.ITIMER_REAL, question["limit"] * PATIENCE)
        start = time.process_time()
        match, error = None, ""
        try:
            match = search(question, solvers)
        except Exception as fault:
            error = f"the embedded engine failed: {fault}"
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        seconds = time.process_time() - start
        print(
            json.dumps({"match": match, "error": error, "seconds": seconds}), file=out, flush=True
        )


if __name__ == "__main__":
    serve()
