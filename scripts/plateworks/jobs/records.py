"""Which products Snakemake has a record of, by which it knows when they are to be made again."""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from functools import cache
from pathlib import Path

#: Where Snakemake keeps records, a file each, named by the path of the product: of what is done,
#: and of what a job has begun.
_DONE, _BEGUN = Path(".snakemake", "metadata"), Path(".snakemake", "incomplete")


def has_record(path: str) -> bool:
    """Whether Snakemake, run in this folder, has a record of a product."""
    return _record(_DONE, path).exists()


def is_later(path: str) -> bool:
    """Whether a product was written, by whatever hand, after its job was done."""
    try:
        return os.stat(path).st_mtime_ns > _record(_DONE, path).stat().st_mtime_ns
    except OSError:  # nothing is known of it
        return False


def is_in_doubt(path: str) -> bool:
    """Whether Snakemake, run in this folder, has begun the job of a product and not ended it."""
    return _record(_BEGUN, path).exists()


def _record(folder: Path, path: str) -> Path:
    name, longest = urlsafe_b64encode(path.encode()).decode(), _longest_name()
    parts = [name[i : i + longest - 1] for i in range(0, len(name), longest - 1)]
    return folder.joinpath(*(f"@{part}" for part in parts[:-1]), parts[-1])


@cache
def _longest_name() -> int:
    return os.pathconf(".", "PC_NAME_MAX") or 255
