"""Flats on their way to a master: calibrated, repaired, and brought to one level."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
from astropy.io import fits

from plateworks.errors import PlateworksError
from plateworks.orders.frames import FrameOrder
from plateworks.orders.masters import Levelling
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
    orders : sequence of FrameOrder
        What is done to each.
    inputs : Inputs
    levelling : Levelling
    least : int
        How many must have a level.
    threads : int

    Attributes
    ----------
    readers, orders : list
        Those of the flats that have a level; one without light is left out.  Where K is fitted, it
        stands in the order.
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
        orders: Sequence[FrameOrder],
        inputs: Inputs,
        levelling: Levelling,
        least: int,
        threads: int = 1,
    ):
        self._inputs, self._levelling = inputs, levelling
        self._cfa = frame_of(orders[0]).bayer is not None
        self.readers, self.orders = [], []
        self._levels, self._listed, self._repaired = [], [], []
        measure = partial(self._measure, buffers=Buffers())
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(measure, readers, orders))
        parts = (self.orders, self._levels, self._listed, self._repaired)
        for reader, one in zip(readers, found, strict=True):
            if one is None:
                continue
            self.readers.append(reader)
            for what, part in zip(parts, one, strict=True):
                what.append(part)
        if len(self.readers) < least:
            raise PlateworksError(
                f"Only {len(self.readers)} of the {len(readers)} flats hold any light, "
                f"{least} are needed (masters.min_frames).  The log names the others."
            )

    @property
    def levels(self) -> list[float]:
        """Mean level of each frame, ADU."""
        return [float(np.mean(one)) for one in self._levels]

    def prepare(self, index: int, rows: np.ndarray, where: slice, out: np.ndarray) -> None:
        """Put rows of frame `index` into `out`, calibrated and scaled to the target."""
        self._subtract(self.orders[index], rows, where, out)
        listed, width = self._listed[index], out.shape[1]
        if listed.size:
            begin, end = np.searchsorted(listed, (where.start * width, where.stop * width))
            out.ravel()[listed[begin:end] - where.start * width] = self._repaired[index][begin:end]
        scale_rows(out, self._levelling.target / self._levels[index], where.start, out)

    def normalise(self, master: np.ndarray, statistic: str) -> np.ndarray:
        """Bring the median, mean or maximum of the combined flat to the target."""
        levels = level(master, cfa=self._cfa, statistic=statistic)
        return scale_rows(master, self._levelling.target / levels, 0)

    def _measure(
        self, reader: FrameReader, order: FrameOrder, buffers: Buffers
    ) -> tuple[FrameOrder, np.ndarray, np.ndarray, np.ndarray] | None:
        """Return the order of a flat with its K, its level, listed pixels, and their values."""
        raw = reader.read(buffers.take(reader.shape, reader.dtype))
        order = self._with_fitted_dark(order, raw)
        image = buffers.take(reader.shape, np.float32)
        self._subtract(order, raw, slice(None), image)
        buffers.give(raw)
        listed, repaired = np.zeros(0, np.int64), np.zeros(0, np.float32)
        if order.cosmetic is not None:
            mask = self._inputs.listed(order.cosmetic, reader.shape) != 0
            listed = np.flatnonzero(mask)
            y, x, values = replacements(image, mask, self._levelling.repair, self._cfa)
            image[y, x] = values
            repaired = image.ravel()[listed]
        try:
            return order, level(image, cfa=self._cfa), listed, repaired
        except ValueError as error:
            _log.warning("left out: %s: %s", reader.path, error)
            return None
        finally:
            buffers.give(image)

    def _with_fitted_dark(self, order: FrameOrder, raw: np.ndarray) -> FrameOrder:
        """Put the K that suits a flat best into its order, where that is asked for."""
        dark = order.subtraction.dark
        if dark is None or dark.fit_bounds is None:
            return order
        frame = frame_of(order)
        full = float(np.iinfo(raw.dtype).max) if raw.dtype.kind in "iu" else None
        saturation = self._levelling.saturation or frame.saturation or full
        facts = CameraFacts(1.0, 0.0, saturation, self._cfa)
        taken = self._inputs.subtrahends(order.subtraction)
        fitted = fit_dark(Image(raw, fits.Header()), taken, dark.fit_bounds, facts)
        with_k = replace(order.subtraction, dark=replace(dark, k=fitted.k))
        return replace(order, subtraction=with_k)

    def _subtract(self, order: FrameOrder, rows: np.ndarray, where: slice, out: np.ndarray) -> None:
        taken = self._inputs.taken_off(order.subtraction)
        subtract(rows, dark=None if taken is None else taken[where], out=out)
