"""The log of one job, and what becomes of its errors."""

from __future__ import annotations

import logging
import resource
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plateworks import scratch
from plateworks.errors import PlateworksError
from plateworks.orphans import at_work
from plateworks.printable import fitted, printable_lines, printable_streams, tell
from plateworks.settled import settle
from plateworks.stopping import guarded
from plateworks.troubles import in_words, is_numbered, trouble_of

#: Where Linux tells how much memory this process held at most.
_STATUS = Path("/proc/self/status")


@contextmanager
def job_log(path: str | Path) -> Iterator[None]:
    """Send the package's log to `path` while a job runs.

    A mistake of the user ends the job with its sentence alone, and so do a trouble of the system
    and a signal, after all that was begun is left in order; anything unforeseen leaves its
    traceback in the log as well.  The last line tells the peak of memory, which Snakemake's
    benchmark, looking twice a second, may miss, and the processor time up to here.

    Where the folder for temporary files is full, those of the job lie beside its log.
    """
    handler = _opened(Path(path))
    handler.setFormatter(_Entry("%(levelname)s: %(message)s"))
    logger = logging.getLogger("plateworks")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    settle()
    try:
        with (
            printable_streams(), guarded(), scratch.beside(Path(path).parent),
            at_work(f"the job of {path}"),
        ):  # fmt: skip
            yield
    except PlateworksError as error:
        logger.error("%s", error)
        raise SystemExit(fitted(str(error), sys.stderr)) from None
    except Exception as error:
        if is_numbered(error):
            said = str(trouble_of(error))
            logger.error("%s", said)
        else:
            said = traceback.format_exc()
            logger.exception("unforeseen error")
        raise SystemExit(printable_lines(said)) from None
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


class _LogFile(logging.FileHandler):
    """A log that may fail to be written: that is said once, and the job goes on."""

    _told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's own name)
        self._tell(sys.exc_info()[1])

    def close(self) -> None:
        try:
            super().close()
        except OSError as error:
            self._tell(error)

    def _tell(self, error: BaseException | None) -> None:
        if error is not None and not self._told:
            self._told = True
            _tell(self.baseFilename, error)


def _opened(path: Path) -> logging.Handler:
    """Begin a log; where there can be none, what it would tell goes to standard error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _LogFile(path, mode="w", encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        _tell(path, error)
        return logging.StreamHandler()


def _tell(path: str | Path, error: BaseException) -> None:
    tell(f"{path}: the log cannot be written ({in_words(error)})")


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
