"""FITS products: written whole or not at all, and in the same bytes every time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np
from astropy.io import fits

from plateworks.files import atomic, reserve
from plateworks.pixels.arrays import Floats
from plateworks.pixels.scaled import STORED, Scaled
from plateworks.products.encoding import (
    extension_block,
    pixel_blocks,
    primary_block,
    step_of,
)
from plateworks.products.headers import clean_cards, without_pixels
from plateworks.products.image import PLANES, Image, below_each_other
from plateworks.products.integrity import broken_hdus, refuse_altered
from plateworks.products.plainfile import plain_arrays, plain_header
from plateworks.products.sums import write_hdu
from plateworks.products.tables import table_hdu
from plateworks.troubles import not_read

#: What astropy raises of a damaged file.
_DAMAGE = (OSError, ValueError, TypeError, LookupError, AttributeError)
#: The extension of standard deviations, and what astropy's CCDData calls them.
_SIGMA, _DEVIATION = "UNCERT", "StdDevUncertainty"


def write_fits(path: str | os.PathLike, image: Image) -> None:
    """Write one image, atomically, and each of its planes and tables as an extension.

    No date of writing is added: the same input gives the same bytes.
    """
    cards, data, planes = clean_cards(image.header), image.data, list(image.planes())
    extensions = len(planes) + len(image.tables)
    with atomic(path) as stream:
        shape = image.stored_shape()
        block = primary_block(cards, shape, data.dtype.name, extensions)
        reserve(stream, data.nbytes)
        write_hdu(stream, block, pixel_blocks(data, _behind(stream, block)), data.nbytes)
        for plane, pixels in planes:
            stored, step = plane.stored(pixels)
            told, kind = plane.cards(image), stored.dtype.name
            block = extension_block(plane.name, shape, kind, told, step)
            reserve(stream, stored.nbytes)
            write_hdu(stream, block, pixel_blocks(stored, _behind(stream, block)))
        for table in image.tables:
            write_hdu(stream, *table_hdu(table))


def _behind(stream: BinaryIO, header: bytes) -> int:
    """Return where in a file the data of a header begin that is written next."""
    return stream.tell() + len(header)


def write_fits_cards(path: str | os.PathLike, header: fits.Header) -> None:
    """Write a file of cards without pixels, atomically."""
    with atomic(path) as stream:
        write_hdu(stream, primary_block(clean_cards(header), None, "uint8", 0), ())


def read_fits(path: str | os.PathLike) -> Image:
    """Read one of our own products, its planes included.

    Raises
    ------
    FrameError
        If the file cannot be read, or is the marker of a frame that was set aside.
    """
    refuse_altered(os.fspath(path))
    try:
        plain = plain_arrays(path, tuple(plane.name for plane in PLANES))
        if plain is not None:
            header, arrays = plain
            return _image(header, arrays.pop(""), arrays)
        with fits.open(path, memmap=False) as hdus:
            data, header = hdus[0].data, hdus[0].header.copy()
            if data is None:
                raise without_pixels(path, header)
            names = [plane.name for plane in PLANES if plane.name in hdus]
            return _image(header, data, {name: hdus[name].data for name in names})
    except _DAMAGE as error:
        raise not_read(path, error, "cannot be read as FITS") from error


def _image(header: fits.Header, data: np.ndarray, found: Mapping[str, np.ndarray]) -> Image:
    """Return an image of its array and of those of its extensions, as they are in the file."""
    planes: dict[str, Any] = {
        plane.field: plane.loaded(found[plane.name]) for plane in PLANES if plane.name in found
    }
    native, colours = below_each_other(_native(data))
    return Image(native, header, **planes, colours=colours)


def _native(data: np.ndarray) -> np.ndarray:
    """Return an array that was read in the machine's byte order, turned where it lies if it can be.

    To fill new memory takes the system ten times as long.
    """
    if data.dtype.isnative or not (data.flags.writeable and data.flags.c_contiguous):
        return np.ascontiguousarray(data, dtype=data.dtype.newbyteorder("="))
    return data.byteswap(inplace=True).view(data.dtype.newbyteorder("="))


def read_fits_sigma(path: str | os.PathLike) -> Floats | Scaled | None:
    """Read the standard deviations of an image's pixels; None if it has none.

    Raises
    ------
    FrameError
        If the file cannot be read.
    """
    try:
        with fits.open(path, memmap=False, do_not_scale_image_data=True) as hdus:
            if _SIGMA not in hdus or hdus[_SIGMA].header.get("UTYPE", _DEVIATION) != _DEVIATION:
                return None
            step = step_of(hdus[_SIGMA].header)
            if step is not None:
                counts, _ = below_each_other(hdus[_SIGMA].data)
                return Scaled(np.ascontiguousarray(counts, dtype=STORED), step)
        sigma, _ = below_each_other(fits.getdata(path, _SIGMA, memmap=False))
        return np.ascontiguousarray(sigma, dtype=np.float32)
    except _DAMAGE as error:
        raise not_read(path, error, "cannot be read as FITS") from error


def read_fits_header(path: str | os.PathLike) -> fits.Header:
    """Read the cards of one of our own products.

    Raises
    ------
    FrameError
        If the file cannot be read.
    """
    header = plain_header(path)
    if header is not None:
        return header
    try:
        return fits.getheader(path)
    except OSError as error:
        raise not_read(path, error, "cannot be read as FITS") from error


def flaws_of_fits(path: str) -> Iterator[str]:
    """Yield what was changed in a product since it was written, as clauses.

    Raises
    ------
    FrameError, TroubleError
        If it cannot be read.
    """
    for broken in broken_hdus(path):
        what = "data" if broken.data else "a header"
        yield f"has other {what} in {broken.hdu} than were written"
