"""L.A.Cosmic where stars are sharp: parameters that follow their width, and cores left alone.

The contrast by which L.A.Cosmic tells stars from cosmic rays falls short where stars are hardly
wider than a pixel, which those of one colour of a mosaic nearly always are.  So the width of stars
is measured first.  The least contrast follows it, and what is found none the less is looked at:
hits that may be stars are given back.  Where that does not help, nothing is repaired at all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Bools, Floats, Integers, Reals
from plateworks.pixels.cfa import MONO, MOSAIC
from plateworks.pixels.cosmics import clean, unexplained_variance
from plateworks.pixels.starlike import Judged, Scene, judge
from plateworks.pixels.starwidth import StarWidth, star_width

#: FWHM in pixels that is taken where too few stars tell it, unless one is sharper; of a mosaic.
UNKNOWN, UNKNOWN_OF_MOSAIC = 1.3, 2.0
#: ``objlim`` is so many times the contrast of a Gaussian star without noise in the middle of a
#: pixel, within limits: below the first nothing is gained, above the last cosmic rays are missed.
MARGIN, LEAST, MOST = 8.0, 5.0, 20.0


class Cleaned(NamedTuple):
    """A frame without its cosmic rays, and how they were found.

    Attributes
    ----------
    image : (H, W) float32 array
    hit : (H, W) bool array
        Empty where the step was stopped.
    objlim : float
        As it was used.
    width : StarWidth
        Of the stars.
    given_back : int
        Hits of L.A.Cosmic that may be stars, which were left as they are.
    stopped : str
        Why nothing was repaired; empty if all is well.
    """

    image: Floats
    hit: Bools
    objlim: float
    width: StarWidth
    given_back: int
    stopped: str


def clean_but_stars(
    image: Reals,
    *,
    egain: float,
    read_noise: float,
    saturation_adu: float | None = None,
    mask: Bools | None = None,
    bayer: str | None = None,
    sigclip: float = 4.5,
    sigfrac: float = 0.3,
    objlim: float | None = None,
    niter: int = 4,
) -> Cleaned:
    """Find cosmic rays and repair them, and leave stars alone.

    Parameters
    ----------
    image, egain, read_noise, saturation_adu, mask, sigclip, sigfrac, niter
        As :func:`plateworks.pixels.cosmics.clean` takes them.
    bayer : str, optional
        The colours of the first 2x2 pixels of a mosaic.
    objlim : float, optional
        By default as the width of the stars demands; hits that may be stars are then given back.
        With a number the mask is that of astroscrappy, or empty where that takes stars.

    Returns
    -------
    Cleaned
    """
    cell = MONO if bayer is None else MOSAIC
    missing = ~np.isfinite(image)
    ignored = missing if mask is None else missing | mask
    width = star_width(image, egain=egain, mask=ignored, saturation_adu=saturation_adu, bayer=bayer)
    fwhm = width.fwhm or min(UNKNOWN_OF_MOSAIC if cell.colours else UNKNOWN, width.sharpest)
    used = contrast_limit(fwhm / cell.step) if objlim is None else objlim
    extra = unexplained_variance(image, egain=egain, read_noise=read_noise, cell=cell)
    cleaned, hit = clean(
        image,
        egain=egain,
        read_noise=read_noise,
        saturation_adu=saturation_adu,
        mask=mask,
        extra=extra,
        cell=cell,
        sigclip=sigclip,
        sigfrac=sigfrac,
        objlim=used,
        niter=niter,
    )
    y, x = np.nonzero(hit)
    judged = judge(Scene(image, extra, ignored, egain, read_noise, fwhm, bayer), y, x)
    given_back, stopped = 0, ""
    if objlim is None:
        back = judged.doubtful
        given_back = int(np.count_nonzero(back))
        hit[y[back], x[back]] = False
        cleaned[y[back], x[back]] = image[y[back], x[back]]
        y, x = y[~back], x[~back]
    elif width.fwhm is not None:
        stopped = _too_many_stars(judged, width)
    stopped = stopped or _stars_struck(y, x, width, image.size)
    if stopped:
        cleaned, hit, given_back = image.astype(np.float32), np.zeros(image.shape, bool), 0
    return Cleaned(cleaned, hit, used, width, given_back, stopped)


def contrast_limit(fwhm: float) -> float:
    """Return the ``objlim`` for stars of a FWHM in pixels of one colour, as they are sampled.

    Notes
    -----
    With q what is left one pixel beside the peak, the Laplacian is 1 - q of the peak, and the fine
    structure, a median over rows and columns, about q**2.  Half of the limits' margin is for stars
    that are sharper than most, half for noise.
    """
    beside = float(np.exp(-4 * np.log(2) / fwhm**2))
    return min(max(MARGIN * (1 - beside) / beside**2, LEAST), MOST)


def _excess(found: int, by_chance: float) -> bool:
    return found > by_chance + 3 * np.sqrt(by_chance) + 2


def _too_many_stars(judged: Judged, width: StarWidth) -> str:
    """Say it where more hits are stars than cosmic rays fall on stars by chance."""
    stars, groups = judged.stars(), judged.groups()
    by_chance = groups * width.covered
    if not _excess(stars, by_chance):
        return ""
    return (
        f"{stars} of the {groups} cosmic rays that L.A.Cosmic finds look like stars, where chance "
        f"makes {by_chance:.0f}"
    )


def _stars_struck(y: Integers, x: Integers, width: StarWidth, pixels: int) -> str:
    """Say it where more cores of the sampled stars are hit than chance hits."""
    if width.fwhm is None or not y.size:
        return ""
    from scipy.spatial import KDTree

    reach = max(1.0, width.fwhm / 2)
    distance, _ = KDTree(np.stack([y, x], axis=1)).query(np.stack([width.y, width.x], axis=1))
    struck, stars = int(np.count_nonzero(distance <= reach)), width.y.size
    by_chance = stars * np.pi * (reach + 0.5) ** 2 * y.size / pixels
    if not _excess(struck, by_chance):
        return ""
    return (
        f"L.A.Cosmic takes the cores of {struck} of {stars} bright stars for cosmic rays, where "
        f"chance makes {by_chance:.0f}"
    )
