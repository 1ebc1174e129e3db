"""The account of a run, for people, programs and archives."""

from __future__ import annotations

import os
from collections.abc import Callable

from plateworks.jobs.jobs import Jobs
from plateworks.report.account.account import read_account, write_account
from plateworks.report.account.crate import CRATE, write_crate
from plateworks.report.account.gather import account_of


def give_account(jobs: Jobs, unchanged: Callable[[str], bool]) -> None:
    """Write the account of a run, in both its forms, where it says something new or one lacks.

    Parameters
    ----------
    jobs : Jobs
    unchanged : callable
        Whether a product, by its path, is the file that the last account tells of.

    Raises
    ------
    OSError
        If one cannot be written.
    """
    before = read_account(jobs.results)
    now = account_of(jobs, before, unchanged)
    if now != before or not os.path.exists(os.path.join(jobs.results, CRATE)):
        write_crate(now, jobs.results)
        write_account(now, jobs.results)  # last: it says that both are there
