"""Places of products that are taken by what is no file.

Snakemake asks whether a path is there, and not what: a folder in the place of a table would be that
table, a folder in the place of a frame be removed with all that it holds, and a pipe be waited for.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

from plateworks.errors import ConfigError


def refuse_occupied(paths: Iterable[str]) -> None:
    """Refuse to go on where something else than a file stands in the place of a product.

    Raises
    ------
    ConfigError
        With the first of them, and what it is.
    """
    taken = [(path, what) for path in paths if (what := _occupant(path))]
    if taken:
        (path, what), *more = taken
        others = f" (and {len(more)} more like it)" if more else ""
        raise ConfigError(
            f"{path} is {what}{others}, where a product belongs.  Move it, or give other results."
        )


def _occupant(path: str) -> str:
    """Say what is in the place of a file; an empty text for a file, for nothing, and the unknown.

    What cannot be looked at may be a file: who needs it says what the trouble is.
    """
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return "a link that leads to no file" if os.path.islink(path) else ""
    if stat.S_ISREG(mode):
        return ""
    return "a folder" if stat.S_ISDIR(mode) else "no file, but a pipe or a device"
