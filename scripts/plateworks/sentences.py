"""Mistakes of people and troubles of the system end a process with a sentence, not a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from plateworks.errors import PlateworksError
from plateworks.printable import printable_lines
from plateworks.troubles import is_numbered, trouble_of


@contextmanager
def ending_in_words(beginning: str) -> Iterator[None]:
    """End the process, where the ``with`` block cannot go on, with a sentence that begins so.

    Raises
    ------
    SystemExit
        In place of what people can mend: a :class:`PlateworksError`, and whatever the system says.
    """
    try:
        yield
    except PlateworksError as error:
        raise SystemExit(printable_lines(f"{beginning}  {error}")) from None
    except (OSError, MemoryError) as error:
        if not is_numbered(error):
            raise
        raise SystemExit(printable_lines(f"{beginning}  {trouble_of(error)}")) from None
