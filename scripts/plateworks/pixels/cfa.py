"""How the colours of an image lie in its array: one alone, a mosaic, or three planes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plateworks.pixels.arrays import Number

#: Rows and columns of one position in an image: ``image[where]`` is a view.
Where = tuple[slice, slice]


#: The colours of a Bayer pattern, in the order of the planes of an image in three colours.
COLOURS = "RGB"


class Cell(NamedTuple):
    """How the colours of an image lie in its array.

    Three planes lie one below the other, as FITS stores them: of images of H rows the array has
    3 H.  So what goes by rows or by single pixels need not know of them.

    Attributes
    ----------
    step : int
        Pixels of one colour are so many rows, and so many columns, apart.
    planes : int
        So many images of one colour each lie below each other.
    """

    step: int = 1
    planes: int = 1

    @property
    def colours(self) -> bool:
        """Whether there is more than one, so that each has a level of its own."""
        return self != MONO

    @property
    def levels(self) -> tuple[int, int]:
        """The shape of an array that has a number for each of :meth:`positions`."""
        return self.planes * self.step, self.step

    def height(self, rows: int) -> int:
        """Return the height of a picture whose array has so many rows."""
        return rows // self.planes

    def positions(self, shape: tuple[int, ...]) -> list[Where]:
        """Return where the pixels of one colour are, in an array of this shape.

        The two greens of a mosaic count as two colours: they often differ a little, and then no
        pattern need be known.
        """
        step, high = self.step, self.height(shape[0])
        return [
            (slice(y + top, top + high, step), slice(x, None, step))
            for top in range(0, self.planes * high, max(high, 1))
            for y in range(step)
            for x in range(step)
        ]

    def merged(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Return the mean of the planes of an image, (H, W); of one without planes itself.

        A place without a value in one plane has none.
        """
        if self.planes == 1:
            return pixels
        return np.asarray(np.mean(self.folded(pixels), axis=0, dtype=np.float32))

    def folded(self, pixels: NDArray[Number]) -> NDArray[Number]:
        """Return the planes of an array that lie below each other: (planes, H, W)."""
        return pixels.reshape(self.planes, -1, pixels.shape[1])

    def everywhere(self, bits: NDArray[Number]) -> NDArray[Number]:
        """Return bits of pixels of which each place has those of all its colours.

        A defect of the sensor is one, in whichever plane it shows: debayering has put some of it
        into the others too, and a pixel that is replaced in one plane alone changes its colour.
        """
        if self.planes == 1:
            return bits
        return np.tile(np.bitwise_or.reduce(self.folded(bits), axis=0), (self.planes, 1))

    def parted(self, rows: slice, height: int) -> list[slice]:
        """Return the rows of an array of so many, from the first of them, plane by plane."""
        high = max(self.height(height), 1)
        edges = [row for row in range(0, height, high) if rows.start < row < rows.stop]
        ends = [0, *(row - rows.start for row in edges), rows.stop - rows.start]
        return [slice(*pair) for pair in pairwise(ends)]


#: One colour; a mosaic of 2x2 pixels, whichever is which; planes of red, green and blue.
MONO, MOSAIC, PLANES = Cell(), Cell(step=2), Cell(planes=len(COLOURS))


def places(pattern: str, colour: str) -> list[tuple[int, int]]:
    """Return row and column of the pixels of one colour in the first 2x2 of a pattern."""
    return [divmod(place, 2) for place, letter in enumerate(pattern) if letter == colour]
