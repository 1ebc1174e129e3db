"""What a job does not load."""

import os
import subprocess
import sys

from frames import ROOT
from plateworks.lean import UNUSED


def test_a_job_reads_fits_without_what_is_of_no_use_to_it_and_others_may_load_that_still():
    code = (
        f"import plateworks.logs, astropy.io.fits, sys; print({UNUSED!r} in sys.modules);"
        f"import {UNUSED}; print({UNUSED}.__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")},
    )  # fmt: skip
    assert done.stdout.split() == ["False", UNUSED]
