"""Frames of 26 megapixels for the benchmarks: a cooled CMOS camera, drawn once and kept."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from sidebyside import OUT, ROOT

sys.path.insert(0, str(ROOT / "scripts"))

WIDTH, HEIGHT = 6248, 4176
#: Kind -> (IMAGETYP, exposure in seconds, level above the bias in ADU).
KINDS = {
    "bias": ("Bias Frame", 0.0, 0.0),
    "dark": ("Dark Frame", 60.0, 30.0),
    "flat": ("Flat Frame", 2.0, 25_000.0),
    "light": ("Light Frame", 60.0, 400.0),
}
_EGAIN, _READ_NOISE, _PEDESTAL = 0.8, 4.0, 500.0
_HOT, _COSMICS, _STARS = 10_000, 200, 3_000


def frames(kind: str, count: int = 20, *, width: int = WIDTH, height: int = HEIGHT) -> list[Path]:
    """Return `count` raw frames of one kind, 16 bits unsigned, drawn if they are not there yet."""
    folder = OUT / "raw" / f"{width}x{height}" / kind
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{kind}_{i:03d}.fits" for i in range(count)]
    for i, path in enumerate(paths):
        if not path.exists():
            _write(path, kind, i, (height, width))
    return paths


def _write(path: Path, kind: str, index: int, shape: tuple[int, int]) -> None:
    from astropy.io import fits

    from plateworks.files import atomic

    word, exposure, level = KINDS[kind]
    image = _draw(kind, index, shape, level)
    header = fits.Header()
    minute = index + 30 * list(KINDS).index(kind)
    header["IMAGETYP"], header["EXPTIME"] = word, exposure
    header["DATE-OBS"] = f"2025-08-15T{20 + minute // 60:02d}:{minute % 60:02d}:00"
    header["INSTRUME"], header["GAIN"], header["OFFSET"] = "Benchmark 26 MP", 100, 50
    header["EGAIN"], header["SET-TEMP"], header["CCD-TEMP"] = _EGAIN, -10.0, -10.0
    header["XBINNING"], header["YBINNING"], header["SITELONG"] = 1, 1, 0.0
    if kind in ("flat", "light"):
        header["FILTER"] = "L"
    with atomic(path) as stream:
        fits.PrimaryHDU(image, header).writeto(stream)


def _draw(kind: str, index: int, shape: tuple[int, int], level: float) -> np.ndarray:
    """Draw a frame, (H, W) uint16: vignetting, stars, hot pixels, cosmic rays, noise."""
    sensor = np.random.default_rng(1)
    draw = np.random.default_rng([2, list(KINDS).index(kind), index])
    height, width = shape
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    electrons = np.full(shape, level * _EGAIN, np.float32)
    if kind in ("flat", "light"):
        electrons *= (1 - 0.15 * (x * x + y * y)).astype(np.float32)
    if kind == "light":
        _add_stars(electrons, np.random.default_rng(3))
    hot = sensor.integers(0, height * width, _HOT)
    if kind in ("dark", "light"):
        electrons.ravel()[hot] += sensor.exponential(2_000.0, _HOT).astype(np.float32)
    noise = draw.standard_normal(shape, np.float32)
    noise *= np.sqrt(electrons + _READ_NOISE**2)
    electrons += noise
    if kind in ("dark", "light"):
        struck = draw.integers(0, height * width, _COSMICS)
        electrons.ravel()[struck] += draw.exponential(3_000.0, _COSMICS).astype(np.float32)
    electrons /= _EGAIN
    electrons += _PEDESTAL
    return np.clip(np.rint(electrons), 0, 65_535).astype(np.uint16)


def _add_stars(image: np.ndarray, draw: np.random.Generator) -> None:
    """Add Gaussian stars of 3 pixels FWHM with the usual many faint and few bright ones."""
    height, width = image.shape
    dy, dx = np.mgrid[-8:9, -8:9]
    for _ in range(_STARS):
        cy, cx = draw.uniform(9, height - 9), draw.uniform(9, width - 9)
        flux = min(2_000.0 * (draw.pareto(0.8) + 1), 3e6)
        iy, ix = int(cy), int(cx)
        r2 = (dy + iy - cy) ** 2 + (dx + ix - cx) ** 2
        spot = flux / 10.2 * np.exp(-r2 / (2 * 1.274**2))
        image[iy - 8 : iy + 9, ix - 8 : ix + 9] += spot.astype(np.float32)
