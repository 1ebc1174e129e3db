"""Frames of a known noise, in steps of a converter, and what masters of them state as theirs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits

from orders import master_order
from plateworks.products.imagefiles import read_image
from plateworks.products.masters import make_master

#: Noise of a frame in steps; frames of a set; steps of a converter, ADU.
SIGMAS = (0.3, 0.5, 1.0, 3.0, 30.0)
COUNTS = (3, 4, 5, 9, 10, 20, 50)
STEPS = (1, 4, 16)
SHAPE = (240, 320)
#: Light of a flat, ADU, and the level of all others.
_LIGHT, _LEVEL = 24_000.0, 4000.0


def made_sets(
    kind: str, sigma: float, count: int, step: int, seed: int, *, pattern: float = 0.8
) -> tuple[np.ndarray, np.ndarray]:
    """Draw two sets of frames of one sensor, (N, H, W) uint16 each.

    Parameters
    ----------
    sigma, pattern : float
        Noise of a frame, and how its pixels differ in any frame, in steps.
    """
    draw = np.random.default_rng((seed, count, step, round(10 * sigma)))
    y, x = np.ogrid[-1 : 1 : SHAPE[0] * 1j, -1 : 1 : SHAPE[1] * 1j]
    level = _LEVEL + 0.37 * step + pattern * step * draw.standard_normal(SHAPE)
    if kind == "flat":
        level += _LIGHT * (1 - 0.05 * (x * x + y * y))
    if kind != "bias":
        level += np.where(draw.random(SHAPE) < 0.002, draw.exponential(500.0 * step, SHAPE), 0.0)

    def frames() -> np.ndarray:
        made = np.empty((count, *SHAPE), np.uint16)
        for one in made:
            values = level + sigma * step * draw.standard_normal(SHAPE)
            one[:] = np.clip(np.rint(values / step) * step, 0, 65_535 // step * step)
        return made

    return frames(), frames()


def stated_and_true(
    kind: str, sigma: float, count: int, step: int, seed: int, folder: Path, **changes: object
) -> tuple[float, float]:
    """Return what a master states as its noise, ADU, and what it is.

    That is half of the variance by which two masters of new frames differ.
    """
    masters = []
    for name, frames in zip("ab", made_sets(kind, sigma, count, step, seed), strict=True):
        raws = []
        for number, frame in enumerate(frames):
            header = fits.Header([("IMAGETYP", kind), ("INSTRUME", "made"), ("EXPTIME", 2.0)])
            raws.append(folder / f"{kind}_{name}_{number}.fits")
            fits.writeto(raws[-1], frame, header, overwrite=True)
        make_master(master_order(kind, raws, **changes), str(folder / f"{name}.fits"))
        masters.append(read_image(folder / f"{name}.fits"))
    first, second = masters
    differences = first.data.astype(np.float64) - second.data
    return first.header["PWNOISE"], float(np.std(differences)) / 2**0.5
