"""Mistakes of people and troubles of the system end a process with a sentence, not a traceback."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from plateworks.errors import PlateworksError
from plateworks.printable import fitted, printable
from plateworks.troubles import is_numbered, trouble_of


@contextmanager
def ending_in_words(beginning: str) -> Iterator[None]:
    """End the process, where the ``with`` block cannot go on, with a sentence that begins so.

    Raises
    ------
    SystemExit
        In place of what people can mend: a :class:`PlateworksError`, and whatever the system says.
        Where Ctrl-C's signal came, without a word, as shells tell of it.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(128 + signal.SIGINT) from None
    except PlateworksError as error:
        raise SystemExit(fitted(f"{beginning}  {error}", sys.stderr)) from None
    except (OSError, MemoryError) as error:
        if not is_numbered(error):
            raise
        raise SystemExit(fitted(f"{beginning}  {trouble_of(error)}", sys.stderr)) from None


class TroublesInWords(logging.Filter):
    """Puts a sentence in the place of Snakemake's traceback where the system failed it.

    It keeps a lock, logs and notes on what it made, and a full disk stops it as any other.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, that of a trouble of the system in our words."""
        error = sys.exc_info()[1]  # which Snakemake is about to tell
        if (
            isinstance(error, OSError | MemoryError)
            and is_numbered(error)
            and getattr(record, "exception", None) == type(error).__name__
        ):
            record.msg, record.args = printable(f"Snakemake cannot go on.  {trouble_of(error)}"), ()
        return True


class ScriptsInWords(logging.Filter):
    """Leaves out what Snakemake adds to a script that failed: the script has said why.

    One that was killed says nothing itself.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every other record pass."""
        told = record.getMessage() if getattr(record, "exception", None) == "RuleException" else ""
        return not ("CalledProcessError" in told and "returned non-zero exit status" in told)
