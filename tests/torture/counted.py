"""How often a run makes each call, so that a fault can strike at any of them."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

from faults import Fault, injected
from torture.nights import TARGET, copied, run, undisturbed

#: No run makes so many calls.
_NEVER = 1 << 60


def calls_of(wanted: Sequence[tuple[str, str]]) -> list[int]:
    """Return how often calls are made while nothing disturbs a night; counted once.

    Parameters
    ----------
    wanted : sequence of (str, str)
        Calls as :class:`faults.Fault` has them, and patterns of paths within the night.
    """
    night = undisturbed().folder
    named = json.dumps(wanted)
    with open(night / f"calls-{crc32(named.encode()):08x}", "a+") as kept:
        fcntl.flock(kept, fcntl.LOCK_EX)  # else each process would count for itself
        kept.seek(0)
        text = kept.read()
        if not text:
            text = json.dumps(_count(night, wanted))
            kept.write(text)
    calls: list[int] = json.loads(text)
    return calls


def _count(night: Path, wanted: Sequence[tuple[str, str]]) -> list[int]:
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        place = copied(night, Path(folder, "counted"))
        never = (Fault(call, f"{place}/{below}", errno.EIO, _NEVER) for call, below in wanted)
        faults = injected(place / "faults", *never)
        environment = {**os.environ, **faults.environment}
        done = run(place, TARGET, environment=environment, anew=True)
        assert done.code == 0, done.said
        return faults.calls()
