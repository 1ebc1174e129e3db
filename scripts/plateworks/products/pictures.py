"""Images as pictures, for people who would rather look than read."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence

import numpy as np

from plateworks.files import atomic


def write_picture(
    path: str | os.PathLike, image: np.ndarray, limits: Sequence[float] | None = None
) -> None:
    """Write an image as a grey PNG, its first row at the top.

    Parameters
    ----------
    path : path
    image : (H, W) array
        What is not finite becomes black.
    limits : (float, float), optional
        Values of black and white; by default the 1st and the 99th percentile.
    """
    picture = png_of(image, limits)
    with atomic(path) as stream:
        stream.write(picture)


def png_of(image: np.ndarray, limits: Sequence[float] | None = None) -> bytes:
    """Return an image as a PNG, in colour if it is (H, W, 3); else as :func:`write_picture`."""
    from PIL import Image

    finite = image[np.isfinite(image)]
    if limits is None:
        limits = np.percentile(finite, (1, 99)) if finite.size else (0.0, 1.0)
    low, high = limits
    shown = (image.astype(np.float64) - low) / max(high - low, 1e-12)
    shown = np.nan_to_num(np.clip(shown, 0.0, 1.0) * 255.0, nan=0.0)
    stream = io.BytesIO()
    Image.fromarray(np.rint(shown).astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def jpeg_of(image: np.ndarray, quality: int) -> bytes:
    """Return an image of values from 0 (black) to 1 (white) as a JPEG: (h, w), or (h, w, 3)."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.rint(image * 255).astype(np.uint8)).save(
        stream, "JPEG", quality=quality, optimize=True
    )
    return stream.getvalue()
