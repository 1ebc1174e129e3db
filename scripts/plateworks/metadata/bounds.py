"""The numbers that a header can hold: beyond these bounds a number is no fact, but damage.

One that is not believed counts as absent and is named among the notes on the frame, but for those
by which pixels are reckoned (``bzero``, ``bscale``): a frame without them is set aside.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

#: No side of an image is longer; a header that says so is broken.
MAX_SIDE = 1 << 18


class Bounds(NamedTuple):
    """What a number counts, and between which limits it is believed, both of them included."""

    unit: str
    low: float
    high: float

    def hold(self, number: float) -> bool:
        """Whether a number lies between them."""
        return self.low <= number <= self.high

    def __str__(self) -> str:
        return f"from {self.low:,.8g} to {self.high:,.8g} {self.unit}".rstrip()


_WHOLE = float(1 << 63)  # the end of the widest integers

#: Name of a number, that of the field of a frame where there is one -> its bounds.
BOUNDS: Mapping[str, Bounds] = MappingProxyType(
    {
        "bzero": Bounds("ADU", -_WHOLE, _WHOLE),
        "bscale": Bounds("ADU", -1e10, 1e10),
        "blank": Bounds("ADU", -_WHOLE, _WHOLE),
        "gain": Bounds("", -1e4, 1e7),
        "egain": Bounds("e-/ADU", 1e-6, 1e4),
        "offset": Bounds("", -1e6, 1e7),
        "read_noise": Bounds("e-", 0.0, 1e5),
        "saturation": Bounds("ADU", 0.0, float(1 << 32)),
        "pedestal": Bounds("ADU", -1e8, 1e8),
        "median": Bounds("ADU", -float(1 << 32), float(1 << 32)),
        "noise": Bounds("ADU", 0.0, float(1 << 32)),
        "raw_bits": Bounds("bits", 1.0, 64.0),
        "binning": Bounds("pixels", 1.0, 256.0),
        "origin": Bounds("pixels", -MAX_SIDE, MAX_SIDE),
        "overscan": Bounds("pixels", 0.0, MAX_SIDE),
        "crosstalk": Bounds("", -0.1, 0.1),
        "frames": Bounds("frames", 0.0, 1e6),
        "exposure": Bounds("s", 0.0, 1e6),
        "set_temp": Bounds("°C", -273.0, 100.0),
        "temp": Bounds("°C", -273.0, 100.0),
        "mjd": Bounds("days, from 1900 to 2100", 15020.0, 88069.0),
        "focal_length": Bounds("mm", 0.1, 1e6),
        "pixel_size": Bounds("µm", 0.01, 1e4),
        "pixel_scale": Bounds("arcseconds", 1e-4, 36000.0),
        "rotator": Bounds("°", -360.0, 360.0),
        "latitude": Bounds("°", -90.0, 90.0),
        "longitude": Bounds("°", -360.0, 360.0),
        "ra": Bounds("°", 0.0, 360.0),
        "dec": Bounds("°", -90.0, 90.0),
    }
)


def within(name: str, number: float | None) -> float | None:
    """Return a number if it is believed, else None."""
    return number if number is not None and BOUNDS[name].hold(number) else None


def believed(name: str, number: float | None, key: str, notes: list[str]) -> float | None:
    """Return a number if it is believed; one that is not is noted.

    Parameters
    ----------
    name : str
        A key of :data:`BOUNDS`.
    number : float or None
    key : str
        The card that says it.
    notes : list of str
        Is added to.
    """
    if number is None or within(name, number) is not None:
        return number
    notes.append(f"{key} = {number!r} cannot be ({BOUNDS[name]}) and is ignored")
    return None
