"""Sums of the files that jobs are made of: each is added up once, not for each frame of a batch.

Snakemake (9.27) notes of every output what its inputs held, as far as they are small, and reads
all inputs of a job anew for each output: of a batch of frames, as many times as there are frames.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

#: Files that are remembered at most: those of the largest jobs.
_MOST = 4096

_Sum = Callable[..., Awaitable[str | None]]


def kept(checksum: _Sum) -> _Sum:
    """Return the method of a path which gives the sum of its file, one that remembers.

    A file is the same as long as its number, size and times are; these are asked once while the end
    of one job is noted, for which Snakemake has an event loop of its own.

    Parameters
    ----------
    checksum : coroutine function
        Of Snakemake's paths: of ``self``, the most bytes that are read, and what else it is asked.
    """
    known: dict[tuple[object, ...], str | None] = {}
    seen_now: dict[tuple[object, ...], str | None] = {}
    now: list[object] = [None]

    async def remembered(self: Any, *asked: Any, **named: Any) -> str | None:
        if self.is_storage:
            return await checksum(self, *asked, **named)
        loop, question = asyncio.get_running_loop(), (str(self), asked, *sorted(named.items()))
        if now[0] is not loop or len(seen_now) >= _MOST:
            now[0] = loop
            seen_now.clear()
        if question not in seen_now:
            seen_now[question] = await by_stamp(self, question, *asked, **named)
        return seen_now[question]

    async def by_stamp(
        self: Any, question: tuple[object, ...], *asked: Any, **named: Any
    ) -> str | None:
        try:
            seen = os.stat(self)
        except OSError:  # there is no such file
            return await checksum(self, *asked, **named)
        key = (*question, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
        if key not in known:
            if len(known) >= _MOST:
                known.clear()
            known[key] = await checksum(self, *asked, **named)
        return known[key]

    return remembered
