"""What calibrating needs beside the raw frames: masters, lists and masks, each read once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from threading import RLock
from typing import Any, NamedTuple

import numpy as np

from plateworks.errors import FrameError
from plateworks.metadata.xisf_pixels import WHITE
from plateworks.orders.frames import Subtraction
from plateworks.pixels.calibrate import flat_factors, subtract, thermal
from plateworks.pixels.masks import BAD, HOT
from plateworks.pixels.repair import Listed, listed
from plateworks.pixels.statistics import median as median_of
from plateworks.products.headers import original_header, product_digest
from plateworks.products.imagefiles import is_xisf
from plateworks.products.lists import read_list
from plateworks.products.reading import FrameReader


class MasterImage(NamedTuple):
    """A master as it is used."""

    pixels: np.ndarray  # (H, W) float32, ADU
    median: float
    noise: float | None  # ADU, of an ordinary pixel; None if its maker did not tell


class Subtrahends(NamedTuple):
    """The images that are taken from a raw frame, and the factor on the dark."""

    bias: np.ndarray | None
    dark: np.ndarray | None
    k: float
    dark_noise: float | None = None
    bias_noise: float | None = None


class Inputs:
    """Masters, lists and masks of one job; a job's frames mostly share them.

    Threads may share it: what one of them reads, the others wait for.

    Parameters
    ----------
    keep : int
        How many masters to hold in memory.
    """

    def __init__(self, keep: int = 4):
        self._lock = RLock()
        self.master = self._once(_read_master, keep)
        self.flat = self._once(_read_flat, keep)
        self.digest = self._once(_read_digest, 4 * keep)
        self._thermal = self._once(self._read_thermal, keep)
        self._repairs = self._once(_read_repairs, keep)
        self._sum = self._once(self._read_sum, keep)

    def _once(self, read: Callable, keep: int) -> Callable:
        remembered = lru_cache(maxsize=keep)(read)

        def get(*arguments: Any) -> Any:
            with self._lock:
                return remembered(*arguments)

        return get

    def subtrahends(self, order: Subtraction) -> Subtrahends:
        """Return bias, dark and K of what is to be subtracted.

        A dark that holds its bias is used whole where K is 1.  Where it is scaled, bias is taken
        out of it first, since bias does not grow with the exposure.
        """
        bias = None if order.bias is None else self.master(order.bias)
        pixels, noise = (None, None) if bias is None else (bias.pixels, bias.noise)
        if order.dark is None:
            return Subtrahends(pixels, None, 1.0, None, noise)
        dark = self.master(order.dark.path)
        current = dark.pixels
        if order.dark.bias_inside and bias is not None:
            current = self._thermal(order.dark.path, order.bias)
        return Subtrahends(pixels, current, order.dark.k, dark.noise, noise)

    def taken_off(self, order: Subtraction) -> np.ndarray | None:
        """Return all that is to be subtracted, BIAS + K * DARK, as one image."""
        taken = self.subtrahends(order)
        if taken.dark is None or (taken.bias is None and taken.k == 1):
            return taken.bias if taken.dark is None else taken.dark
        return self._sum(order)

    def pedestal(self, order: Subtraction) -> float:
        """Return the level that is taken from a raw frame, ADU."""
        return next((self.master(path).median for path in order.masters), 0.0)

    def to_repair(
        self, cosmetic: str | None, badpix: str | None, shape: tuple[int, int]
    ) -> Listed | None:
        """Return the pixels to replace: a cosmetic list and a bad-pixel mask together."""
        if cosmetic is None and badpix is None:
            return None
        return self._repairs(cosmetic, badpix, shape)

    def _read_sum(self, order: Subtraction) -> np.ndarray:
        taken = self.subtrahends(order)
        nothing = np.zeros_like(taken.dark)
        return -subtract(nothing, bias=taken.bias, dark=taken.dark, k=taken.k)

    def _read_thermal(self, dark: str, bias: str) -> np.ndarray:
        return thermal(self.master(dark).pixels, self.master(bias).pixels)


def _read_master(path: str) -> MasterImage:
    with FrameReader(path) as reader:
        pixels = reader.read()
    header = original_header(path)
    if not is_xisf(path) and pixels.dtype.kind == "f" and float(np.nanmax(pixels)) <= 1.0:
        pixels = pixels * np.float32(WHITE)
    pixels = pixels.astype(np.float32, copy=False)
    median = header.get("PWMEDIAN")
    if median is None:
        median = median_of(pixels)
    return MasterImage(pixels, float(median), header.get("PWNOISE"))


def _read_flat(path: str, floor: float) -> MasterImage:
    """Return a master flat whose pixels are MULT / FLAT; its median is MULT."""
    flat = _read_master(path)
    return flat._replace(pixels=flat_factors(flat.pixels, flat.median, floor))


def _read_digest(path: str) -> str:
    return product_digest(path, original_header(path))


def _read_repairs(cosmetic: str | None, badpix: str | None, shape: tuple[int, int]) -> Listed:
    """Return the pixels of a cosmetic list, marked HOT, and those of a mask, marked BAD."""
    bits = np.zeros(shape, np.uint8)
    if cosmetic is not None:
        pixels = read_list(cosmetic, shape)
        bits[pixels[:, 1], pixels[:, 0]] = HOT
    if badpix is not None:
        with FrameReader(badpix) as reader:
            if reader.shape != shape:
                raise FrameError(
                    badpix, f"is of size {reader.shape}, and the frames are of {shape}"
                )
            bits[reader.read() != 0] |= BAD
    return listed(bits)
