"""One run of Snakemake, which a signal ends without a word while nothing has been begun.

    python -m plateworks.round ARGUMENTS OF SNAKEMAKE

Loading Snakemake takes a second, in which Ctrl-C would end in a traceback out of whatever module is
imported at that moment.  From when the workflow is read on, :mod:`plateworks.relay` hears signals.
"""

from __future__ import annotations

import runpy
import signal

from plateworks.stopping import leave_at_once

if __name__ == "__main__":
    signal.signal(signal.SIGINT, leave_at_once)
    runpy.run_module("snakemake", run_name="__main__", alter_sys=True)
