"""Image products, in the format that the ending of their name tells: XISF, else FITS."""

from __future__ import annotations

import os

import numpy as np
from astropy.io import fits

from plateworks.products import fitsio, xisfio
from plateworks.products.headers import xisf_header


def write_image(
    path: str | os.PathLike,
    data: np.ndarray | None,
    header: fits.Header,
    mask: np.ndarray | None = None,
    losses: np.ndarray | None = None,
    compression: str | None = None,
) -> None:
    """Write one image.

    For the parameters see :func:`plateworks.products.fitsio.write_fits` and
    :func:`plateworks.products.xisfio.write_xisf`; `compression` concerns XISF alone.
    """
    if is_xisf(path):
        xisfio.write_xisf(path, data, header, mask, losses, compression)
    else:
        fitsio.write_fits(path, data, header, mask, losses)


def read_image(path: str | os.PathLike) -> tuple[np.ndarray | None, fits.Header, np.ndarray | None]:
    """Read image, header and mask; see :func:`plateworks.products.fitsio.read_product`."""
    return xisfio.read_xisf(path) if is_xisf(path) else fitsio.read_product(path)


def read_image_header(path: str | os.PathLike) -> fits.Header:
    """Read the header alone."""
    return xisf_header(path) if is_xisf(path) else fits.getheader(path)


def is_xisf(path: str | os.PathLike) -> bool:
    """Tell the format by the name of a file."""
    return os.fspath(path).lower().endswith(".xisf")
