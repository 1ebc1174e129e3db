"""An error for every pixel of a light: the step, and the floor that lights of one batch share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from plateworks.metadata.frame import Frame
from plateworks.orders.frames import Placement, Subtraction
from plateworks.orders.masters import Neighbours
from plateworks.pixels.arrays import Floats, Reals
from plateworks.pixels.blocks import row_blocks
from plateworks.pixels.masks import BAD, COSMIC, HOT
from plateworks.pixels.statistics import quantum
from plateworks.pixels.variance import (
    Camera,
    DarkSignal,
    Divisor,
    Floor,
    Spread,
    Taken,
    deviations,
    floor_of,
    ordinary,
)
from plateworks.pixels.variancerepaired import of_repaired
from plateworks.products.facts import CameraFacts
from plateworks.products.headers import put, warn
from plateworks.products.image import Image
from plateworks.products.inputs import Inputs
from plateworks.products.screened import sampled

#: By what the inputs are asked for a flat, see :meth:`plateworks.products.inputs.Inputs.flat`.
FlatAsked = tuple[str, float, Placement | None, bool]
#: What of the facts of a camera errors need -> the setting that says it.
_NEEDED = {"egain": "calibrate.egain", "read_noise": "calibrate.read_noise"}
_WORDS = {"egain": "how many electrons an ADU is (EGAIN)", "read_noise": "the read noise (RDNOISE)"}
_REPAIRED = HOT | BAD | COSMIC


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


def why_not_raw(frame: Frame) -> str:
    """Say why nobody can tell the noise of a frame from its pixels, as a clause; else nothing."""
    done = [word for letter, word in (("D", "dark"), ("F", "flat")) if letter in (frame.done or "")]
    if not done:
        return ""
    return (
        f"it has no errors (UNCERT): its {' and '.join(done)} was taken out by another program, so "
        "that its pixels do not tell how many electrons they were"
    )


def step_of(raw: Reals) -> float:
    """Return the step of the raw values of a frame, ADU; 0 where they are no integers."""
    if raw.dtype.kind not in "iu":
        return 0.0
    return float(quantum(raw[rows] for rows in row_blocks(raw.shape)))


@dataclass(frozen=True)
class Asked:
    """What a floor depends on.

    Attributes
    ----------
    shape : (int, int)
    camera : Camera
    subtraction : Subtraction
        With the K that was used.
    k_error : float
        Standard deviation of K, where that was fitted.
    flat : tuple or None
    mult : float or None
        ADU in place of the flat's median.
    """

    shape: tuple[int, int]
    camera: Camera
    subtraction: Subtraction
    k_error: float
    flat: FlatAsked | None
    mult: float | None


class Errors:
    """The errors of lights, of which those with the same masters share the floor.

    Parameters
    ----------
    inputs : Inputs
    """

    def __init__(self, inputs: Inputs):
        self._inputs = inputs
        self._known = lru_cache(maxsize=1)(self._reckoned)

    def of(
        self, image: Image, asked: Asked, repair: Neighbours, out: Floats, *, cfa: bool
    ) -> Image:
        """Return a calibrated light, in ADU, with the errors of its pixels.

        Parameters
        ----------
        image : Image
            Its header is changed in place.
        asked : Asked
        repair : str
            What replaced listed pixels: ``median`` or ``mean`` of their good neighbours.
        out : (H, W) float32 array
            Gets the errors.
        cfa : bool
            Whether it is a mosaic.
        """
        floor, divisor = self._known(asked)
        sigma = deviations(image.data, floor, divisor, asked.camera.egain, out, cfa=cfa)
        bad = image.bits() & _REPAIRED != 0
        y, x = np.divmod(np.flatnonzero(bad), bad.shape[1])
        struck = image.bits()[y, x] & COSMIC != 0
        for method, which in ((repair, ~struck), ("mean", struck)):
            spots = y[which], x[which]
            sigma[spots] = of_repaired(image.data, sigma, bad, spots, method, cfa=cfa)
        self._describe(image, floor, divisor, sigma)
        if asked.camera.step:
            put(image.header, "RAWSTEP", asked.camera.step, "[ADU] step of the raw values")
        for unknown in self._unknown(asked):
            warn(image.header, f"the noise of {unknown} is not known, and not in UNCERT")
        return replace(image, sigma=sigma)

    def _describe(self, image: Image, floor: Floor, divisor: Divisor, sigma: Floats) -> None:
        """Tell the share of the variance that is common to all lights with these masters."""
        sky, total = (float(np.nanmedian(sampled(plane))) for plane in (image.data, sigma))
        each = divisor.variance
        if divisor.each is not None:
            each = float(np.nanmedian(sampled(divisor.each)))
        if total > 0:
            share = (floor.masters + sky**2 * each) / total**2
            put(image.header, "UNCMAST", round(share, 4), "part of UNCERT**2 that is its masters'")

    def _reckoned(self, asked: Asked) -> tuple[Floor, Divisor]:
        divisor = self._divisor(asked)
        signal, taken = self._subtracted(asked)
        return floor_of(asked.shape, asked.camera, signal, taken, divisor), divisor

    def _divisor(self, asked: Asked) -> Divisor:
        if asked.flat is None:
            return Divisor()
        flat = self._inputs.flat(*asked.flat)
        scale = 1.0 if asked.mult is None else asked.mult / flat.median
        sigma = self._inputs.sigma(asked.flat[0], asked.flat[2])
        if sigma is not None and not flat.evened:
            each = np.square(sigma * flat.pixels / np.float32(flat.median))
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
