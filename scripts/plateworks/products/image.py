"""An image with all that is known of its pixels, from a file or on its way to one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from plateworks.pixels.arrays import Bits, Floats, Reals
from plateworks.pixels.scaled import Scaled, scaled
from plateworks.products.maskcards import bits_of
from plateworks.products.tables import Table

#: Cards of an extension: keyword, value, comment.
Cards = tuple[tuple[str, Any, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """Pixels, what is known of each of them, and the cards that belong to them.

    A step that makes another image of one makes it by :func:`dataclasses.replace`, so that what it
    does not touch is carried on.

    Attributes
    ----------
    data : (H, W) array
        Of three colours (3 H, W), as all planes below are: one below the other.  In files they are
        three planes.
        float32 or an integer type, in the machine's byte order; the unit is that of ``BUNIT``, and
        ADU where there is no such card.
    header : astropy.io.fits.Header
        Those that say how the array is stored (see :data:`plateworks.products.headers.STRUCTURAL`)
        may be among them, and are not written.
    mask : (H, W) uint8 or uint16 array, or None
        Bits of :mod:`plateworks.pixels.masks`; zero is good.
    sigma : (H, W) float32 array, Scaled, or None
        One standard deviation of each pixel, in the unit of the pixels.
    losses : (H, W) uint16 array or None
        How many frames were left out at each pixel of a master.
    tables : tuple of Table
        What was measured: of the frames of a master's set, of the stars of a solved frame.  They
        are written and not read with the image, see :func:`plateworks.products.tables.read_table`.
    rate : (H, W) float32 array or None
        Of a model of the dark: what each pixel gathers, ADU a second.
    glow : (H, W) float32 array or None
        Of a model: what each gathers at any temperature, ADU a second.
    misfit : (H, W) float32 array or None
        Of a model: by how many times their noise its darks scatter about it.
    colours : int
        How many pictures of one colour each lie below each other.

    Raises
    ------
    ValueError
        If a plane differs from the pixels in shape.
    """

    data: Reals
    header: fits.Header
    mask: Bits | None = None
    sigma: Floats | Scaled | None = None
    losses: NDArray[np.uint16] | None = None
    tables: tuple[Table, ...] = ()
    rate: Floats | None = None
    glow: Floats | None = None
    misfit: Floats | None = None
    colours: int = 1

    def __post_init__(self) -> None:
        for plane, pixels in self.planes():
            if pixels.shape != self.data.shape:
                raise ValueError(
                    f"the plane {plane.name} has the shape {pixels.shape}, the image "
                    f"{self.data.shape}"
                )

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the picture, whatever its colours."""
        height, width = self.data.shape
        return height // self.colours, width

    def stored_shape(self) -> tuple[int, ...]:
        """Return the shape in which arrays are stored: of colours, their planes come first."""
        return self.shape if self.colours == 1 else (self.colours, *self.shape)

    def planes(self) -> Iterator[tuple[Plane, Reals | Scaled]]:
        """Yield the planes that are there, in the order in which they are stored."""
        for plane in PLANES:
            pixels = getattr(self, plane.field)
            if pixels is not None:
                yield plane, pixels

    def bits(self) -> Bits:
        """Return the mask, and zeros where there is none."""
        return np.zeros(self.data.shape, np.uint8) if self.mask is None else self.mask


def below_each_other(pixels: Reals) -> tuple[Reals, int]:
    """Return the planes of an array, (planes, H, W), one below the other; and how many there are.

    An image of one plane, (H, W), comes back as it is.
    """
    if pixels.ndim < 3:
        return pixels, 1
    return pixels.reshape(-1, pixels.shape[-1]), math.prod(pixels.shape[:-2])


class Plane(NamedTuple):
    """How one plane of an image is stored: to add one is a field of Image, and an entry here.

    Attributes
    ----------
    field : str
        Name of the field of :class:`Image`.
    name : str
        Name of its extension in FITS, and of its image in XISF.
    dtype : type
        Type in memory and in XISF; one of as many bytes or less is kept.
    fits_dtype : type
        Type in FITS, where signed integers are the plain ones, of what has that type; floats become
        :class:`plateworks.pixels.scaled.Scaled`.
    cards : function
        Gives the cards of its extension, by which it explains itself.
    """

    field: str
    name: str
    dtype: type[np.generic]
    fits_dtype: type[np.generic]
    cards: Callable[[Image], Cards]

    def stored(self, pixels: Reals | Scaled) -> tuple[Reals, float | None]:
        """Return the integers that FITS stores, and of floats the step that they count.

        Bytes stay bytes.
        """
        if self.dtype is np.float32 and self.fits_dtype is np.int16:
            counted = pixels if isinstance(pixels, Scaled) else scaled(pixels)
            return counted.counts, counted.step
        whole: Reals = pixels[...]
        kept = whole.dtype == np.uint8
        return whole if kept else whole.astype(self.fits_dtype, copy=False), None

    def loaded(self, pixels: Reals | Scaled) -> Reals:
        """Return the pixels of a file as they are held in memory."""
        values, _ = below_each_other(pixels[...])
        dtype = np.uint8 if values.dtype == np.uint8 else self.dtype
        return np.ascontiguousarray(values, dtype=dtype)


def _bits(image: Image) -> Cards:
    return tuple((key, bit, text) for bit, (key, text) in bits_of(image.header).items())


def _deviation(image: Image) -> Cards:
    """Say what astropy's CCDData asks of its uncertainty."""
    return (
        ("UTYPE", "StdDevUncertainty", "one standard deviation"),
        ("BUNIT", image.header.get("BUNIT", "adu"), "unit of the pixels"),
    )


def _rate(image: Image) -> Cards:
    return (("BUNIT", "adu/s", "unit of the pixels"),)


def _none(image: Image) -> Cards:
    return ()


PLANES = (
    Plane("mask", "MASK", np.uint16, np.int16, _bits),
    Plane("sigma", "UNCERT", np.float32, np.int16, _deviation),
    Plane("losses", "REJECTED", np.uint16, np.int16, _none),
    Plane("rate", "RATE", np.float32, np.float32, _rate),
    Plane("glow", "GLOW", np.float32, np.float32, _rate),
    Plane("misfit", "MISFIT", np.float32, np.int16, _none),
)
