"""Files of images, in the format that the ending of their name tells; without one, in FITS."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

from astropy.io import fits

from plateworks.metadata import formats
from plateworks.pixels.arrays import Floats
from plateworks.pixels.scaled import Scaled
from plateworks.products import fitsio, xisfio
from plateworks.products.headers import xisf_header
from plateworks.products.image import Image

_Path = str | os.PathLike[str]


class ImageFiles(NamedTuple):
    """What writes products in one format, and reads them again with all their planes.

    Attributes
    ----------
    write : function
        Writes an image to a path, whole or not at all; how its blocks are packed comes last, where
        the format has blocks to be packed.
    write_cards : function
        Writes cards without pixels.
    read, read_sigma, read_header : function
        Read a product, the standard deviations of its pixels, and its cards.
    flaws : function
        Yields what in a product itself shows that it was changed, as clauses.
    """

    write: Callable[[_Path, Image, str | None], None]
    write_cards: Callable[[_Path, fits.Header], None]
    read: Callable[[_Path], Image]
    read_sigma: Callable[[_Path], Floats | Scaled | None]
    read_header: Callable[[_Path], fits.Header]
    flaws: Callable[[str], Iterator[str]]


_FITS = ImageFiles(
    lambda path, image, _: fitsio.write_fits(path, image),
    fitsio.write_fits_cards,
    fitsio.read_fits,
    fitsio.read_fits_sigma,
    fitsio.read_fits_header,
    fitsio.flaws_of_fits,
)
#: Name of a format -> what writes it.
_FILES = {
    "FITS": _FITS,
    "XISF": ImageFiles(
        xisfio.write_xisf,
        xisfio.write_xisf_cards,
        xisfio.read_xisf,
        xisfio.read_xisf_sigma,
        xisf_header,
        xisfio.flaws_of_xisf,
    ),
}


def write_image(path: _Path, image: Image, compression: str | None = None) -> None:
    """Write an image and all its planes, whole or not at all.

    Parameters
    ----------
    path : path
        Where the file shall be; its folder is made.
    image : Image
    compression : str or None
        How XISF is packed, see :func:`plateworks.products.xisfio.write_xisf`; no matter of FITS.
    """
    _files(path).write(path, image, compression)


def read_image(path: _Path) -> Image:
    """Read an image and all its planes.

    Raises
    ------
    FrameError
        If the file cannot be read, or is the marker of a frame that was set aside.
    """
    return _files(path).read(path)


def read_sigma(path: _Path) -> Floats | Scaled | None:
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
    return _files(path).read_sigma(path)


def write_cards(path: _Path, header: fits.Header) -> None:
    """Write a file of cards without pixels: the marker of a frame that was set aside."""
    _files(path).write_cards(path, header)


def read_image_header(path: _Path) -> fits.Header:
    """Read the cards alone; a marker has them too.

    Raises
    ------
    FrameError
        If the file cannot be read.
    """
    return _files(path).read_header(path)


def flaws_of_file(path: str) -> Iterator[str]:
    """Yield what in a product itself shows that it was changed since it was written, as clauses.

    Raises
    ------
    FrameError, TroubleError
        If it cannot be read.
    """
    return _files(path).flaws(path)


def _files(path: _Path) -> ImageFiles:
    form = formats.named(path)
    return _FITS if form is None else _FILES.get(form.name, _FITS)
