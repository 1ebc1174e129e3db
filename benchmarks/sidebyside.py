"""Run programs side by side and compare what they cost: processor time, wall time, memory.

Every figure belongs to whole processes, children and start-up included.  Programs take turns, so
that a drift of the machine's speed meets them all, and medians are quoted.  What a benchmark says
is kept for the page of all (``summary.py``): tables and sentences by :func:`keep`, and those
figures of which something is asked (``targets.py``) by :func:`figure`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

ROOT = Path(__file__).parents[1]
#: Where frames and results of benchmarks lie; frames are kept for the next run.
OUT = Path(os.environ.get("PLATEWORKS_BENCH", ROOT / "benchmarks" / "out"))

_MARK = "usage of all processes: "
_STARTER = f"""
import json, os, sys
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
code = os.waitstatus_to_exitcode(status)
print({_MARK!r} + json.dumps([code, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]), flush=True)
"""

#: Files that this process has begun, of what is kept.
_BEGUN: set[Path] = set()
#: Seconds between two looks at the memory of a running program.
_LOOK = 0.05


class Cost(NamedTuple):
    """What one run took: CPU seconds, wall seconds, bytes at the peak."""

    cpu: float
    wall: float
    peak: int


class Contestant(NamedTuple):
    """A program to run: its command, its folder, and what makes it start afresh."""

    command: Sequence[str | Path]
    folder: Path | None = None
    before: Callable[[], object] = lambda: None


def python(code: str, *arguments: object) -> list[str]:
    """Return the command that runs `code` in a fresh interpreter; the package is importable."""
    head = f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r})\n"
    return [sys.executable, "-c", head + code, *map(str, arguments)]


def ordinary(**more: str) -> dict[str, str]:
    """Return the environment of a user, whose Python keeps what it has compiled."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return kept | more


def measure(command: Sequence[str | Path], folder: Path | None = None) -> Cost:
    """Run one command to its end, in the environment of a user.

    The peak is the largest sum of the memory of all its processes that was seen, what processes
    share parted among them (Linux: PSS), or the largest that the kernel saw of one process (RSS),
    whichever is more.

    Raises
    ------
    subprocess.CalledProcessError
        If it fails; what it printed is shown.
    """
    begun = time.perf_counter()
    seen, done = [0], threading.Event()
    # A process begins with its parent's memory on its account, so a small parent starts it.
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _STARTER, *map(str, command)], cwd=folder,
        env=ordinary(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        watch = threading.Thread(target=_watch, args=(process.pid, seen, done))
        watch.start()
        said, _ = process.communicate()
        wall = time.perf_counter() - begun
        done.set()
        watch.join()
    said, _, told = said.rpartition(_MARK)
    code, cpu, peak = json.loads(told or "[1, 0, 0]")
    if code:
        print(said, file=sys.stderr)
        raise subprocess.CalledProcessError(code, command)
    return Cost(cpu, wall, max(seen[0], peak * 1024))


def compare(contestants: Mapping[str, Contestant], runs: int = 3) -> dict[str, Cost]:
    """Run the contestants in turn, `runs` times each, and return the median cost of each.

    Each turn begins with another of them: what the one before leaves of the memory in which the
    system keeps files helps or hinders the next.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in contestants}
    order = list(contestants)
    for _ in range(runs):
        for name in order:
            one = contestants[name]
            one.before()
            costs[name].append(measure(one.command, one.folder))
        order.append(order.pop(0))
    return {
        name: Cost(
            statistics.median(one.cpu for one in of_one),
            statistics.median(one.wall for one in of_one),
            round(statistics.median(one.peak for one in of_one)),
        )
        for name, of_one in costs.items()
    }


def told(title: str, costs: Mapping[str, Cost], ours: str = "Plateworks") -> str:
    """Return a Markdown table of medians and of ratios to ours, and keep it for the summary."""
    lines = [
        f"| {title} | CPU, s | wall, s | memory, GB | our CPU | our wall | our memory |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    mine = costs[ours]
    for name, cost in costs.items():
        row = f"| {name} | {cost.cpu:.2f} | {cost.wall:.2f} | {cost.peak / 1e9:.2f} |"
        for one, other in zip(mine, cost, strict=True):
            row += " |" if name == ours else f" {one / other:.2f} x |"
        lines.append(row)
    return keep(title, "\n".join(lines))


def keep(title: str, text: str) -> str:
    """Keep what a benchmark says, in Markdown, for the page of all; return it."""
    _record({"title": title, "text": text})
    return text


def figure(name: str, value: float) -> None:
    """Keep a figure of which ``targets.py`` asks something."""
    _record({"figure": name, "value": value})


def kept_of(script: str) -> Path:
    """Return the file in which is kept what a benchmark said last: a JSON object a line."""
    return OUT / "kept" / f"{script}.jsonl"


def _record(entry: dict[str, object]) -> None:
    """Add an entry to what this process keeps; the first takes the place of an earlier run's."""
    own = kept_of(Path(sys.argv[0]).stem)
    path = Path(os.environ.get("PLATEWORKS_BENCH_KEPT", own))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a" if path in _BEGUN else "w", encoding="utf-8") as stream:
        stream.write(json.dumps(entry) + "\n")
    _BEGUN.add(path)


def _watch(pid: int, seen: list[int], done: threading.Event) -> None:
    """Keep the largest memory of the processes below `pid` in ``seen[0]``."""
    while not done.wait(_LOOK):
        total = 0
        try:
            for process in psutil.Process(pid).children(recursive=True):
                total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        seen[0] = max(seen[0], total)
