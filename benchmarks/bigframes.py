"""Frames of 26 megapixels for the benchmarks: a cooled CMOS camera, drawn once and kept.

Lights show the stars of the demonstration where they are in the sky, so that its index solves them,
and fainter ones that no index holds.  ``PLATEWORKS_BENCH_SMALL`` makes frames of a hundredth, for a
trial of the benchmarks themselves.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from sidebyside import OUT, ROOT

sys.path.insert(0, str(ROOT / "scripts"))

WIDTH, HEIGHT = (624, 416) if os.environ.get("PLATEWORKS_BENCH_SMALL") else (6248, 4176)
#: How large they are, for titles.
SIZE = f"{WIDTH * HEIGHT / 1e6:.2g} MP"
#: Kind -> (IMAGETYP, exposure in seconds, level above the bias in ADU).
KINDS = {
    "bias": ("Bias Frame", 0.0, 0.0),
    "dark": ("Dark Frame", 60.0, 30.0),
    "flat": ("Flat Frame", 2.0, 25_000.0),
    "light": ("Light Frame", 60.0, 400.0),
}
_EGAIN, _READ_NOISE, _PEDESTAL = 0.8, 4.0, 500.0
_HOT, _COSMICS, _STARS = 10_000, 200, 3_000
#: Of the sky: the field of the demonstration, as wide; electrons in a second of a star of magnitude
#: 10; at most so many electrons of a star that no index holds; and how far lights are dithered.
_RA, _DEC, _FIELD_DEG, _PIXEL_UM = 322.95, 48.43, 1.915, 3.76
_RATE, _MOST_OF_FAINT, _DITHER_PX = 3_000.0, 30_000.0, 10.0


def frames(kind: str, count: int = 20, *, width: int = WIDTH, height: int = HEIGHT) -> list[Path]:
    """Return `count` raw frames of one kind, 16 bits unsigned, drawn if they are not there yet."""
    folder = OUT / "raw" / f"{width}x{height} sky" / kind
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
    header["XPIXSZ"], header["YPIXSZ"] = _PIXEL_UM, _PIXEL_UM
    header["FOCALLEN"] = round(float(np.degrees(_PIXEL_UM * 1e-3) * 3600 / _scale(shape)), 1)
    if kind in ("flat", "light"):
        header["FILTER"] = "L"
    if kind == "light":
        header["RA"], header["DEC"], header["OBJECT"] = _RA, _DEC, "M 39"
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
        _add_stars(electrons, index, KINDS[kind][1])
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


def _scale(shape: tuple[int, int]) -> float:
    """Return the arcseconds of a pixel."""
    return _FIELD_DEG * 3600 / shape[1]


def _add_stars(image: np.ndarray, index: int, seconds: float) -> None:
    """Add Gaussian stars of 3 pixels FWHM: those of the sky, and the usual many faint ones."""
    from plateworks.demo.scene import make_wcs, read_stars

    height, width = image.shape
    known = read_stars()
    wcs = make_wcs(_RA, _DEC, _scale(image.shape), 1.7, image.shape)
    x, y = wcs.all_world2pix(known["ra"], known["dec"], 0)
    faint = np.random.default_rng(3)
    x = np.append(x, faint.uniform(0, width, _STARS))
    y = np.append(y, faint.uniform(0, height, _STARS))
    flux = np.append(
        _RATE * seconds * 10 ** (-0.4 * (known["vt"] - 10)),
        np.minimum(2_000.0 * (faint.pareto(0.8, _STARS) + 1), _MOST_OF_FAINT),
    )
    x, y = np.array([x, y]) + np.random.default_rng([4, index]).uniform(-1, 1, (2, 1)) * _DITHER_PX
    inside = (x > 9) & (x < width - 9) & (y > 9) & (y < height - 9)
    dy, dx = np.mgrid[-8:9, -8:9]
    for cx, cy, electrons in zip(x[inside], y[inside], flux[inside], strict=True):
        iy, ix = int(cy), int(cx)
        r2 = (dy + iy - cy) ** 2 + (dx + ix - cx) ** 2
        spot = electrons / 10.2 * np.exp(-r2 / (2 * 1.274**2))
        image[iy - 8 : iy + 9, ix - 8 : ix + 9] += spot.astype(np.float32)
