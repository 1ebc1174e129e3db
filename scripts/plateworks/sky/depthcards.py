"""What is known of how deep a solved frame is, in its header; and why what is not known is not."""

from __future__ import annotations

import re

from astropy.io import fits

from plateworks.metadata.frame import Frame
from plateworks.products.headers import put, put_text
from plateworks.sky.airmass import airmass_in_middle
from plateworks.sky.depth import Depth
from plateworks.sky.magnitudes import Told
from plateworks.sky.refine import Solution

#: What of these stands in a frame before is of another program, or of before.
CARDS = (
    "MAGZP", "MAGZPERR", "MAGZPSCT", "MAGZPN", "MAGBAND", "MAGCOLR", "MAGCOLER", "MAGCOLSP",
    "MAGCOLNM", "MAGZPCOL", "MAGCATLG", "MAGSTAMP", "MAGLIM", "SKYMAG", "MAGWHY",
)  # fmt: skip
#: Units of the image that are of a second already.
_PER_SECOND = re.compile(r"/\s*s(ec|econd)?s?\b|\bs(ec)?\s*(\^|\*\*)?\s*\(?-1", re.IGNORECASE)


def add_depth(
    header: fits.Header, told: Told | None, frame: Frame, solution: Solution | None, sky: float
) -> fits.Header:
    """Copy `header` with how deep the frame is, and why what is not known is not.

    Parameters
    ----------
    header : astropy.io.fits.Header
        Of the solved frame.
    told : Told or None
        None: it did not solve.
    frame : Frame
    solution : Solution or None
    sky : float
        The level of the sky in the image.
    """
    out = header.copy()
    for keyword in CARDS:
        out.remove(keyword, ignore_missing=True, remove_all=True)
    _put_airmass(out, frame, solution)
    if told is None:
        return out
    if told.stars is not None:
        put(out, "MAGBAND", told.stars.band, "band of the catalogued magnitudes")
        put_text(out, "MAGCATLG", told.stars.catalogue)
        put(out, "MAGSTAMP", told.stamp or None, "tells MAGCATLG from another of the name")
    if isinstance(told.depth, str):
        put_text(out, "MAGWHY", f"no zero point: {told.depth}")
        return out
    why = [*_put_zero_point(out, told.depth, frame), *_put_sky(out, told.depth, frame, sky)]
    if told.stars is not None and told.depth.zero_point.colour is not None:
        put(out, "MAGCOLNM", told.stars.colour_name or None, "the colour")
    if why:
        put_text(out, "MAGWHY", "; ".join(why))
    return out


def _put_zero_point(out: fits.Header, depth: Depth, frame: Frame) -> list[str]:
    """Put what the stars told; return what is not known, as clauses."""
    point = depth.zero_point
    unit = "e-" if str(out.get("BUNIT", "")).lower().startswith("e") else "ADU"
    exposure = _exposure(out, frame)
    if exposure is not None:
        value = round(depth.zero_point_of(exposure), 4)
        put(out, "MAGZP", value, f"[mag] of 1 {unit}/s, all the light of a star")
    put(out, "MAGZPERR", round(point.error, 4), "[mag] standard error of the zero point")
    put(out, "MAGZPSCT", round(point.scatter, 4), "[mag] scatter of the stars about it")
    put(out, "MAGZPN", point.stars, "stars that tell it")
    if point.colour is not None:
        put(out, "MAGZPCOL", round(point.colour, 3), "[mag] colour of the star that it is for")
    if point.colour_term is not None and point.colour_error is not None:
        put(out, "MAGCOLR", round(point.colour_term, 4), "[mag/mag] with colour, from MAGZPCOL")
        put(out, "MAGCOLER", round(point.colour_error, 4), "[mag/mag] standard error")
    if point.colour_spread is not None:
        put(
            out, "MAGCOLSP", round(point.colour_spread, 3), "[mag] root sum square of their colours"
        )
    put(out, "MAGLIM", round(depth.limit, 3), "[mag] of a star of 5 sigma of the sky")
    if exposure is None:
        return [f"no zero point for a second: EXPTIME is {frame.exposure or 'not known or 0'}"]
    return []


def _exposure(header: fits.Header, frame: Frame) -> float | None:
    """The seconds in which the units of the image were gathered; None if they are not known."""
    if _PER_SECOND.search(str(header.get("BUNIT", ""))):
        return 1.0
    return frame.exposure if frame.exposure is not None and frame.exposure > 0 else None


def _put_sky(out: fits.Header, depth: Depth, frame: Frame, level: float) -> list[str]:
    """Put the brightness of the sky, if its level counts from no light; else return why not."""
    if "B" not in (frame.done or "") and frame.bias_inside is not False:
        return ["no sky in magnitudes: bias is still in it"]
    if "D" not in (frame.done or ""):
        return ["no sky in magnitudes: no dark was subtracted"]
    level += frame.pedestal or 0.0
    if not level > 0:
        return [f"no sky in magnitudes: its level is {level:.4g}"]
    put(out, "SKYMAG", round(depth.surface(level), 3), "[mag/arcsec2] brightness of the sky")
    return []


def _put_airmass(out: fits.Header, frame: Frame, solution: Solution | None) -> None:
    """Put the airmass of the middle of frame and exposure; without, that of the header stays.

    Of a frame that did not solve it is that of where it was pointed, if the header has none.
    """
    if solution is None and "AIRMASS" in out:
        return
    aimed = frame if solution is None else solution
    airmass = airmass_in_middle(frame, aimed.ra, aimed.dec)
    if airmass is not None:
        put(out, "AIRMASS", round(airmass, 4), "of the middle of field and exposure")
