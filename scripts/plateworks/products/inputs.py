"""What calibrating needs beside the raw frames: masters, lists and masks, each read once."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from threading import RLock
from typing import Any

import numpy as np
from astropy.io import fits

from plateworks.digests import digest_of
from plateworks.errors import FrameError
from plateworks.metadata.bounds import within
from plateworks.metadata.normalise import read_frame
from plateworks.metadata.values import number
from plateworks.orders.frames import FrameOrder, Placement, Subtraction
from plateworks.orders.lights import FlatChoice
from plateworks.pixels.arrays import Floats
from plateworks.pixels.calibrate import flat_factors, subtract, thermal
from plateworks.pixels.cfa import MONO, PLANES, Cell
from plateworks.pixels.repair import Listed
from plateworks.pixels.scaled import Scaled
from plateworks.pixels.statistics import median as median_of
from plateworks.products.darkflags import read_flags
from plateworks.products.flatcolours import even_colours
from plateworks.products.flatflags import read_nonlinear
from plateworks.products.headers import original_header, product_digest
from plateworks.products.imagefiles import read_sigma
from plateworks.products.integrity import refuse_altered
from plateworks.products.laying import laid
from plateworks.products.measuredheader import read_camera
from plateworks.products.ofamplifiers import frame_noises
from plateworks.products.reading import FrameReader
from plateworks.products.remembered import Remembered
from plateworks.products.repairlists import read_repairs
from plateworks.products.screened import sampled
from plateworks.products.subtrahends import MasterImage, Subtrahends
from plateworks.products.unchanged import Unchanged

#: Pixels of a flat that tell where it is brightest, and the part of them that may be faults.
_SAMPLE, _LEAST_OF_FLAT = 1 << 17, 0.001

#: Sums of what is subtracted that are held as whole images; so many masters, too.
SUMS = 4

#: A file, and how what it holds is laid upon a frame.
_Laid = tuple[str, Placement | None]


class Inputs:
    """Masters, lists and masks of one job; a job's frames mostly share them.

    Threads may share it: what one of them reads, the others wait for.

    Parameters
    ----------
    keep : int
        How many masters to hold in memory.
    """

    def __init__(self, keep: int = SUMS):
        self._lock = RLock()
        self._files = Unchanged()
        self.master = self._of_file(self._read_master, keep)
        self.flat = self._of_file(self._read_flat, keep)
        self._digests: dict[str, str] = {}
        self.identity = self._of_file(self._read_identity, 4 * keep)
        self.facts = self._of_file(read_frame, 4 * keep)
        self.measured = self._of_file(read_camera, 4 * keep)
        self.frame_noises = self._of_file(frame_noises, 4 * keep)
        self.frames = self._of_file(_read_frames, 4 * keep)
        self.noise = self._of_file(_read_noise, 4 * keep)
        self.sigma = self._of_file(_read_sigma, keep)
        self.thermal = self._once(self._read_thermal, keep)
        self.least_factor = self._once(self._read_least_factor, keep)
        self._repairs = self._once(read_repairs, keep)
        self._sum = self._once(self._read_sum, keep)
        self.level = self._once(lambda *master: self.master(*master).median, 4 * keep)
        self.noise_taken = self._once(lambda order: self.subtrahends(order).noise, 4 * keep)
        self.dark_level = self._once(self._read_dark_level, 4 * keep)
        self.flags = self._of_file(read_flags, keep)
        self.nonlinear = self._of_file(read_nonlinear, keep)

    def _of_file(self, read: Callable, keep: int) -> Remembered:
        def unmixed(path: str, *more: Any) -> Any:
            with self._files.reading(path):
                return read(path, *more)

        return self._once(unmixed, keep)

    def _once(self, read: Callable, keep: int) -> Remembered:
        return Remembered(read, keep, self._lock)

    def digest(self, path: str) -> str:
        """Return a digest of the data of a master, see :class:`plateworks.products.reading`.

        Raises
        ------
        FrameError
            If it is a product of ours with other data than were written.
        """
        with self._lock:
            if path not in self._digests:
                with self._files.reading(path), FrameReader(path) as reader:
                    self._digests[path] = reader.digest()
            return self._digests[path]

    def subtrahends(self, order: Subtraction) -> Subtrahends:
        """Return bias, dark and K of what is to be subtracted.

        A dark that is scaled is freed of its own bias first, that of its night and temperature;
        from the frame its own is taken.  Where both are one image, its noise is in both.
        """
        bias = None if order.bias is None else self.master(order.bias, order.bias_placement)
        pixels, noise = (None, None) if bias is None else (bias.pixels, bias.noise)
        if order.dark is None:
            return Subtrahends(pixels, None, 1.0, None, noise)
        dark = self.master(order.dark.path, order.dark.placement)
        current, dark_noise = dark.pixels, dark.noise
        if order.dark.bias is not None:
            own = order.dark.bias, order.dark.bias_placement
            current = self.thermal((order.dark.path, order.dark.placement), own)
            if own != (order.bias, order.bias_placement):
                apart = self.master(*own).noise or 0.0
                dark_noise = None if dark_noise is None else math.hypot(dark_noise, apart)
                noise = 0.0
        return Subtrahends(pixels, current, order.dark.k, dark_noise, noise)

    def taken_off(self, order: Subtraction) -> np.ndarray | None:
        """Return all that is to be subtracted, BIAS + K * DARK, as one image."""
        if _is_sum(order):
            total: np.ndarray = self._sum(order)
            return total
        taken = self.subtrahends(order)
        return taken.bias if taken.dark is None else taken.dark

    def keep_sums_alone(self, orders: Collection[Subtraction]) -> None:
        """Add up what is to be subtracted, and let go of masters that then serve nobody any more.

        Parameters
        ----------
        orders : collection of Subtraction
            All of a job.  If they are too many for their sums to be held, or one is no sum or has a
            factor that is yet to be fitted, the masters stay.
        """
        if len(orders) <= SUMS and all(_is_sum(one) and not _is_fitted(one) for one in orders):
            for order in orders:
                for tell in (self.pedestal, self.noise_taken, self.dark_level):
                    tell(order)  # which stays known
                self.taken_off(order)
            self.master.forget()
            self.thermal.forget()

    def pedestal(self, order: Subtraction) -> float:
        """Return the level that is taken from a raw frame, ADU."""
        level, dark = 0.0, order.dark
        if order.bias is not None:
            level += self.level(order.bias, order.bias_placement)
        if dark is not None:
            own = 0.0 if dark.bias is None else self.level(dark.bias, dark.bias_placement)
            level += dark.k * (self.level(dark.path, dark.placement) - own)
        return level

    def _read_least_factor(self, *asked: Any) -> float:
        pixels = self.flat(*asked).pixels.reshape(-1)
        sample = pixels[:: max(1, pixels.size // _SAMPLE) | 1]
        sample = sample[np.isfinite(sample)]
        if not sample.size:
            return 1.0
        rank = int(_LEAST_OF_FLAT * sample.size)
        return float(np.partition(sample, rank)[rank])

    def to_repair(
        self,
        order: FrameOrder,
        flat: FlatChoice | None,
        shape: tuple[int, int],
        row_order: str | None,
        cell: Cell = MONO,
    ) -> Listed | None:
        """Return the pixels to replace: a cosmetic list and a bad-pixel mask together.

        Parameters
        ----------
        order : FrameOrder
            Names the list.
        flat : FlatChoice or None
            Names the mask.
        shape : (int, int)
            Of the frame.
        row_order : str or None
            ROWORDER of the frame: a list that says its own is turned to it.
        cell : Cell
            Whether it has planes.
        """
        badpix, laid = (None, None) if flat is None else (flat.badpix, flat.placement)
        if order.cosmetic is None and badpix is None:
            return None
        named = order.cosmetic, order.cosmetic_placement, row_order
        planes = PLANES if cell == PLANES else MONO
        return self._repairs(named, (badpix, laid), shape, planes)

    def _read_master(self, path: str, placement: Placement | None = None) -> MasterImage:
        """Return a master, laid upon frames; its median and its noise are those of all of it."""
        whole, _ = self._read_whole(path)
        return whole._replace(pixels=laid(whole.pixels, placement))

    def _read_whole(self, path: str) -> tuple[MasterImage, fits.Header]:
        with FrameReader(path) as reader:
            pixels = reader.read()
            self._digests[path] = reader.digest()
        refuse_altered(path, beside_image=True)
        header = original_header(path)
        pixels = _valued(path, pixels.astype(np.float32, copy=False))
        median, noise = _stated(header, "PWMEDIAN", "median"), _stated(header, "PWNOISE", "noise")
        return MasterImage(pixels, median_of(pixels) if median is None else median, noise), header

    def _read_flat(
        self, path: str, floor: float, placement: Placement | None = None, cell: Cell = MONO
    ) -> MasterImage:
        """Return a master flat whose pixels are MULT / FLAT; its median is MULT.

        Of several, which the frame that it divides says (`cell`), its own header or its pixels,
        each colour has a median of 1: a flat of ours was made so, whatever another's maker did with
        colours.  So the balance of colours in lights is that of the sensor, by whichever flat they
        are divided.
        """
        flat, header = self._read_whole(path)
        if not flat.median > 0:
            raise FrameError(
                path, f"is a flat whose level is {flat.median:g}, by which nothing divides"
            )
        colours = even_colours(path, flat.pixels, flat.median, header, cell)
        pixels = laid(flat.pixels, placement)
        pixels = _valued(path, flat_factors(pixels, flat.median, floor, out=pixels))
        return flat._replace(pixels=pixels, **colours._asdict())

    def _read_sum(self, order: Subtraction) -> np.ndarray:
        taken = self.subtrahends(order)
        assert taken.dark is not None, "it is a sum"
        nothing = np.broadcast_to(np.float32(0), taken.dark.shape)
        total = subtract(nothing, bias=taken.bias, dark=taken.dark, k=taken.k)
        self.thermal.forget()  # as large as a master, and made of two in no time
        return np.negative(total, out=total)

    def _read_dark_level(self, order: Subtraction) -> float:
        """Return the level of the dark of an order as it is subtracted, ADU, but for K."""
        dark = self.subtrahends(order).dark
        return 0.0 if dark is None else median_of(sampled(dark))

    def _read_identity(self, path: str) -> str:
        """Return a digest of what a master was made of, and of what it holds."""
        return digest_of(made=product_digest(path, original_header(path)), data=self.digest(path))

    def _read_thermal(self, dark: _Laid, bias: _Laid) -> np.ndarray:
        return thermal(self.master(*dark).pixels, self.master(*bias).pixels)


def _is_sum(order: Subtraction) -> bool:
    """Whether what is subtracted is more than one image as it is."""
    return order.dark is not None and (order.bias is not None or order.dark.k != 1)


def _is_fitted(order: Subtraction) -> bool:
    return order.dark is not None and order.dark.fit_bounds is not None


def _read_noise(path: str) -> float | None:
    return _stated(original_header(path), "PWNOISE", "noise")


def _read_sigma(path: str, placement: Placement | None = None) -> Floats | Scaled | None:
    """Return the errors of a master's pixels, laid upon frames; None if it has none."""
    sigma = read_sigma(path)
    if isinstance(sigma, Scaled):
        return Scaled(laid(sigma.counts, placement), sigma.step)
    return None if sigma is None else laid(sigma, placement)


def _valued(path: str, pixels: np.ndarray) -> np.ndarray:
    """Return pixels of which some have a value: else whatever they are applied to has none."""
    if not (np.isfinite(pixels[len(pixels) // 2]).any() or np.isfinite(pixels).any()):
        raise FrameError(path, "is a master of which no pixel has a value that can be used")
    return pixels


def _stated(header: fits.Header, keyword: str, name: str) -> float | None:
    """Return a number of a master that is believed."""
    value = header.get(keyword)
    return within(name, number(value) if isinstance(value, int | float | str) else None)


def _read_frames(path: str) -> float | None:
    """Return how many frames a master holds, infinite of a constant level; None: untold."""
    constant = original_header(path).get("NCOMBINE") == 0
    return math.inf if constant else read_frame(path).combined
