"""What is left to do when this process ends.

By then Snakemake has gone back to the folder that it was called from, and paths of the run, which
are those below its ``--directory``, would be looked for there.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from contextlib import suppress


def at_exit(function: Callable[[], object]) -> None:
    """Have a function called when this process ends, in the folder where it is now.

    Parameters
    ----------
    function : function
        If the folder is gone by then, it is called all the same.
    """
    atexit.register(_call_in, os.getcwd(), function)


def _call_in(folder: str, function: Callable[[], object]) -> None:
    with suppress(FileNotFoundError):
        os.chdir(folder)
    function()
