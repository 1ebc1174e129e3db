"""The table of cameras."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from plateworks.csvtable import write_table
from plateworks.quality.cameras import COLUMNS, camera_rows


def write_cameras(
    masters: Iterable[str],
    origins: Iterable[Sequence[str]],
    output: str | os.PathLike[str],
    profiles: Iterable[Sequence[Any]] | None = None,
) -> None:
    """Write one row for each setup and night of which there are master flats or biases.

    Parameters
    ----------
    masters : iterable of N str
    origins : iterable of N (setup, night)
    output : path
        The CSV file.
    profiles : iterable of N (name, electrons per ADU, read noise, full well), optional
        What is published of the cameras.
    """
    write_table(output, COLUMNS, camera_rows(masters, origins, profiles))
