"""Calls Snakemake again and again while frames arrive.

    python -m plateworks.watch [--every 30] [--settle 10] ARGUMENTS OF SNAKEMAKE

Each round is an ordinary run, which finds what is new and makes what that asks for.  A file that
changed in the last `--settle` seconds waits for the next round (config key ``settle_s``).  Each
frame has a job of its own (``frames_per_job=1``), so that a new one does not take along those of
its batch.  Ctrl-C or ``kill`` ends the round that runs, with its jobs, and the watch, which may as
well run in the background.
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

from plateworks.children import child
from plateworks.news import SHOWN
from plateworks.stopping import Stopped, heeded

#: Jobs have so many seconds to end before they are killed.
GRACE_S = 60.0


def command(arguments: Sequence[str], settle_s: float) -> list[str]:
    """Return the command of one round.

    What the user gives after ``--config`` comes last and so has the last word.
    """
    settings = [f"settle_s={settle_s:g}", "frames_per_job=1"]
    arguments = list(arguments)
    for option in ("--config", "-C"):
        if option in arguments:
            place = arguments.index(option) + 1
            return _snakemake(arguments[:place] + settings + arguments[place:])
    return _snakemake([*arguments, "--config", *settings])


def _snakemake(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "snakemake", *arguments]


def watch(arguments: Sequence[str], every_s: float, settle_s: float) -> None:
    """Run round after round, each beginning `every_s` seconds after the last one began.

    A round that fails stops nothing: what it lacked may arrive.  One that finds nothing new says
    nothing itself.
    """
    with NamedTemporaryFile(prefix="plateworks-watch-") as shown:
        os.environ[SHOWN] = shown.name
        before = b""
        while True:
            began = time.monotonic()
            # Snakemake, and every job with it, has to hear what Ctrl-C says: told to terminate, it
            # waits until all of its jobs have ended by themselves.
            with child(command(arguments, settle_s), signal.SIGINT, GRACE_S) as snakemake:
                status = snakemake.wait()
            left = max(0.0, every_s - (time.monotonic() - began))
            now = Path(shown.name).read_bytes()
            if status != 0:
                ended = "not all could be made"
            else:
                ended = "nothing new" if now == before else "all is made that can be"
            print(f"watch: {ended}; next look in {left:.0f} s", file=sys.stderr, flush=True)
            before = now
            time.sleep(left)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m plateworks.watch",
        allow_abbrev=False,
        description="Call Snakemake again and again while frames arrive.",
        epilog="All other arguments are Snakemake's.",
    )
    parser.add_argument(
        "--every", type=float, default=30.0, metavar="S", help="seconds from one round to the next"
    )
    parser.add_argument(
        "--settle", type=float, default=10.0, metavar="S", help="seconds a file must stand still"
    )
    own, arguments = parser.parse_known_args()
    try:
        with heeded():
            watch(arguments, own.every, own.settle)
    except Stopped as stop:
        print(f"watch: ended by {stop}", file=sys.stderr)


if __name__ == "__main__":
    main()
