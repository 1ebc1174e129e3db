"""Files of images, in the format that the ending of their name tells: XISF, else FITS."""

from __future__ import annotations

import os

from astropy.io import fits

from plateworks.pixels.arrays import Floats
from plateworks.pixels.scaled import Scaled
from plateworks.products import fitsio, xisfio
from plateworks.products.headers import xisf_header
from plateworks.products.image import Image


def write_image(path: str | os.PathLike, image: Image, compression: str | None = None) -> None:
    """Write an image and all its planes, whole or not at all.

    Parameters
    ----------
    path : path
        Where the file shall be; its folder is made.
    image : Image
    compression : str or None
        How XISF is packed, see :func:`plateworks.products.xisfio.write_xisf`; no matter of FITS.
    """
    if is_xisf(path):
        xisfio.write_xisf(path, image, compression)
    else:
        fitsio.write_fits(path, image)


def read_image(path: str | os.PathLike) -> Image:
    """Read an image and all its planes.

    Raises
    ------
    FrameError
        If the file cannot be read, or is the marker of a frame that was set aside.
    """
    return xisfio.read_xisf(path) if is_xisf(path) else fitsio.read_fits(path)


def read_sigma(path: str | os.PathLike) -> Floats | Scaled | None:
    """Read the standard deviations of an image's pixels, be it ours or another program's.

    Returns
    -------
    (H, W) float32 array, Scaled, or None
        None where the file has none.

    Raises
    ------
    FrameError
        If the file cannot be read.
    """
    return xisfio.read_xisf_sigma(path) if is_xisf(path) else fitsio.read_fits_sigma(path)


def write_cards(path: str | os.PathLike, header: fits.Header) -> None:
    """Write a file of cards without pixels: the marker of a frame that was set aside."""
    if is_xisf(path):
        xisfio.write_xisf_cards(path, header)
    else:
        fitsio.write_fits_cards(path, header)


def read_image_header(path: str | os.PathLike) -> fits.Header:
    """Read the cards alone; a marker has them too.

    Raises
    ------
    FrameError
        If the file cannot be read.
    """
    return xisf_header(path) if is_xisf(path) else fitsio.read_fits_header(path)


def is_xisf(path: str | os.PathLike) -> bool:
    """Tell the format by the name of a file."""
    return os.fspath(path).lower().endswith(".xisf")
