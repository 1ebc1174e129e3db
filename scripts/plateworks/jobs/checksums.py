"""Sums of the files that jobs are made of: each is added up once, not for each frame of a batch.

Snakemake (9.27) notes of every output what its inputs held, as far as they are small, and reads
all inputs of a job anew for each output: of a batch of frames, as many times as there are frames.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

#: Files that are remembered at most: those of the largest jobs.
_MOST = 4096

_Sum = Callable[..., Awaitable[str | None]]


def kept(checksum: _Sum) -> _Sum:
    """Return the method of a path which gives the sum of its file, one that remembers.

    A file is the same as long as its number, size and times are.

    Parameters
    ----------
    checksum : coroutine function
        Of Snakemake's paths: of ``self``, the most bytes that are read, and what else it is asked.
    """
    known: dict[tuple[object, ...], str | None] = {}

    async def remembered(self: Any, *asked: Any, **named: Any) -> str | None:
        try:
            if self.is_storage:
                return await checksum(self, *asked, **named)
            seen = os.stat(self)
            key = (
                str(self), seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns,
                asked, *sorted(named.items()),
            )  # fmt: skip
            if key in known:
                return known[key]
        except (OSError, TypeError):  # there is no such file, or it is asked in another way
            return await checksum(self, *asked, **named)
        if len(known) >= _MOST:
            known.clear()
        known[key] = value = await checksum(self, *asked, **named)
        return value

    return remembered
