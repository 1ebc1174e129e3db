"""Flats on their way to a master: calibrated, repaired, and brought to one level."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from plateworks.errors import PlateworksError
from plateworks.pixels.calibrate import subtract
from plateworks.pixels.cosmetic import replace
from plateworks.pixels.flats import level, scale_rows
from plateworks.products.inputs import Inputs, frame_of
from plateworks.products.reading import FrameReader

_log = logging.getLogger(__name__)


class LevelledFlats:
    """Flat frames prepared for combination.

    Each flat is dark-subtracted with its own flat-dark, dark or bias, its listed hot pixels are
    replaced, and it is scaled so that its median is the target, before anything is rejected: a
    sequence taken in twilight would otherwise lose frames for their brightness.  With a colour
    sensor each of the four positions of the Bayer pattern is levelled by itself.

    A first pass finds the level and the repaired values of each frame; they are few enough to keep,
    so that the second pass can go by rows without touching neighbours.

    Parameters
    ----------
    readers : sequence of FrameReader
    entries : sequence of mapping
        What is subtracted from each, as :meth:`plateworks.planning.jobs.Jobs.master` says.
    inputs : Inputs
    job : mapping
        The job they belong to; ``target``, ``repair`` and ``min_frames`` are used.

    Attributes
    ----------
    readers, entries : list
        Those of the flats that have a level; one without light is left out.
    levels : list of float
        Mean level of each, ADU.

    Raises
    ------
    PlateworksError
        If too few remain.
    """

    def __init__(
        self,
        readers: Sequence[FrameReader],
        entries: Sequence[Mapping[str, Any]],
        inputs: Inputs,
        job: Mapping[str, Any],
    ):
        self._inputs, self._target = inputs, job["target"]
        self._cfa = frame_of(entries[0]).bayer is not None
        self.readers, self.entries = [], []
        self._levels, self._listed, self._repaired = [], [], []
        for reader, entry in zip(readers, entries, strict=True):
            image = self._calibrated(entry, reader.read(), slice(None))
            listed = np.zeros(0, np.int64)
            if "cosmetic" in entry:
                mask = inputs.listed(entry["cosmetic"], reader.shape) != 0
                listed = np.flatnonzero(mask)
                image = replace(image, mask, method=job["repair"], cfa=self._cfa)
            try:
                self._levels.append(level(image, cfa=self._cfa))
            except ValueError as error:
                _log.warning("left out: %s: %s", reader.path, error)
                continue
            self._listed.append(listed)
            self._repaired.append(image.ravel()[listed])
            self.readers.append(reader)
            self.entries.append(entry)
        if len(self.readers) < job["min_frames"]:
            raise PlateworksError(
                f"Only {len(self.readers)} of the {len(readers)} flats hold any light, "
                f"{job['min_frames']} are needed (masters.min_frames).  The log names the others."
            )

    @property
    def levels(self) -> list[float]:
        """Mean level of each frame, ADU."""
        return [float(np.mean(one)) for one in self._levels]

    def prepare(self, index: int, rows: np.ndarray, where: slice) -> np.ndarray:
        """Return rows of frame `index`, calibrated and scaled to the target."""
        image = self._calibrated(self.entries[index], rows, where)
        width = image.shape[1]
        listed = self._listed[index]
        begin, end = np.searchsorted(listed, (where.start * width, where.stop * width))
        image.ravel()[listed[begin:end] - where.start * width] = self._repaired[index][begin:end]
        return scale_rows(image, self._target / self._levels[index], where.start)

    def normalise(self, master: np.ndarray) -> np.ndarray:
        """Bring the combined flat itself to the target."""
        levels = level(master, cfa=self._cfa)
        return scale_rows(master, self._target / levels, 0)

    def _calibrated(self, entry: Mapping[str, Any], rows: np.ndarray, where: slice) -> np.ndarray:
        taken = self._inputs.subtraction(entry)
        return subtract(
            rows,
            bias=None if taken.bias is None else taken.bias[where],
            dark=None if taken.dark is None else taken.dark[where],
            k=taken.k,
        )
