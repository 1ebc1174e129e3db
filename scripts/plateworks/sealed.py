"""Notes to ourselves as JSON, which know whether they are what was written.

They begin with a line that holds a digest of the rest: who would read what somebody else has put
there, or a disk, would have to doubt every value.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from plateworks.digests import digest_of_bytes
from plateworks.files import atomic

_log = logging.getLogger(__name__)

_T = TypeVar("_T")


def write_sealed(path: Path, value: object) -> None:
    """Write a value, whole or not at all.

    Raises
    ------
    OSError
        If the file or its folder cannot be written.
    """
    text = json.dumps(value).encode("ascii")
    with atomic(path) as stream:
        stream.write(digest_of_bytes(text).encode("ascii") + b"\n" + text)


def read_sealed(path: Path, understood: Callable[[Any], _T]) -> _T | None:
    """Return what `understood` makes of the value that was written; None where there is none.

    One of another form, by its seal or by what `understood` trips over, is said and counts as none:
    it is made anew.

    Raises
    ------
    OSError
        If it is there and cannot be read.
    """
    try:
        seal, _, text = path.read_bytes().partition(b"\n")
        if seal == digest_of_bytes(text).encode("ascii"):
            return understood(json.loads(text))
    except FileNotFoundError:
        return None
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        pass  # sealed, but by another hand
    _log.warning("%s is not as Plateworks wrote it, and is made anew.", path)
    return None
