"""Flats on their way to a master: calibrated, repaired, and brought to one level."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from astropy.io import fits

from plateworks.errors import PlateworksError
from plateworks.pixels.calibrate import subtract
from plateworks.pixels.cosmetic import replacements
from plateworks.pixels.flats import level, scale_rows
from plateworks.products.buffers import Buffers
from plateworks.products.darkfit import fit_dark
from plateworks.products.facts import CameraFacts
from plateworks.products.image import Image
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
        What is subtracted from each, as :meth:`plateworks.jobs.jobs.Jobs.master` says.
    inputs : Inputs
    job : mapping
        The job they belong to; ``target``, ``statistic``, ``repair`` and ``min_frames`` are
        used.
    threads : int

    Attributes
    ----------
    readers, entries : list
        Those of the flats that have a level; one without light is left out.  Where K is fitted, it
        stands in the entry.
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
        threads: int = 1,
    ):
        self._inputs, self._target = inputs, job["target"]
        self._statistic = job["statistic"]
        self._cfa = frame_of(entries[0]).bayer is not None
        self._repair = job["repair"]
        self.readers, self.entries = [], []
        self._levels, self._listed, self._repaired = [], [], []
        measure = partial(self._measure, buffers=Buffers())
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(measure, readers, entries))
        parts = (self.entries, self._levels, self._listed, self._repaired)
        for reader, one in zip(readers, found, strict=True):
            if one is None:
                continue
            self.readers.append(reader)
            for what, part in zip(parts, one, strict=True):
                what.append(part)
        if len(self.readers) < job["min_frames"]:
            raise PlateworksError(
                f"Only {len(self.readers)} of the {len(readers)} flats hold any light, "
                f"{job['min_frames']} are needed (masters.min_frames).  The log names the others."
            )

    @property
    def levels(self) -> list[float]:
        """Mean level of each frame, ADU."""
        return [float(np.mean(one)) for one in self._levels]

    def prepare(self, index: int, rows: np.ndarray, where: slice, out: np.ndarray) -> None:
        """Put rows of frame `index` into `out`, calibrated and scaled to the target."""
        self._calibrate(self.entries[index], rows, where, out)
        listed, width = self._listed[index], out.shape[1]
        if listed.size:
            begin, end = np.searchsorted(listed, (where.start * width, where.stop * width))
            out.ravel()[listed[begin:end] - where.start * width] = self._repaired[index][begin:end]
        scale_rows(out, self._target / self._levels[index], where.start, out)

    def normalise(self, master: np.ndarray) -> np.ndarray:
        """Bring the combined flat itself, or its mean or maximum, to the target."""
        levels = level(master, cfa=self._cfa, statistic=self._statistic)
        return scale_rows(master, self._target / levels, 0)

    def _measure(
        self, reader: FrameReader, entry: Mapping[str, Any], buffers: Buffers
    ) -> tuple[Mapping[str, Any], np.ndarray, np.ndarray, np.ndarray] | None:
        """Return the entry of a flat with its K, its level, listed pixels, and their values."""
        raw = reader.read(buffers.take(reader.shape, reader.dtype))
        entry = self._with_fitted_dark(entry, raw)
        image = buffers.take(reader.shape, np.float32)
        self._calibrate(entry, raw, slice(None), image)
        buffers.give(raw)
        listed, repaired = np.zeros(0, np.int64), np.zeros(0, np.float32)
        if "cosmetic" in entry:
            mask = self._inputs.listed(entry["cosmetic"], reader.shape) != 0
            listed = np.flatnonzero(mask)
            y, x, values = replacements(image, mask, self._repair, self._cfa)
            image[y, x] = values
            repaired = image.ravel()[listed]
        try:
            return entry, level(image, cfa=self._cfa), listed, repaired
        except ValueError as error:
            _log.warning("left out: %s: %s", reader.path, error)
            return None
        finally:
            buffers.give(image)

    def _with_fitted_dark(self, entry: Mapping[str, Any], raw: np.ndarray) -> Mapping[str, Any]:
        """Put the K that suits a flat best into its entry, where that is asked for."""
        if "optimise" not in entry:
            return entry
        frame = frame_of(entry)
        full = float(np.iinfo(raw.dtype).max) if raw.dtype.kind in "iu" else None
        facts = CameraFacts(1.0, 0.0, frame.saturation or full, self._cfa)
        taken = self._inputs.subtraction(entry)
        fitted = fit_dark(Image(raw, fits.Header()), taken, entry["optimise"], facts)
        return {**entry, "k": fitted.k}

    def _calibrate(
        self, entry: Mapping[str, Any], rows: np.ndarray, where: slice, out: np.ndarray
    ) -> None:
        taken = self._inputs.taken_off(entry)
        subtract(rows, dark=None if taken is None else taken[where], out=out)
