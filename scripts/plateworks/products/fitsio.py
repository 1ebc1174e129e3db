"""FITS products: written whole or not at all, and in the same bytes every time."""

from __future__ import annotations

import os

import numpy as np
from astropy.io import fits

from plateworks.errors import FrameError
from plateworks.files import atomic
from plateworks.pixels.masks import BITS
from plateworks.products.encoding import extension_block, pixel_blocks, primary_block

#: Cards that describe how the array is stored; a copied header must not carry them.
STRUCTURAL = (
    "SIMPLE", "XTENSION", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "NAXIS3", "EXTEND", "PCOUNT",
    "GCOUNT", "BSCALE", "BZERO", "BLANK", "CHECKSUM", "DATASUM", "TFIELDS", "TTYPE1", "TFORM1",
    "ZIMAGE", "ZBITPIX", "ZNAXIS", "ZNAXIS1", "ZNAXIS2", "ZTILE1", "ZTILE2", "ZCMPTYPE", "ZNAME1",
    "ZVAL1", "ZNAME2", "ZVAL2", "ZSIMPLE", "ZEXTEND", "ZQUANTIZ", "ZDITHER0", "EXTNAME", "THEAP",
    "DATAMIN", "DATAMAX", "INHERIT",
)  # fmt: skip


def clean_header(header: fits.Header) -> fits.Header:
    """Copy `header` without the cards that describe how its array was stored."""
    out = header.copy(strip=True)
    for key in STRUCTURAL:
        if key in out:
            out.remove(key, remove_all=True)
    return out


def write_fits(
    path: str | os.PathLike,
    data: np.ndarray | None,
    header: fits.Header,
    mask: np.ndarray | None = None,
    losses: np.ndarray | None = None,
) -> None:
    """Write one image, atomically, and with it its extensions.

    Parameters
    ----------
    path : path
        Where the file shall be; its folder is made.
    data : (H, W) array or None
        float32 or an integer type.  None writes a header without pixels.
    header : astropy.io.fits.Header
        Cards beyond the structural ones.  No date of writing is added: the same input gives the
        same bytes.
    mask : (H, W) uint8 array, optional
        The extension MASK: bits of :mod:`plateworks.pixels.masks`.
    losses : (H, W) integer array, optional
        The extension REJECTED: how many frames were left out at each pixel.
    """
    extensions = []
    if mask is not None:
        cards = tuple((key, bit, text) for bit, (key, text) in BITS.items())
        extensions.append(("MASK", mask.astype(np.uint8, copy=False), cards))
    if losses is not None:
        extensions.append(("REJECTED", losses.astype(np.int16), ()))
    shape, dtype = (None, "uint8") if data is None else (data.shape, data.dtype.name)
    with atomic(path) as stream:
        stream.write(primary_block(clean_header(header), shape, dtype, bool(extensions)))
        if data is not None:
            stream.writelines(pixel_blocks(data))
        for name, pixels, cards in extensions:
            stream.write(extension_block(name, pixels.shape, pixels.dtype.name, cards))
            stream.writelines(pixel_blocks(pixels))


def read_product(path: str | os.PathLike) -> tuple[np.ndarray, fits.Header, np.ndarray | None]:
    """Read one of our own products: its image, its header and its mask (or None).

    Returns
    -------
    data : (H, W) array or None
        In its own type and the machine's byte order; None where the file is the marker of a frame
        that was set aside.
    header : astropy.io.fits.Header
    mask : (H, W) uint8 array or None

    Raises
    ------
    FrameError
        If the file cannot be read.
    """
    try:
        with fits.open(path, memmap=False) as hdus:
            data = hdus[0].data
            if data is not None:
                data = np.ascontiguousarray(data, dtype=data.dtype.newbyteorder("="))
            mask = hdus["MASK"].data if "MASK" in hdus else None
            if mask is not None:
                mask = np.ascontiguousarray(mask, dtype=np.uint8)
            return data, hdus[0].header.copy(), mask
    except OSError as error:
        raise FrameError(str(path), f"cannot be read as FITS ({error})") from error
