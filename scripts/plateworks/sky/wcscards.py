"""World coordinates in a header: stale cards out, the solution in."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from astropy.io import fits

from plateworks.products.headers import put, put_text, warn
from plateworks.sky.lens import Lens, invert_sip, powers
from plateworks.sky.refine import Solution

#: Keyword, value, comment.
Card = tuple[str, Any, str]

#: Cards of any world coordinate system, by whatever program: the standard's (papers I to IV, with
#: its lettered alternatives and old forms), SIP, distortion tables, IRAF's, SCAMP's, PinPoint's.
_STALE = re.compile(
    r"""
      (WCSAXES|WCSNAME|LONPOLE|LATPOLE|RADESYS|EQUINOX|CNAME\d|CTYPE\d|CUNIT\d|CRVAL\d|CRPIX\d
      |CDELT\d|CROTA\d|CRDER\d|CSYER\d|CD\d_\d|PC\d_\d|PV\d_\d+|PS\d_\d+)[A-Z]?
    | RADECSYS | EPOCH | PC0\d\d0\d\d | CD0\d\d0\d\d
    | (A|B|AP|BP)_(ORDER|DMAX|\d_\d)
    | (CPDIS|CQDIS|CPERR|CQERR|D2IMDIS|D2IMERR|DVERR)\d? | (DP|DQ|D2IM)\d.*
    | WCSDIM | WAT\d_\d+ | LTV\d | LTM\d_\d
    | IMAGEW | IMAGEH | ASTIRMS\d | ASTRRMS\d | ASTINST
    | TR[12]_\d+ | ASTRRMS
    """,
    re.VERBOSE,
)
#: What a solution of ours says of itself.
_OWN = re.compile(
    "PLTSOLVD|SOLVER|SOLVEWHY|ASTINDEX|ASTRRMS|ASTODDS|NMATCH|PIXSCALE|CATEPOCH|NCATSTAR|ASTHELD"
    "|ASTOUTER|ASTCORN|ASTQUAL|PNTOFFS|WCSOTHER|ASTFROM"
)
#: Index files of Tycho-2, whose mean places are those of the epoch 2000.
_TYCHO = "index-tycho2-"
#: Keywords that other programs use for other things: stale only if the comment tells.
_BY_COMMENT = {"PA": re.compile(r"position angle of plate", re.IGNORECASE)}


def strip_wcs(header: fits.Header) -> fits.Header:
    """Copy `header` without any card of an older astrometric solution; its history stays."""
    return fits.Header(copy.copy(card) for card in header.cards if not _is_stale(card))


def _is_own(card: fits.Card) -> bool:
    return bool(_OWN.fullmatch(card.keyword))


def _is_stale(card: fits.Card) -> bool:
    told = _BY_COMMENT.get(card.keyword)
    stale = _is_own(card) or _STALE.fullmatch(card.keyword)
    return bool(stale or (told and told.search(card.comment)))


def add_solution(
    header: fits.Header, solution: Solution, shape: tuple[int, int], colours: int = 1
) -> fits.Header:
    """Copy `header` with the world coordinates of `solution` in place of any older ones.

    Parameters
    ----------
    header : astropy.io.fits.Header
    solution : Solution
    shape : (int, int)
        Height and width of the frame, over which the inverse distortion is fitted.
    colours : int
        How many planes it has, which all show the same place.
    """
    out = strip_wcs(header)
    cards = [*_wcs_cards(solution, shape), *_third_axis(colours), *_quality_cards(solution)]
    for keyword, value, comment in cards:
        put(out, keyword, value, comment)
    return out


def lens_of(header: fits.Header) -> Lens:
    """Read the lens back that :func:`add_solution` wrote: the same from memory and from a file."""
    order = int(header.get("A_ORDER", 1))
    sip = [[header[f"{name}_{p}_{q}"] for p, q in powers(order, 2)] for name in "AB"]
    return Lens(
        (float(header["CRVAL1"]), float(header["CRVAL2"])),
        (float(header["CRPIX1"]), float(header["CRPIX2"])),
        np.array([[header[f"CD{i}_{j}"] for j in (1, 2)] for i in (1, 2)], dtype=float),
        order,
        np.array(sip, dtype=float).reshape(2, -1),
    )


def add_verdict(header: fits.Header, poor: str, offset: float | None) -> fits.Header:
    """Copy the header of a solved frame with what is to be thought of the solution.

    Parameters
    ----------
    header : astropy.io.fits.Header
    poor : str
        Why it is poor; "" if it is good.
    offset : float or None
        Degrees from the pointing that the header states.
    """
    out = header.copy()
    put(out, "ASTQUAL", "poor" if poor else "good", "of the solution")
    if offset is not None:
        put(out, "PNTOFFS", round(60 * offset, 3), "[arcmin] from the stated pointing")
    if poor:
        put_text(out, "SOLVEWHY", poor)
        warn(out, poor)
    return out


def add_failure(header: fits.Header, reason: str, keep: bool = False) -> fits.Header:
    """Copy `header` without world coordinates, and with the reason why there are none.

    With `keep`, those of another program stay, and are marked as such.
    """
    out = strip_wcs(header)
    if keep:
        out = fits.Header(copy.copy(card) for card in header.cards if not _is_own(card))
        out["WCSOTHER"] = (True, "the world coordinates are another program's")
    out["PLTSOLVD"] = (False, "the plate was not solved")
    put_text(out, "SOLVEWHY", reason)
    return out


def _wcs_cards(solution: Solution, shape: tuple[int, int]) -> list[Card]:
    """TAN, or TAN-SIP with its inverse."""
    lens = solution.lens
    projection = "TAN-SIP" if lens.order > 1 else "TAN"
    axes = ((0, "RA---", "right ascension"), (1, "DEC--", "declination"))
    cards: list[Card] = [("WCSAXES", 2, "number of world coordinate axes")]
    cards += [(f"CTYPE{i + 1}", name + projection, f"{what}, gnomonic projection")
              for i, name, what in axes]  # fmt: skip
    cards += [(f"CUNIT{i + 1}", "deg", "unit of the axis") for i, _, _ in axes]
    cards += [(f"CRVAL{i + 1}", lens.crval[i], f"[deg] {what} at the reference pixel")
              for i, _, what in axes]  # fmt: skip
    cards += [(f"CRPIX{i + 1}", lens.crpix[i], "reference pixel: the centre of the frame")
              for i, _, _ in axes]  # fmt: skip
    cards += [(f"CD{i + 1}_{j + 1}", float(lens.cd[i, j]), "[deg/pixel] transformation matrix")
              for i in (0, 1) for j in (0, 1)]  # fmt: skip
    cards += [
        ("LONPOLE", 180.0, "[deg] native longitude of the celestial pole"),
        ("LATPOLE", lens.crval[1], "[deg] native latitude of the celestial pole"),
        ("RADESYS", "ICRS", "reference system of the star catalogue"),
        ("EQUINOX", 2000.0, "[yr] equinox of the coordinates"),
    ]
    if lens.order > 1:
        cards += _sip_cards("AB", lens.order, powers(lens.order, 2), lens.sip, "distortion")
        order, inverse = invert_sip(lens, shape)
        cards += _sip_cards(("AP", "BP"), order, powers(order), inverse, "inverse distortion")
    return cards


def _third_axis(colours: int) -> list[Card]:
    """Count the planes of colour, so that the matrix of three axes can be inverted."""
    if colours == 1:
        return []
    return [
        ("WCSAXES", 3, "number of world coordinate axes"),
        ("CTYPE3", "RGB", "planes: red, green, blue"),
        ("CRVAL3", 1.0, "of the first plane"),
        ("CRPIX3", 1.0, "the first plane"),
        ("CD3_3", 1.0, "planes are counted"),
    ]


def _sip_cards(
    names: Sequence[str],
    order: int,
    exponents: Sequence[tuple[int, int]],
    coefficients: np.ndarray,
    what: str,
) -> list[Card]:
    cards: list[Card] = []
    for name, row in zip(names, coefficients, strict=True):
        cards.append((f"{name}_ORDER", order, f"order of the {what}"))
        cards += [
            (f"{name}_{p}_{q}", float(value), f"{what}")
            for (p, q), value in zip(exponents, row, strict=True)
        ]
    return cards


def _rounded(value: float | None, digits: int = 2) -> float | None:
    return None if value is None else round(value, digits)


def _epoch(solution: Solution) -> tuple[str, str]:
    """Say for when the stars are, and why; those of Tycho-2 have no proper motions beside them."""
    if solution.epoch is not None:
        share = f"of {solution.moved} of the {solution.n_matched} stars"
        return f"J{solution.epoch:.3f}", f"epoch {share}, by proper motion"
    there = "J2000.0" if solution.index.startswith(_TYCHO) else "as indexed"
    return there, "epoch of the stars: no proper motion is applied"


def _quality_cards(solution: Solution) -> list[tuple]:
    """How the solution was found and how good it is."""
    return [
        ("PLTSOLVD", True, "the plate was solved"),
        ("SOLVER", solution.engine, "engine that found the field"),
        ("ASTFROM", solution.neighbour or None, "frame of the field that it was refined from"),
        ("ASTINDEX", solution.index, "index file that matched"),
        ("NMATCH", solution.n_matched, "catalogue stars matched"),
        ("NCATSTAR", solution.coverage.inner + solution.coverage.outer, "of so many in the field"),
        ("CATEPOCH", *_epoch(solution)),
        ("ASTRRMS", round(solution.rms_arcsec, 4), "[arcsec] rms distance of the matched stars"),
        ("ASTHELD", _rounded(solution.held_out_px, 3), "[pixel] rms distance of held-out stars"),
        ("ASTOUTER", _rounded(solution.outer_px, 3), "[pixel] the same, outer third of the field"),
        ("ASTCORN", _rounded(solution.corner_px, 3), "[pixel] corners are within, 19 of 20 cases"),
        ("ASTODDS", _rounded(solution.logodds), "ln of the odds of the first match"),
        ("PIXSCALE", round(solution.lens.scale, 6), "[arcsec/pixel] at the reference pixel"),
    ]
