"""What the header promises of the field, as attempts that widen step by step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from plateworks.metadata.frame import Frame

#: arcseconds in a radian, times micrometres over millimetres
ARCSEC_UM_PER_MM = 206.264806

#: Arcseconds a pixel beyond which nothing is searched unless the configuration says so.
LEAST_SCALE, MOST_SCALE = 0.1, 180.0

#: (relative half-width of the scale window, degrees about the pointing or None for all the sky)
STEPS = ((0.05, 1.0), (0.2, 5.0), (0.2, None))

#: Where the header states scale and pointing, other scales are searched about the pointing alone,
#: within so many degrees and seconds: a search of all scales and all the sky is hopeless.
OTHER_RADIUS, OTHER_SECONDS = 10.0, 3.0
#: Limits of the scale that somebody has set, no farther apart than that, are searched everywhere.
BOUNDED = 10.0

#: (greatest ratio of a window of scales, sources that make quads); beyond them LEAST_DEPTH
DEPTHS, LEAST_DEPTH = ((2.0, 60), (10.0, 40)), 20


@dataclass(frozen=True, slots=True)
class Attempt:
    """One search: a window of scales in arcseconds a pixel, and a circle or all the sky."""

    scale_low: float
    scale_high: float
    ra: float | None = None
    dec: float | None = None
    radius: float | None = None  # degrees
    most_s: float | None = None  # seconds that it may take, where that is less than what is left

    @property
    def depth(self) -> int:
        """So many of the brightest sources make quads.

        All quads of 60 sources cost seconds while the scale is known within a factor of two, and
        an hour when nothing is: in vain, on a frame of clouds.
        """
        ratio = self.scale_high / self.scale_low
        return next((depth for most, depth in DEPTHS if ratio <= most), LEAST_DEPTH)

    def __str__(self) -> str:
        where = (
            "all sky" if self.radius is None else f"within {self.radius:.3g} deg of the pointing"
        )
        return f'{self.scale_low:.3g} to {self.scale_high:.3g}"/pixel, {where}'


def scale_of(frame: Frame) -> float | None:
    """Arcseconds a pixel as the header has it: stated, or from pixel size and focal length."""
    if frame.pixel_scale and frame.pixel_scale > 0:
        return frame.pixel_scale
    if frame.pixel_size and frame.focal_length and min(frame.pixel_size, frame.focal_length) > 0:
        return ARCSEC_UM_PER_MM * frame.pixel_size / frame.focal_length
    return None


def scale_untold(frame: Frame, scale_limits: tuple[float, float]) -> str:
    """Say that neither a header nor the limits, as for :func:`widen`, tell the scale, and a remedy.

    Returns
    -------
    str
        A clause; empty if one of them tells it.
    """
    low, high = scale_limits
    if scale_of(frame) or high <= BOUNDED * low:
        return ""
    cards = {"FOCALLEN": frame.focal_length, "XPIXSZ": frame.pixel_size}
    absent = (card for card, value in cards.items() if not (value and value > 0))
    return (
        f"the header does not tell the scale (no {' and no '.join(absent)}); set "
        "solve.scale_low and solve.scale_high, or focal_length and pixel_size by path_rules"
    )


def pointing_untold(frame: Frame) -> str:
    """Say that a header does not tell where the frame points; empty if it does."""
    if frame.ra is not None and frame.dec is not None:
        return ""
    return "the header does not tell the position (no RA and DEC), so all the sky was searched"


def limits_of(
    width: int,
    scale_low: float | None,
    scale_high: float | None,
    field_width_deg: Sequence[float] | None = None,
) -> tuple[float, float]:
    """Return arcseconds a pixel beyond which nothing is searched, for an image so wide."""
    if field_width_deg is not None:
        low, high = sorted(field_width_deg)
        return low * 3600 / width, high * 3600 / width
    return scale_low or LEAST_SCALE, scale_high or MOST_SCALE


def widen(frame: Frame, scale_limits: tuple[float, float]) -> list[Attempt]:
    """List the searches for one frame, the narrowest and cheapest first.

    A header is trusted at first, then its pointing and its scale are doubted in turn: mounts lose
    their position, focal lengths are typed in from memory, and some programs give the size of a
    pixel before binning and some after it.

    Parameters
    ----------
    frame : Frame
        ``ra``, ``dec``, ``pixel_scale``, ``pixel_size``, ``focal_length``, ``xbin`` are used.
    scale_limits : (float, float)
        Arcseconds a pixel beyond which nothing is searched.

    Returns
    -------
    list of Attempt
        Where the header states no scale, or one beyond the limits, or these are narrow, the last
        covers all the sky at all scales within them.
    """
    low, high = scale_limits
    scale = scale_of(frame)
    pointed = frame.ra is not None and frame.dec is not None
    binning = max(frame.xbin or 1, 1)
    diagonal = math.hypot(frame.width, frame.height)
    attempts = []
    if not scale or not low <= scale <= high:
        if pointed:
            attempts.append(Attempt(low, high, frame.ra, frame.dec, OTHER_RADIUS))
        return [*attempts, Attempt(low, high)]
    for width, radius in STEPS:
        # From the second step on, the pixel size may have been meant before or after binning.
        doubt = binning if width > STEPS[0][0] else 1
        window = (max(low, scale / doubt * (1 - width)), min(high, scale * doubt * (1 + width)))
        if radius is None:
            attempts.append(Attempt(*window))
        elif pointed:
            reach = max(radius, diagonal * scale / 3600)
            attempts.append(Attempt(*window, frame.ra, frame.dec, min(reach, 180.0)))
    if pointed:
        reach = max(OTHER_RADIUS, attempts[0].radius or 0.0)
        attempts.append(Attempt(low, high, frame.ra, frame.dec, reach, OTHER_SECONDS))
    if high <= BOUNDED * low:
        attempts.append(Attempt(low, high))
    return attempts


def separation(ra1: float, dec1: float, ra2: float, dec2: float) -> float:
    """Degrees between two points of the sky (haversine formula)."""
    ra1, dec1, ra2, dec2 = map(math.radians, (ra1, dec1, ra2, dec2))
    h = (
        math.sin((dec2 - dec1) / 2) ** 2
        + math.cos(dec1) * math.cos(dec2) * math.sin((ra2 - ra1) / 2) ** 2
    )
    return math.degrees(2 * math.asin(min(1.0, math.sqrt(h))))
