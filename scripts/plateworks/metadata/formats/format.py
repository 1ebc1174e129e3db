"""What a format of image files must be able to do: the interface of all of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from plateworks.metadata.header import Header
from plateworks.metadata.values import Cards, Value

if TYPE_CHECKING:  # who only looks at headers does without
    import numpy as np
    from numpy.typing import NDArray

#: A keyword of FITS, its value and its comment.
Keyword = tuple[str, Value, str]


class Format(ABC):
    """A format: how its files are known, and what they say in the language of FITS.

    Headers are read where runs are planned: nothing slow may be imported before pixels are asked
    for.

    Attributes
    ----------
    name : str
        As people are told it.
    endings : tuple of str
        Endings of names, in lower case; nobody looks at files that have none of any format, unless
        they begin as FITS does.
    whole : tuple of str
        Endings of files that go through memory as a whole when their pixels are read.
    written : tuple of str
        Endings of products, where :mod:`plateworks.products.imagefiles` can write this format.
    media_type : str
        As IANA or the makers of the format have it.
    tells_range : bool
        Whether a file says how its numbers count; others may count from 0 to 1 without a word.
    upper_row_first : bool
        Whether the first row is that at the top, whatever cards say.
    tables_as_text : bool
        Whether tables are kept as texts, which :meth:`text` returns, and not as those of FITS.
    """

    name: ClassVar[str]
    endings: ClassVar[tuple[str, ...]]
    whole: ClassVar[tuple[str, ...]] = ()
    written: ClassVar[tuple[str, ...]] = ()
    media_type: ClassVar[str]
    tells_range: ClassVar[bool] = False
    upper_row_first: ClassVar[bool] = False
    tables_as_text: ClassVar[bool] = False

    @abstractmethod
    def begins(self, path: str, start: bytes) -> bool:
        """Whether a file is of this format, by its first bytes and, if need be, its name."""

    @abstractmethod
    def read(self, path: str, handle: int, size: int, start: bytes) -> Header:
        """Read the header of an open file: the keywords of FITS that Plateworks knows, and shape.

        Parameters
        ----------
        path : str
        handle : int
            Descriptor of the open file.
        size : int
            Its bytes.
        start : bytes
            The first of them.

        Returns
        -------
        Header
            With the name of the format.  An image that can be read in place, as plain FITS stores
            it, has an `array_offset`; all others go through :meth:`stored`.

        Raises
        ------
        FrameError
            If there is no image that can be a frame, or less than the header promises.
        """

    @abstractmethod
    def stored(self, path: str, header: Header) -> NDArray[Any]:
        """Return the image of a file that cannot be read in place, as plain FITS would store it.

        Returns
        -------
        ([planes,] H, W) array
            Of big-endian numbers, without the offset and factor that the header tells.

        Raises
        ------
        FrameError
            If the file is damaged.
        OSError, TroubleError
            If it cannot be read for a reason that may pass.
        """

    def counted(self, path: str, header: Header) -> NDArray[Any]:
        """Return the same in the counts of the camera, as far as the file tells them (ADU)."""
        return self.stored(path, header)

    def keywords(self, path: str) -> list[Keyword] | None:
        """Return all that a file says, in keywords of FITS; None where it holds cards of FITS."""
        return None

    def values(self, path: str, file: BinaryIO, start: bytes, wanted: Collection[str]) -> Cards:
        """Return some cards of a product, fast; none of a format that is never written.

        Parameters
        ----------
        path : str
        file : file
            Open behind `start`.
        start : bytes
            How the file begins.
        wanted : collection of str
            Keywords.
        """
        return {}

    def text(self, path: str, name: str) -> str | None:
        """Return the text of a table of a product; None where it has none of this name."""
        return None


def as_in_fits(pixels: np.ndarray) -> np.ndarray:
    """Bring pixels into the form in which FITS stores them, so that one digest tells them.

    Their memory is used.
    """
    if pixels.dtype.kind == "u" and pixels.dtype.itemsize > 1:
        pixels ^= pixels.dtype.type(1 << 8 * pixels.dtype.itemsize - 1)
        pixels = pixels.view(pixels.dtype.str.replace("u", "i"))
    return pixels.byteswap(inplace=True).view(pixels.dtype.newbyteorder(">"))
