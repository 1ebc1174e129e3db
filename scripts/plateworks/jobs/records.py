"""Which products Snakemake has a record of, by which it knows when they are to be made again."""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from functools import cache
from pathlib import Path

#: Where Snakemake keeps records, a file each, named by the path of the product.
_FOLDER = Path(".snakemake", "metadata")


def has_record(path: str) -> bool:
    """Whether Snakemake, run in this folder, has a record of a product."""
    name, longest = urlsafe_b64encode(path.encode()).decode(), _longest_name()
    parts = [name[i : i + longest - 1] for i in range(0, len(name), longest - 1)]
    return _FOLDER.joinpath(*(f"@{part}" for part in parts[:-1]), parts[-1]).exists()


@cache
def _longest_name() -> int:
    return os.pathconf(".", "PC_NAME_MAX") or 255
