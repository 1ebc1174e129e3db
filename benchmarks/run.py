"""Run a suite of benchmarks, one after the other, and write its page.

    python benchmarks/run.py costs|accuracy [--only SCRIPT ...] [--quick]

What each prints is shown, and kept below ``out/logs``.  One that fails does not stop the others: it
is told on the page, and at the end, and the exit status is 1.  `costs` are written to
docs/performance.md, `accuracy` to ``out/accuracy.md``.  With ``--only`` a few are run, with
``--quick`` all on small frames, and no page of docs/ is written, but ``out/trial.md``.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

from sidebyside import OUT, ROOT, kept_of, ordinary
from suites import SUITES, Bench
from summary import PAGES, Ran, page_of


def main(words: Sequence[str] | None = None, suites: Mapping[str, Sequence[Bench]] = SUITES) -> int:
    """Run what is asked for; return 1 if any of it failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", choices=suites)
    parser.add_argument("--only", nargs="+", metavar="SCRIPT", help="such as bench_night")
    parser.add_argument("--quick", action="store_true", help="small frames, single runs")
    given = parser.parse_args(words)
    benches = suites[given.suite]
    if unknown := set(given.only or ()) - {bench.script for bench in benches}:
        parser.error(f"{', '.join(sorted(unknown))}: no benchmark of {given.suite} is named so")
    chosen = [one for one in benches if not given.only or one.script in given.only]
    begun = time.monotonic()
    ran = {one: run(one, number, quick=given.quick) for number, one in enumerate(chosen)}
    trial = given.quick or bool(given.only)
    path = OUT / "trial.md" if trial else PAGES[given.suite]
    path.write_text(page_of(given.suite, benches, ran, trial=trial), encoding="utf-8")
    print(f"\n{path} is written; {(time.monotonic() - begun) / 60:.0f} minutes in all")
    failed = [one.command for one in chosen if ran[one].failure]
    for command in failed:
        print(f"failed: {command}", file=sys.stderr)
    return 1 if failed else 0


def run(bench: Bench, number: int, *, quick: bool = False) -> Ran:
    """Run one benchmark to its end; return what became of it."""
    script = bench.path
    kept, log = (kept_of(f"{number:02d}_{script.stem}"), OUT / "logs" / f"{script.stem}.log")
    for path in (kept, log):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
    arguments = bench.quick if quick else bench.arguments
    print(f"\n== {bench.title}: {' '.join((script.name, *arguments))}", flush=True)
    small = {"PLATEWORKS_BENCH_SMALL": "1"} if quick else {}
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-u", script, *arguments], cwd=ROOT, text=True, start_new_session=True,
        env=ordinary(PLATEWORKS_BENCH_KEPT=str(kept), **small), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    late = threading.Event()
    limit = threading.Timer(bench.limit_s, _end, (process, late))
    limit.start()
    said: list[str] = []
    try:
        assert process.stdout is not None
        with log.open("w", encoding="utf-8") as stream:
            for line in process.stdout:
                print(line, end="", flush=True)
                stream.write(line)
                said.append(line)
        status = process.wait()
    except BaseException:
        _end(process, late)
        raise
    finally:
        limit.cancel()
    failure = f"it ended with exit status {status}" if status else ""
    if late.is_set():
        failure = f"it had not ended after {bench.limit_s / 60:.0f} minutes"
    seconds = time.monotonic() - begun
    print(f"-- {seconds:.0f} s{f'; {failure}' if failure else ''}", flush=True)
    return Ran(seconds, failure, "".join(said), kept)


def _end(process: subprocess.Popen[str], late: threading.Event) -> None:
    """End a benchmark and all that it started."""
    late.set()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    sys.exit(main())
