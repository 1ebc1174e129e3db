"""The log of one job, and what becomes of its errors."""

from __future__ import annotations

import logging
import resource
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from plateworks.errors import LostFrameError, PlateworksError
from plateworks.lost import note_lost
from plateworks.printable import printable_lines, printable_streams
from plateworks.stopping import guarded

#: Where Linux tells how much memory this process held at most.
_STATUS = Path("/proc/self/status")


@contextmanager
def job_log(path: str | Path, lost: str | None = None) -> Iterator[None]:
    """Send the package's log to `path` while a job runs.

    Where the log tells of a frame that is lost, a note of it goes to the folder `lost`
    (:mod:`plateworks.lost`).

    A mistake of the user ends the job with its sentence alone, and so does a signal, after all that
    was begun is left in order; anything unforeseen leaves its traceback in the log as well.  The
    last line tells the peak of memory, which Snakemake's
    benchmark, looking twice a second, may miss, and the processor time up to here.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, mode="w", encoding="utf-8", errors="surrogateescape")
    handler.setFormatter(_Entry("%(levelname)s: %(message)s"))
    if lost is not None:
        handler.addFilter(partial(_note_lost, lost))
    logger = logging.getLogger("plateworks")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        with printable_streams(), guarded():
            yield
    except PlateworksError as error:
        logger.error("%s", error)
        raise SystemExit(printable_lines(str(error))) from None
    except Exception:
        logger.exception("unforeseen error")
        raise SystemExit(printable_lines(traceback.format_exc())) from None
    finally:
        if _STATUS.exists():
            own, started = _peaks_mb()
            helped = f", {started} MB of a process it started" if started else ""
            logger.info("peak memory %d MB%s, processor time %.1f s", own, helped, _seconds())
        logger.removeHandler(handler)
        handler.close()


class _Entry(logging.Formatter):
    """An entry begins at the beginning of its line; all else in it is indented, and printable."""

    def format(self, record: logging.LogRecord) -> str:
        return printable_lines(super().format(record)).replace("\n", "\n    ")


def _note_lost(folder: str, record: logging.LogRecord) -> bool:
    """Note the lost frame that a record tells of; a filter that lets all through."""
    for told in record.args if isinstance(record.args, tuple) else ():
        if isinstance(told, LostFrameError):
            note_lost(folder, told.path)
    return True


def _peaks_mb() -> tuple[int, int]:
    """Return the most memory that this process held, and that any it started and waited for held.

    In MB of 10**6 bytes, rounded up.
    """
    (line,) = (line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    own, started = int(line.split()[1]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return -(-own * 1024 // 1_000_000), -(-started * 1024 // 1_000_000)


def _seconds() -> float:
    """Return the processor seconds of this process and of those it started and waited for."""
    spent = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in spent)
