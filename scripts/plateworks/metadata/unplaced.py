"""Several images in one file of which no header tells where on the sensor they lie.

The profile of a camera may tell it (:mod:`plateworks.inventory.readouts`); until then nobody knows
whether they are what the amplifiers of one frame read, or a sequence of frames.
"""

from __future__ import annotations

from dataclasses import dataclass

from plateworks.metadata.amplifiers import Crosstalk, Section

_SHOWN = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class UnplacedImage:
    """One image, and what its header tells of the amplifier that may have read it.

    Attributes
    ----------
    hdu : int
        Index of its HDU.
    name : str or None
        Its EXTNAME.
    width, height : int
    data, bias : Section or None
        Pixels that see light, and such that see none, in the image as it is stored.
    gain, read_noise, saturation : float or None
        Electrons per ADU, electrons, ADU.
    """

    hdu: int
    name: str | None = None
    width: int
    height: int
    data: Section | None = None
    bias: Section | None = None
    gain: float | None = None
    read_noise: float | None = None
    saturation: float | None = None

    def __str__(self) -> str:
        return f"{f'{self.name} ' if self.name else ''}{self.width}x{self.height}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Unplaced:
    """All images of a file that may be parts of one frame, in their order, and what they share.

    Attributes
    ----------
    images : tuple of UnplacedImage
    crosstalk : tuple of Crosstalk
        By the header, between amplifiers in the order of the images.
    """

    images: tuple[UnplacedImage, ...]
    crosstalk: tuple[Crosstalk, ...] = ()

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.images[:_SHOWN]))
        more = ", ..." if len(self.images) > _SHOWN else ""
        return f"{len(self.images)}: {shown}{more}"
