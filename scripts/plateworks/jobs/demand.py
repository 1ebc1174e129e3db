"""What one job asks for, and what Snakemake itself takes round a job on a cluster."""

from __future__ import annotations

import math
from dataclasses import dataclass

from plateworks.settings.node import Node

#: MB of Python with numpy and what else a job imports.
BASE_MB = 65
#: What is asked for is so much more than what is reckoned with; memory is not as regular as disk.
_MEMORY_MARGIN, _DISK_MARGIN, _TIME_MARGIN = 1.15, 1.02, 1.4
#: Seconds until a job works: Python and its libraries, read from a disk that is busy.
_START_S = 30.0
#: MB of Snakemake round a job, and seconds until it has begun; and both for each frame of the plan.
#: A process that starts another counts twice for an instant, and a scheduler may look just then.
AROUND_MB, _AROUND_S = 340, 30.0
_RECALLED_MB, _RECALLED_S = 0.014, 0.0008


@dataclass(frozen=True)
class Around:
    """What Snakemake takes on top of the work of a job."""

    mb: float = 0.0
    seconds: float = 0.0


#: Where Snakemake starts jobs on its own computer.
NOTHING = Around()


def around(frames: int) -> Around:
    """Return what Snakemake takes round a job on a cluster, in a plan of so many `frames`.

    It runs there twice, for what submits a step, and for the step; each time it recalls the plan.
    """
    return Around(AROUND_MB + _RECALLED_MB * frames, _AROUND_S + _RECALLED_S * frames)


@dataclass(frozen=True)
class Demand:
    """What one job needs.

    Attributes
    ----------
    held_mb : float
        Memory whatever the number of threads.
    thread_mb : float
        Memory that each thread adds.
    disk_mb : float
        What the job writes: products, and frames unpacked into the folder for temporary files.
    seconds : float
        Of one core of the computer where the figures were measured.
    threads : int
        More than these are of no use.
    process_mb : float
        Memory that each process beyond the first adds, where threads are processes.  What they
        share counts for each, as it does for schedulers without control groups.
    read_mb : float
        What the job reads.
    limit_s : float
        Seconds that pass whatever the computer: limits that are set in the configuration.
    """

    held_mb: float
    thread_mb: float
    disk_mb: float
    seconds: float
    threads: int = 1
    process_mb: float = 0.0
    read_mb: float = 0.0
    limit_s: float = 0.0

    def memory(self, threads: int, attempt: int = 1, more: Around = NOTHING) -> int:
        """Return the MB to ask for; each attempt asks for more than the one before."""
        reckoned = BASE_MB + self.held_mb + threads * self.thread_mb
        reckoned += (threads - 1) * self.process_mb
        return attempt * math.ceil(_MEMORY_MARGIN * reckoned + more.mb)

    def disk(self) -> int:
        """Return the MB to ask for on disk, 1 at the least."""
        return max(1, math.ceil(_DISK_MARGIN * self.disk_mb))

    def minutes(self, threads: int, node: Node, attempt: int = 1, more: Around = NOTHING) -> int:
        """Return the minutes to ask for on a node, 1 at the least."""
        work = _TIME_MARGIN * (self.seconds / threads + more.seconds) / node.speed
        moved = (self.read_mb + self.disk_mb) / node.disk_mb_s
        return attempt * math.ceil((_START_S + work + moved + self.limit_s) / 60)
