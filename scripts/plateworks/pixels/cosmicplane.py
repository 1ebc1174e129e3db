"""One image in which cosmic rays are sought, and astroscrappy's pass over the whole of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Bools, Floats, Integers


@dataclass(frozen=True)
class Plane:
    """An image without holes, and what is known of it.

    Parameters
    ----------
    image : (H, W) float32 array
        ADU, finite.
    ignored : (H, W) bool array
        Pixels that are never hit.
    variance : (H, W) float32 array, optional
        ADU**2; by default that of photons and reading.
    gain, readnoise, satlevel : float
        Electrons per ADU; electrons; electrons.
    """

    image: Floats
    ignored: Bools
    variance: Floats | None
    gain: float
    readnoise: float
    satlevel: float

    def cut(self, part: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
        """Return signal and variance of a part, in electrons, as astroscrappy computes them."""
        gain, noise = np.float32(self.gain), np.float32(self.readnoise)
        signal = part(self.image) * gain
        if self.variance is None:
            return signal, signal + noise * noise
        return signal, part(self.variance) * (gain * gain)

    def part(self, where: tuple[slice, slice]) -> Plane:
        """Return a part as a plane of its own."""
        variance = None if self.variance is None else self.variance[where]
        return replace(
            self, image=self.image[where], ignored=self.ignored[where], variance=variance
        )

    def framed(self, widths: Integers, level: float, variance: float | None) -> Plane:
        """Return the plane in a frame of good pixels that all have the same values."""
        framed = self.variance
        if framed is not None and variance is not None:
            framed = np.pad(framed, widths, constant_values=variance)
        return replace(
            self,
            image=np.pad(self.image, widths, constant_values=level),
            ignored=np.pad(self.ignored, widths),
            variance=framed,
        )

    def is_tame(self) -> bool:
        """Whether every variance is a number, and no sum of a few values overflows."""
        extent = max(float(self.image.max()), -float(self.image.min())) * max(self.gain, 1.0)
        return extent < 1e30 and (self.variance is None or bool(np.isfinite(self.variance).all()))


class Hits(NamedTuple):
    """Rows and columns of the pixels that were hit, and their new values in ADU, each (N,)."""

    y: Integers
    x: Integers
    values: Floats


def full_pass(plane: Plane, options: Mapping[str, float]) -> Hits:
    """Run astroscrappy over a whole plane.

    Parameters
    ----------
    plane : Plane
    options : mapping
        sigclip, sigfrac, objlim and niter, as in astroscrappy.
    """
    from astroscrappy import detect_cosmics

    hit, repaired = detect_cosmics(
        plane.image,
        inmask=plane.ignored,
        invar=plane.variance,
        gain=plane.gain,
        readnoise=plane.readnoise,
        satlevel=plane.satlevel,
        sepmed=True,
        cleantype="meanmask",
        fsmode="median",
        **options,
    )
    y, x = np.nonzero(hit)
    return Hits(y, x, repaired[hit])


def masked(plane: Plane) -> Bools:
    """Return which pixels astroscrappy will not use: those ignored or saturated, and their rim."""
    from astroscrappy import update_mask

    mask = plane.ignored.astype(np.uint8)
    signal, _ = plane.cut(np.ascontiguousarray)
    update_mask(signal, mask, plane.satlevel, True)
    return mask.view(bool)
