"""The cards of one image and where its array lies: what all readers of headers hand on."""

from __future__ import annotations

from dataclasses import dataclass, field

from plateworks.errors import FrameError
from plateworks.metadata.bounds import within
from plateworks.metadata.values import Cards, number

#: Planes of an image in colours: red, green, blue.
COLOURS = 3


@dataclass(slots=True)
class Header:
    """The wanted cards of the first image in a file, and how its array is stored.

    Attributes
    ----------
    cards : dict
        Keyword to value, for the keywords of :data:`plateworks.metadata.dialects.WANTED` alone.
        Of a repeated keyword the first card counts.
    history : list of str
        The texts of the HISTORY cards.
    repeated : dict
        Keyword to the first value that differs from that in `cards`, of keywords that stand twice.
    width, height, planes, bitpix : int
        Size in pixels and the FITS code of the sample format, of the image itself where it is
        compressed.  XISF has unsigned formats, whose code here is that of their width.
    hdu : int
        Index of the HDU (in XISF: of the image).
    data_offset : int or None
        Byte where the array begins; None where it is compressed, or not FITS.
    array_offset : int or None
        The same, counted in what a file unpacks to that is packed as a whole.
    unit : (int, int) or None
        Where the data unit begins and how many bytes it has, without its padding, that of the table
        for tiles; counted as `array_offset` is.
    bzero, bscale : float
        Physical value = bzero + bscale * stored value.
    blank : int or None
        The stored integer that stands for no value.
    notes : list of str
        What was found beside the image, as sentences.
    edited : bool
        Whether CHECKSUM says that cards were changed since it was written.
    compression : str or None
        Of FITS: None for a plain array, else ``"gzip"``, ``"bzip2"``, ``"xz"`` or ``"zip"`` (the
        whole file) or ``"tiles"`` (``.fz``).
    format : str
        Name of the format of the file (:mod:`plateworks.metadata.formats`).
    own : dict
        Of the cards those that its own HDU has.
    interleaved : bool
        Whether the colours of each pixel stand side by side, not in planes (of FITS).
    parts : tuple of Header
        Where the frame is in several images, those of its amplifiers, this one first.
    """

    cards: Cards
    width: int
    height: int
    planes: int
    bitpix: int
    hdu: int = 0
    history: list[str] = field(default_factory=list)
    repeated: Cards = field(default_factory=dict)
    data_offset: int | None = None
    array_offset: int | None = None
    unit: tuple[int, int] | None = None
    bzero: float = 0.0
    bscale: float = 1.0
    blank: int | None = None
    notes: list[str] = field(default_factory=list)
    edited: bool = False
    compression: str | None = None
    format: str = "FITS"
    own: Cards = field(default_factory=dict)
    interleaved: bool = False
    parts: tuple[Header, ...] = ()

    @property
    def image(self) -> range:
        """The bytes of the file that are the image as it is; none where it is packed."""
        size = abs(self.bitpix) // 8 * self.width * self.height * self.planes
        start = self.data_offset or 0
        return range(start, start + (0 if self.data_offset is None else size))


#: Card of a product that tells how many extensions follow the image.
EXTENSIONS = "NEXTEND"


class CutShortError(FrameError):
    """A file lacks pixels that its header promises; `header` is that, where it can be read."""

    header: Header | None = None


def too_short(path: str, size: int, promised: int, header: Header | None = None) -> CutShortError:
    """Make the error for a file of `size` bytes whose header promises more."""
    error = CutShortError(
        path, f"is shorter than its header promises: {size:,} bytes of {promised:,}; copy it again"
    )
    error.header = header
    return error


def blank_of(cards: Cards, tiles: bool, notes: list[str]) -> int | None:
    """Return the stored integer that stands for no value, however it is written."""
    key = "ZBLANK" if tiles and "ZBLANK" in cards else "BLANK"
    value = cards.get(key)
    if value is None:
        return value
    found = within("blank", number(value))
    if found is not None and type(value) is int:
        return value
    if found is not None and found == int(found):
        return int(found)
    notes.append(f"{key} says {value!r}, which is no whole number; no pixel is taken for empty")
    return None
