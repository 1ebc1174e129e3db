"""The page of a night that still grows renews itself where it is open, and says so.

That is two lines of it, which it has while a watch runs.  Without them it is the page that any
other run writes.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from plateworks.files import atomic

_LINES = re.compile(rb'^<(?:meta http-equiv="refresh"|p class="renewal).*\n', re.MULTILINE)
#: Bytes at the beginning of a page, the first of these lines among them.
_HEAD = 1024


def put_to_rest(results: str | os.PathLike[str]) -> None:
    """Take what renews them out of the pages of nights, where a watch ends.

    Parameters
    ----------
    results : path
        The folder of results.
    """
    for page in sorted(Path(results, "report").glob("*.html")):
        with page.open("rb") as stream:
            if not _LINES.search(stream.read(_HEAD)):
                continue
        still = _LINES.sub(b"", page.read_bytes())
        with atomic(page) as stream:
            stream.write(still)
