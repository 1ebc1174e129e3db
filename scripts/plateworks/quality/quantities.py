"""What is followed of a setup from night to night."""

from __future__ import annotations

from typing import NamedTuple


class Quantity(NamedTuple):
    """One quantity.

    Attributes
    ----------
    column : str
        Of the table; that of its error is :attr:`error`.
    words : str
        What it is, for people.
    unit : str
        Empty for a number, or a part.
    counted : bool
        Whether it is a number of things, which scatters by its root.
    """

    column: str
    words: str
    unit: str = ""
    counted: bool = False

    @property
    def error(self) -> str:
        return f"{self.column}_error"


BIAS = Quantity("bias_adu", "bias level", "ADU")
FRAME_NOISE = Quantity("read_noise_adu", "read noise", "ADU")
READ_NOISE = Quantity("read_noise_e", "read noise", "e-")
GAIN = Quantity("gain_e_per_adu", "gain", "e-/ADU")
DARK_RATE = Quantity("dark_adu_per_s", "dark rate", "ADU/s")
HOT = Quantity("hot_pixels", "hot pixels", counted=True)
FLICKERING = Quantity("flickering_pixels", "flickering pixels", counted=True)
NEW = Quantity("new_pixels", "new pixels", counted=True)
HEALED = Quantity("healed_pixels", "healed pixels", counted=True)
FLAT = Quantity("flat_adu", "level of flats", "ADU")
SHAPE = Quantity("flat_change", "shape of flats")
FWHM = Quantity("fwhm_px", "FWHM", "px")
ZERO_POINT = Quantity("zero_point", "zero point", "mag")

#: In the order of their columns.  The last four are of a filter each.
QUANTITIES = (
    BIAS, FRAME_NOISE, READ_NOISE, GAIN, DARK_RATE, HOT, FLICKERING, NEW, HEALED,
    FLAT, SHAPE, FWHM, ZERO_POINT,
)  # fmt: skip
