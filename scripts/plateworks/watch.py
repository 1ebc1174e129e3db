"""Calls Snakemake again and again while frames arrive.

    python -m plateworks.watch [--every 60] [--settle 1] ARGUMENTS OF SNAKEMAKE

Each round is an ordinary run.  But the first is begun before there is work for it: when all is
loaded, it looks for files that are new (config key ``wait_s``), and goes on as soon as there are
some, at the latest `--every` seconds later.  A file that changed in the last `--settle` seconds is
left until it stands still (``settle_s``).  Each frame has a job of its own (``frames_per_job=1``),
so that a new one does not take along those of its batch; the page of the last night renews itself
where it is open (``renew_s``).  Ctrl-C or ``kill`` ends the round that runs, with its jobs, and the
watch, which may as well run in the background.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NoReturn

from plateworks.children import child
from plateworks.news import RESULTS, SHOWN, results_told
from plateworks.renewing import put_to_rest
from plateworks.stopping import Stopped, heeded, shield

#: Jobs have so many seconds to end before they are killed.
GRACE_S = 60.0
#: A round that fails, as for a mistake in the configuration, is not begun again more often.
LEAST_S = 10.0
#: The open page renews itself after so many seconds.
RENEW_S = 10.0


def command(arguments: Sequence[str], settle_s: float, wait_s: float) -> list[str]:
    """Return the command of one round.

    What the user gives after ``--config`` comes last and so has the last word.
    """
    settings = [
        f"settle_s={settle_s:g}", f"wait_s={wait_s:g}", f"renew_s={RENEW_S:g}", "frames_per_job=1",
    ]  # fmt: skip
    arguments = list(arguments)
    for option in ("--config", "-C"):
        if option in arguments:
            place = arguments.index(option) + 1
            return _snakemake(arguments[:place] + settings + arguments[place:])
    return _snakemake([*arguments, "--config", *settings])


def _snakemake(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "plateworks.round", *arguments]


def watch(arguments: Sequence[str], every_s: float, settle_s: float) -> None:
    """Run round after round; all but the first wait until there is something new.

    A round that fails stops nothing: what it lacked may arrive.  One that finds nothing new says
    nothing itself.
    """
    with (
        NamedTemporaryFile(prefix="plateworks-watch-") as shown,
        NamedTemporaryFile(prefix="plateworks-watch-") as results,
    ):
        os.environ |= {SHOWN: shown.name, RESULTS: results.name}
        try:
            _rounds(arguments, every_s, settle_s, Path(shown.name))
        finally:
            with shield():  # in whatever a round was broken off, the open page has to stand still
                if folder := results_told(results.name):
                    put_to_rest(folder)


def _rounds(arguments: Sequence[str], every_s: float, settle_s: float, shown: Path) -> NoReturn:
    wait_s, before = 0.0, b""
    while True:
        began = time.monotonic()
        # Snakemake, and every job with it, has to hear what Ctrl-C says: told to terminate, it
        # waits until all of its jobs have ended by themselves.
        with child(command(arguments, settle_s, wait_s), signal.SIGINT, GRACE_S) as snakemake:
            status = snakemake.wait()
        left = max(0.0, LEAST_S - (time.monotonic() - began)) if status else 0.0
        now = shown.read_bytes()
        if status != 0:
            ended = "not all could be made"
        else:
            ended = "nothing new" if now == before else "all is made that can be"
        again = f"in {left:.0f} s" if left else f"when files are new, or in {every_s:g} s"
        print(f"watch: {ended}; next look {again}", file=sys.stderr, flush=True)
        time.sleep(left)
        wait_s, before = every_s, now


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m plateworks.watch",
        allow_abbrev=False,
        description="Call Snakemake again and again while frames arrive.",
        epilog="All other arguments are Snakemake's.",
    )
    parser.add_argument(
        "--every",
        type=float,
        default=60.0,
        metavar="S",
        help="seconds after which a round goes on without a new file",
    )
    parser.add_argument(
        "--settle", type=float, default=1.0, metavar="S", help="seconds a file must stand still"
    )
    own, arguments = parser.parse_known_args()
    try:
        with heeded():
            watch(arguments, own.every, own.settle)
    except Stopped as stop:
        print(f"watch: ended by {stop}", file=sys.stderr)


if __name__ == "__main__":
    main()
