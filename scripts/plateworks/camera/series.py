"""A series of frames on disk: what is there is kept and counted, what is missing is taken."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from astropy.io import fits

from plateworks.camera.levels import known_range, measure
from plateworks.camera.manifest import Row, flag, make_row
from plateworks.camera.programme import PlannedSeries
from plateworks.camera.rawframe import read_frame, write_frame
from plateworks.camera.rawpaths import ASIDE, RawPaths
from plateworks.errors import PlateworksError

_log = logging.getLogger(__name__)


class Roll:
    """The frames of one series below the raw folder.

    Frames are recognised by the series' id and the night in their headers, whatever the run that
    took them.  One that is not intact, by its length or checksums, is set aside: moved, never
    deleted.

    Parameters
    ----------
    series : PlannedSeries
    paths : RawPaths
        Where its frames lie.

    Attributes
    ----------
    rows : list of Row
        The frames that count, in the order of their numbers.
    full_range : int or None
        The value at which pixels saturate, in ADU, as far as the frames have shown.
    bias : float or None
        Level without light, in ADU, as measured before the series.
    """

    def __init__(self, series: PlannedSeries, paths: RawPaths):
        self.series = series
        self._paths = paths
        self.full_range: int | None = None
        self.bias: float | None = None
        found = map(self._recover, filter(self._may_be_ours, paths.existing(series)))
        self.rows = sorted(filter(None, found), key=lambda row: row.number)

    @property
    def lacking(self) -> int:
        """How many frames are still to be taken."""
        return max(self.series.count - len(self.rows), 0)

    @property
    def next_number(self) -> int:
        """The number of the next frame; no other has it, those set aside included."""
        number = max((row.number for row in self.rows), default=0) + 1
        while not self._paths.is_free(self.series, number):
            number += 1
        return number

    def keep(self, pixels: np.ndarray, header: fits.Header, stated_range: int) -> Row:
        """Write a frame and count it."""
        row = self._write(self._path(header), pixels, header, stated_range)
        self.rows.append(row)
        return row

    def set_aside(self, pixels: np.ndarray, header: fits.Header, stated_range: int) -> Row:
        """Write a frame where the scan does not look, and do not count it."""
        path = self._path(header)
        return self._write(path.parent / ASIDE / path.name, pixels, header, stated_range)

    def manifest(self) -> list[Row]:
        """Return the rows with what looks wrong.

        Raises
        ------
        PlateworksError
            If a frame of them is no longer there.
        """
        self._look_for_all()
        return flag(self.rows, self.bias, self.full_range or 0)

    def _path(self, header: fits.Header) -> Path:
        return self._paths.path(self.series, header)

    def _write(self, path: Path, pixels: np.ndarray, header: fits.Header, stated_range: int) -> Row:
        self._look_for_all()
        header["SESSION"] = (self._paths.night, "night that the series belongs to")
        write_frame(path, pixels, header)
        self.full_range = known_range(self.full_range, pixels, stated_range)
        self.bias = header.get("BIASLVL")
        return make_row(path, header, measure(pixels, self.full_range))

    def _look_for_all(self) -> None:
        """See that no frame went: with the disk, whose folders would be made anew beneath it."""
        gone = [row.path for row in self.rows if not os.path.exists(row.path)]
        if gone:
            raise PlateworksError(
                f"{len(gone)} of {len(self.rows)} frames that were taken are no longer there, the "
                f"first is {gone[0]}.  Put them back, or see to the disk of capture.raw_dir, and "
                "run the same target again: it takes what is missing then."
            )

    def _may_be_ours(self, path: Path) -> bool:
        """Whether a frame belongs to the series by its name, or else by its header.

        A file whose header cannot be read is nobody's, and stays where it is.
        """
        if self.series.id in path.name:
            return True
        try:
            return self._is_ours(fits.getheader(path))
        except (OSError, ValueError, TypeError):
            return False

    def _is_ours(self, header: fits.Header) -> bool:
        night = self._paths.night
        return header.get("SERIESID") == self.series.id and header.get("SESSION", night) == night

    def _recover(self, path: Path) -> Row | None:
        """Return the row of a frame that an earlier run wrote, None if it is not intact."""
        found = read_frame(path)
        if found is None:
            aside = path.parent / ASIDE / path.name
            aside.parent.mkdir(exist_ok=True)
            path.rename(aside)
            _log.warning("%s is not intact; it is set aside as %s and retaken", path, aside)
            return None
        pixels, header = found
        if not self._is_ours(header):
            return None
        self.full_range = known_range(self.full_range, pixels, header["SATURATE"])
        self.bias = header.get("BIASLVL")
        return make_row(path, header, measure(pixels, self.full_range))


def fill(
    roll: Roll,
    frames: Iterator,
    header_of: Callable,
    accepts: Callable[[float | None], bool],
    report: Callable[[Row, int], None],
    most_refused: int,
) -> None:
    """Take frames until the series is complete.

    Parameters
    ----------
    roll : Roll
    frames : iterator of Exposure
        Gives one frame after the other.
    header_of : function
        Makes the header of an exposure, given it and its number.
    accepts : function
        Whether a frame taken at a temperature of the sensor counts; others are set aside.
    report : function
        Told of each frame that counts: its row, and how many are still to come.
    most_refused : int
        More frames of a wrong temperature in a row than these end the series.

    Raises
    ------
    PlateworksError
        If the sensor does not come back to its temperature.
    """
    refused = 0
    while roll.lacking:
        exposure = next(frames)
        header = header_of(exposure, roll.next_number)
        if accepts(exposure.temperature):
            report(roll.keep(exposure.pixels, header, exposure.full_range), roll.lacking)
            refused = 0
            continue
        row = roll.set_aside(exposure.pixels, header, exposure.full_range)
        refused += 1
        _log.warning("%.1f degrees C: %s is set aside and retaken", exposure.temperature, row.path)
        if refused > most_refused:
            raise PlateworksError(
                f"{refused} frames in a row were taken at a wrong temperature (the last at "
                f"{exposure.temperature:.1f} degrees C, wanted "
                f"{roll.series.setup.set_temperature:g}).  Choose a warmer capture.cooling.target "
                "or a wider capture.cooling.tolerance.  Frames so far are kept."
            )
