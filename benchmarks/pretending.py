"""A run of Snakemake whose jobs are pretended: their products are there, and noted, and empty.

    python benchmarks/pretending.py …        (the words of a run of Snakemake)

The touch executor does the same with a thread, a shell and a round of the scheduler for each job,
and reads the inputs of a job anew for each of its products: of an archive of 100,000 frames that
takes a quarter of an hour.  Here the products of a job are written in the order of the graph, one
file and links to it, and so is what Snakemake notes of them; handlers of the workflow run as ever.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from sidebyside import ROOT

sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "scripts")]


def pretend(scheduler: Any) -> bool:
    """Make the products of all jobs that have to run, each after what it is made of."""
    workflow = scheduler.workflow
    dag = workflow.dag
    workflow.iocache.active = True  # nothing changes that was looked at
    for level in dag.toposorted():
        for job in level:
            if dag.needrun(job) and job.output:
                _write(list(job.output))
                asyncio.run(_note(workflow.persistence, job))
    return True


def _write(paths: list[str]) -> None:
    from workflow import OURS

    for folder in {os.path.dirname(path) for path in paths}:
        os.makedirs(folder, exist_ok=True)
    by_kind: dict[str, list[str]] = {}
    for path in paths:
        by_kind.setdefault(Path(path).suffix, []).append(path)
    for suffix, same in by_kind.items():
        Path(same[0]).write_bytes(OURS.get(suffix, b""))
        _link(same)


async def _note(persistence: Any, job: Any) -> None:
    """Have Snakemake note the first product of a job, and note the same of the others."""
    outputs = job.output
    try:
        job.output = type(outputs)(outputs[:1])
        await persistence.finished(job)
    finally:
        job.output = outputs
    folder = persistence._metadata_path
    records = [persistence._record_path(folder, persistence._get_key(one)) for one in outputs]
    for one in {os.path.dirname(record) for record in records}:
        os.makedirs(one, exist_ok=True)
    _link(records)


def _link(paths: list[str]) -> None:
    for path in paths[1:]:
        if os.path.exists(path):
            os.unlink(path)
        os.link(paths[0], path)


def main() -> None:
    from snakemake.cli import main as snakemake
    from snakemake.scheduling.job_scheduler import JobScheduler

    JobScheduler.schedule = pretend
    snakemake(sys.argv[1:])


if __name__ == "__main__":
    main()
