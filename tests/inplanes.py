"""Small nights of three planes: as a program saves them that debayers what a camera gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

from headerfiles import write_xisf
from inprocess import BIAS, Change, Sensor

#: What of the light each plane gets.
SHARES = np.array([0.5, 1.0, 0.7])


def in_planes(of: Sensor, last: bool = False) -> Change:
    """Return what makes planes of the pixels of a frame; `last`: colours stand side by side."""

    def change(pixels: np.ndarray, cards: dict[str, Any]) -> tuple[np.ndarray, dict[str, Any]]:
        lit = cards["IMAGETYP"] in ("FLAT", "LIGHT")
        dark = of.dark * cards["EXPTIME"] / 60 if lit else 0.0
        rng = np.random.default_rng([int(cards["DATE-OBS"][-5:-3]), int(pixels[0, 0])])
        above = pixels.astype(float) - BIAS - dark
        planes = [dark + above * (share if lit else 1.0) for share in SHARES]
        noisy = np.stack([BIAS + one + rng.normal(0, 3.0, one.shape) for one in planes])
        whole = np.rint(noisy).clip(0, 65535).astype(np.uint16)
        return np.ascontiguousarray(np.moveaxis(whole, 0, -1)) if last else whole, cards

    return change


def as_xisf(folder: Path, storage: str = "Planar", space: str = "RGB") -> None:
    """Write all frames of a folder as XISF in their place."""
    for path in folder.glob("*.fits"):
        with fits.open(path) as hdus:
            pixels, header = hdus[0].data, hdus[0].header
            keywords = [(c.keyword, _text(c.value), "") for c in header.cards if c.keyword in KEPT]
        planes, height, width = pixels.shape
        stored = pixels if storage == "Planar" else np.moveaxis(pixels, 0, -1)
        data = np.ascontiguousarray(stored, "<u2").tobytes()
        attributes = (
            f'geometry="{width}:{height}:{planes}" sampleFormat="UInt16" '
            f'colorSpace="{space}" pixelStorage="{storage}" '
            f'location="attachment:{{position}}:{len(data)}"'
        )
        write_xisf(path.with_suffix(".xisf"), attributes, data=data, keywords=keywords)
        path.unlink()


KEPT = (
    "INSTRUME", "XBINNING", "YBINNING", "GAIN", "OFFSET", "SET-TEMP", "CCD-TEMP", "FOCALLEN",
    "XPIXSZ", "TELESCOP", "SITELONG", "IMAGETYP", "EXPTIME", "FILTER", "OBJECT", "DATE-OBS",
    "EGAIN", "RDNOISE", "CTYPE3",
)  # fmt: skip


def _text(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)
