"""An error for every pixel of a light: what lights of one batch share, and what is told of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from plateworks.metadata.frame import Frame
from plateworks.orders.frames import Placement, Subtraction
from plateworks.pixels.arrays import Reals
from plateworks.pixels.blocks import row_blocks
from plateworks.pixels.cfa import Cell
from plateworks.pixels.lightnoise import LightNoise, light_noise
from plateworks.pixels.noisefloor import floor_of
from plateworks.pixels.scaled import Scaled
from plateworks.pixels.statistics import median, quantum
from plateworks.pixels.variance import (
    Camera,
    DarkSignal,
    Divisor,
    Spread,
    Taken,
    ordinary,
)
from plateworks.products.facts import CameraFacts
from plateworks.products.headers import put, warn
from plateworks.products.image import Image
from plateworks.products.inputs import Inputs
from plateworks.products.screened import sampled

#: By what the inputs are asked for a flat, see :meth:`plateworks.products.inputs.Inputs.flat`.
FlatAsked = tuple[str, float, Placement | None, Cell]
#: What of the facts of a camera errors need -> the setting that says it.
_NEEDED = {"egain": "calibrate.egain", "read_noise": "calibrate.read_noise"}
_WORDS = {"egain": "how many electrons an ADU is (EGAIN)", "read_noise": "the read noise (RDNOISE)"}


def why_no_errors(facts: CameraFacts) -> str:
    """Say why the pixels of a light can have no errors, as a clause; empty if they can."""
    by = {"egain": facts.egain_by, "read_noise": facts.read_noise_by}
    lacking = [name for name in _NEEDED if by[name] is None]
    if not lacking:
        return ""
    words = " and ".join(_WORDS[name] for name in lacking)
    keys = " and ".join(_NEEDED[name] for name in lacking)
    return (
        f"nothing says {words}, as calibrate.uncertainty needs it; say so with {keys}, or do "
        "without errors by calibrate.uncertainty: false"
    )


def what_errors_lack(cell: Cell) -> str:
    """Say what the errors of a light do not tell, as a clause; an empty text if nothing."""
    if cell.planes == 1:
        return ""
    return (
        "its pixels were debayered before it was saved: UNCERT is the error of a pixel of the "
        "sensor, those that were interpolated have less, and neighbours are not independent"
    )


def why_not_raw(frame: Frame) -> str:
    """Say why nobody can tell the noise of a frame from its pixels, as a clause; else nothing."""
    done = [word for letter, word in (("D", "dark"), ("F", "flat")) if letter in (frame.done or "")]
    if not done:
        return ""
    return (
        f"it has no errors (UNCERT): its {' and '.join(done)} was taken out by another program, so "
        "that its pixels do not tell how many electrons they were"
    )


@dataclass(frozen=True)
class Digitised:
    """How the pixels of a raw frame were made numbers.

    Attributes
    ----------
    step : float
        Between raw values, ADU; 0 where they are no integers.
    full : float
        None is greater, ADU: of integers of 16 bits their greatest, of others a power of two.
    """

    step: float
    full: float


def digitised(raw: Reals, step: float = 0.0) -> Digitised:
    """Return how the pixels of a raw frame, (H, W), were made numbers; `step`, where it is told."""
    whole = raw.dtype.kind in "iu"
    if whole:
        step = float(quantum(raw[rows] for rows in row_blocks(raw.shape)))
    if whole and raw.dtype.itemsize <= 2:
        return Digitised(step, float(np.iinfo(raw.dtype).max))
    most = float(np.max(raw, initial=1, where=np.isfinite(raw)))
    return Digitised(step, 2.0 ** math.ceil(math.log2(most)))


@dataclass(frozen=True)
class Asked:
    """What the noise of a light depends on, beside its own pixels.

    Attributes
    ----------
    shape : (int, int)
    camera : Camera
    full : float
        No raw pixel has more ADU.
    subtraction : Subtraction
        With the K that was used.
    k_error : float
        Standard deviation of K, where that was fitted.
    flat : tuple or None
    mult : float or None
        ADU in place of the flat's median.
    rounding : float
        Variance of rounding the product, ADU².
    cell : Cell
        How the colours lie.
    """

    shape: tuple[int, int]
    camera: Camera
    full: float
    subtraction: Subtraction
    k_error: float
    flat: FlatAsked | None
    mult: float | None
    rounding: float
    cell: Cell


class NoiseOf(NamedTuple):
    """The noise of lights with the same masters.

    Attributes
    ----------
    pixels : LightNoise
    masters, relative : float
        The variance of an ordinary pixel that is its masters': in ADU², and for each square of its
        light.
    """

    pixels: LightNoise
    masters: float
    relative: float


class Errors:
    """The errors of lights, of which those with the same masters share what these leave.

    Parameters
    ----------
    inputs : Inputs
    """

    def __init__(self, inputs: Inputs):
        self._inputs = inputs
        #: Takes an :class:`Asked`, and returns a :class:`NoiseOf`.
        self.noise = lru_cache(maxsize=1)(self._reckoned)

    def describe(self, image: Image, sigma: Scaled, asked: Asked) -> None:
        """Say in the header of a light what is in its errors, and what is not.

        Parameters
        ----------
        image : Image
            In ADU.
        sigma : Scaled
            Their deviations.
        asked : Asked
        """
        sky, total = median(sampled(image.data)), median(sampled(sigma))
        noise = self.noise(asked)
        if total > 0:
            share = (noise.masters + sky**2 * noise.relative) / total**2
            put(image.header, "UNCMAST", round(share, 4), "part of UNCERT**2 that is its masters'")
        if asked.camera.step:
            put(image.header, "RAWSTEP", asked.camera.step, "[ADU] step of the raw values")
        for unknown in self._unknown(asked):
            warn(image.header, f"the noise of {unknown} is not known, and not in UNCERT")
        if lack := what_errors_lack(asked.cell):
            warn(image.header, lack)

    def _reckoned(self, asked: Asked) -> NoiseOf:
        divisor = self._divisor(asked)
        signal, taken = self._subtracted(asked)
        floor = floor_of(asked.shape, asked.camera, signal, taken, divisor, asked.rounding)
        relative = divisor.variance
        if divisor.each is not None:
            relative = median(sampled(divisor.each))
        left = asked.full - self._least_taken(asked.subtraction)
        pixels = light_noise(floor, divisor, asked.camera.egain, left, cell=asked.cell)
        return NoiseOf(pixels, floor.masters, relative)

    def _least_taken(self, order: Subtraction) -> float:
        """Return the least that is subtracted from any pixel, ADU."""
        taken, level = self._inputs.subtrahends(order), 0.0
        for image, k in ((taken.bias, 1.0), (taken.dark, taken.k)):
            if image is not None:
                level += k * float(np.fmin.reduce(image, axis=None))
        return level

    def _divisor(self, asked: Asked) -> Divisor:
        if asked.flat is None:
            return Divisor()
        flat = self._inputs.flat(*asked.flat)
        scale = 1.0 if asked.mult is None else asked.mult / flat.median
        sigma = self._inputs.sigma(asked.flat[0], asked.flat[2])
        if sigma is not None and not flat.evened:
            each = np.empty(asked.shape, np.float32)
            for rows in row_blocks(asked.shape):
                relative = sigma[rows] * flat.pixels[rows]
                relative *= np.float32(1 / flat.median)
                np.square(relative, out=each[rows])
            return Divisor(flat.pixels, scale, 0.0, each)
        return Divisor(flat.pixels, scale, ((flat.noise or 0.0) / flat.median) ** 2)

    def _subtracted(self, asked: Asked) -> tuple[DarkSignal | None, list[Taken]]:
        """Return the charge of the dark, and every master once, with its factor and its noise."""
        order, inputs, camera = asked.subtraction, self._inputs, asked.camera
        factors: dict[tuple[str, Placement | None], float] = {}
        dark = order.dark
        if order.bias is not None:
            factors[order.bias, order.bias_placement] = 1.0
        if dark is not None and dark.bias is not None:
            own = dark.bias, dark.bias_placement
            factors[own] = factors.get(own, 0.0) - dark.k
        taken = [
            Taken(one.pixels, factor, Spread((one.noise or 0.0) ** 2, each=inputs.sigma(*path)))
            for path, factor in factors.items()
            for one in [inputs.master(*path)]
        ]
        if dark is None:
            return None, taken
        path = dark.path, dark.placement
        master = inputs.master(*path)
        variance, of_frame = (master.noise or 0.0) ** 2, inputs.measured(dark.path).frame_noise
        pixels, inside = master.pixels, dark.bias_inside
        if dark.bias is not None:
            pixels, inside = inputs.thermal(path, (dark.bias, dark.bias_placement)), False
        usual = ordinary(sampled(pixels))
        charge = 0.0 if inside else max(usual.level, 0.0)
        frames = inputs.frames(dark.path)
        if of_frame is not None:
            one_frame = of_frame.value**2 + camera.rounding
            if inside:  # what its frames scatter by beyond the read noise is that of its charge
                charge = camera.egain * max(one_frame - camera.dark_variance, 0.0)
            if variance:
                frames = one_frame / variance
        growth = 0.0 if not frames else 1.0 / (frames * camera.egain)
        spread = Spread(variance, usual, growth, inputs.sigma(*path))
        taken.append(Taken(pixels, dark.k, spread))
        return DarkSignal(pixels, dark.k, asked.k_error, usual, charge), taken

    def _unknown(self, asked: Asked) -> list[str]:
        """Return the masters that do not tell their noise."""
        paths = [*asked.subtraction.masters, *([asked.flat[0]] if asked.flat else [])]
        return [path for path in paths if self._inputs.noise(path) is None]
