"""The maintenance log: when the optical train of a camera was changed, so that flats expire."""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from plateworks.errors import ConfigError
from plateworks.inventory.tokens import identity

#: So many letters of a line that cannot be read are shown.
_SHOWN = 80
_MJD_EPOCH = datetime(1858, 11, 17, tzinfo=UTC)


class Change(NamedTuple):
    """One change of a camera's optical train."""

    mjd: float
    camera: str  # identity
    comment: str
    when: str  # as written in the log


class MaintenanceLog:
    """All changes, by camera.

    Between two changes of a camera lies an interval: from the first, included, to the second,
    excluded.  Before the first change it is open to the left, after the last to the right.

    Parameters
    ----------
    changes : iterable of Change
    mistakes : iterable of str
        Lines of the log that could not be read, as sentences.
    """

    def __init__(self, changes: Iterable[Change] = (), mistakes: Iterable[str] = ()):
        self.changes = sorted(changes)
        self.mistakes = tuple(mistakes)
        self._of_camera: dict[str | None, list[Change]] = {}

    def changes_of(self, camera: str | None) -> list[Change]:
        """Return the changes that concern a camera, in order of time.

        An entry concerns the camera of its name.  Where no entry has exactly that name, those count
        whose name is part of the camera's or the other way round, as ``ASI2600MM`` is.
        """
        if camera not in self._of_camera:
            same = [change for change in self.changes if change.camera == camera]
            if not same and camera is not None:
                same = [c for c in self.changes if c.camera in camera or camera in c.camera]
            self._of_camera[camera] = same
        return self._of_camera[camera]

    def interval(self, camera: str | None, mjd: float) -> int:
        """Return the number of changes of a camera up to a time; equal numbers, one interval."""
        return bisect_right(self.changes_of(camera), mjd, key=lambda change: change.mjd)

    def between(self, camera: str | None, one: float, other: float) -> Change | None:
        """Return the last change that lies between two times, None if there is none."""
        if not self.changes_of(camera):
            return None
        low, high = sorted((self.interval(camera, one), self.interval(camera, other)))
        return None if low == high else self.changes_of(camera)[high - 1]


def read_log(path: str | None) -> MaintenanceLog:
    """Read a maintenance log: CSV with time, camera and an optional comment.

    Times are ISO 8601, UTC unless they name an offset.  ``#`` begins a comment, a heading is passed
    over, and a line that cannot be read is named by its number and passed over.

    Raises
    ------
    ConfigError
        If there is no such file.
    """
    if path is None:
        return MaintenanceLog()
    try:
        lines = Path(path).read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise ConfigError(
            f"Config key matching.maintenance_log: {path} cannot be read ({error.strerror})."
        ) from error
    changes: list[Change] = []
    mistakes: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            cells = [cell.strip() for cell in next(csv.reader([line]))]
        except csv.Error as error:
            mistakes.append(f"{path}, line {number}: {error}; passed over")
            continue
        camera = identity(cells[1]) if len(cells) > 1 else None
        mjd = _mjd(cells[0])
        if mjd is not None and camera is not None:
            changes.append(Change(mjd, camera, ", ".join(cells[2:]), cells[0]))
        elif changes or mistakes or mjd is not None or not _is_heading(cells):
            what = "no ISO time" if mjd is None else "no camera"
            shown = line.strip()[:_SHOWN]
            mistakes.append(f"{path}, line {number}: {what} in {shown!r}; passed over")
    return MaintenanceLog(changes, mistakes)


def _mjd(text: str) -> float | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when
    return (when - _MJD_EPOCH).total_seconds() / 86_400.0


def _is_heading(cells: list[str]) -> bool:
    return not any(character.isdigit() for character in cells[0])
