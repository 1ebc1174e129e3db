"""How bright stars are on an image: their whole light, each with its error.

The light is summed in an aperture of twice the width of a star, ring by ring, after neighbours are
subtracted and their middles cut away (the mean of the rest of a ring stands for it), and made whole
by the profile that the brighter stars have in common.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.pixels.statistics import MAD_TO_SIGMA
from plateworks.sky.cutouts import SKY_RING, Cutouts, cut_out, how_many
from plateworks.sky.moffat import Moffat, Spread, fit_spread

#: The ends of the rings in which light is summed, in widths of a star; the first is a circle.
RINGS = np.array([0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0])
#: So many of them make the aperture.
INSIDE = 3
#: A ring of which less is seen is unknown.
LEAST_SEEN = 0.5
#: Stars narrower than this, in pixels, are taken as so wide: rings must hold pixels.
LEAST_WIDTH = 1.8
#: So many stars are measured, out of so many times as many; by so many the profile is told, the
#: brightest of so many that are alike.
MOST, OUT_OF, TELLING, ALIKE = 200, 5, 15, 30
#: Pixels of sky that a star must have about it.
LEAST_SKY = 20
#: Least signal to noise of a star that is used.
LEAST_SIGNAL = 10.0
#: How far the part of the light in the core may be from that of other stars, beyond its noise: as
#: such, and in the scatter of all.  Farther off, a star is saturated, blended, or none.
CORE_WITHIN, CORE_SCATTERS = 0.02, 4.0
#: The error of a median, beside that of a mean, where the scatter is normal.
_MEDIAN_ERROR = 1.2533


class Fluxes(NamedTuple):
    """The stars that can be measured.

    Attributes
    ----------
    rows : (N,) int array
        Which of those asked for.
    flux, error : (N,) float64 arrays
        In units of the image, of the whole star; the error is that by the noise of the sky.
    whole_error : float
        Relative error that all have in common: of the light beyond the aperture, and of that of
        stars too faint to be seen.
    profile : Moffat
        Of the cut-outs: of a mosaic, as its means of 2x2 pixels show it.
    noise : float
        Of a pixel of the sky about them.
    """

    rows: np.ndarray
    flux: np.ndarray
    error: np.ndarray
    whole_error: float
    profile: Moffat
    noise: float


class Field(NamedTuple):
    """An image and its sources.

    Attributes
    ----------
    image : (H, W) array
    mask : (H, W) array or None
        A star whose middle has a pixel that is not zero is left out.
    mosaic : bool
        Whether it is a colour mosaic; then the light of all colours is summed.
    xy, flux : (M, 2) and (M,) float64 arrays
        All sources, in pixels counted from 0, and roughly how bright they are.
    width : float
        Full width at half maximum of the stars, in pixels.
    """

    image: np.ndarray
    mask: np.ndarray | None
    mosaic: bool
    xy: np.ndarray
    flux: np.ndarray
    width: float


class _Light(NamedTuple):
    """Stars that can be measured: their rows, (N, K) light of each ring, and the sky about them."""

    rows: np.ndarray
    rings: np.ndarray
    noise: np.ndarray
    unseen: np.ndarray
    readings: np.ndarray

    def where(self, keep: np.ndarray) -> _Light:
        return _Light(*(values[keep] for values in self))

    @property
    def held(self) -> np.ndarray:
        """The light in the aperture, (N,)."""
        return self.rings[:, :INSIDE].sum(axis=1)


def measure_fluxes(field: Field, wanted: np.ndarray) -> Fluxes | None:
    """Measure stars, leaving out what is saturated, flagged, blended or at an edge.

    Parameters
    ----------
    field : Field
    wanted : (N,) int array
        Which sources are to be measured; of more than some hundred, the brightest.

    Returns
    -------
    Fluxes or None
        None: no star can be measured.
    """
    if not len(wanted):
        return None
    field = field._replace(width=max(field.width, LEAST_WIDTH))
    first = _like_most(_read(field, wanted, ALIKE, None), field.width)
    profile = _spread(first, field.width).profile
    light = _like_most(_read(field, wanted, MOST, profile), field.width)
    if not len(light.rows):
        return None
    spread = _spread(light, field.width)
    # Of stars too faint to be seen, some are always nearer than the sky about a star tells.
    among = np.median(_unseen(light, field.width) / light.held)
    return Fluxes(
        light.rows,
        light.held * spread.whole,
        _noise_of(light, field.width) * spread.whole,
        float(np.hypot(spread.error / spread.whole, among)),
        spread.profile,
        float(np.median(light.noise)),
    )


def _read(field: Field, wanted: np.ndarray, most: int, profile: Moffat | None) -> _Light:
    """Sum the light of so many stars, by and by: of the brightest, many may be saturated."""
    order = np.argsort(-field.flux[wanted], kind="stable")
    size = max(1, min(most, how_many(field.width)))
    some, count = list[_Light](), 0
    for start in range(0, min(len(order), OUT_OF * size), size):
        rows = order[start : start + size]
        cutouts = cut_out(
            field.image, field.mask, field.mosaic, field.xy, field.flux, wanted[rows],
            field.width, profile,
        )  # fmt: skip
        rings = _rings(cutouts, field.width)
        good = ~cutouts.core & (cutouts.readings >= LEAST_SKY)
        good &= np.isfinite(rings[:, :INSIDE]).all(axis=1)
        noise = cutouts.noise * (2 if field.mosaic else 1)  # theirs is that of the mean of four
        light = _Light(rows, rings, noise, cutouts.unseen, cutouts.readings)
        some.append(light.where(good))
        count += int(good.sum())
        if count >= size / 2:
            break
    return _Light(*map(np.concatenate, zip(*some, strict=True)))


def _rings(cutouts: Cutouts, width: float) -> np.ndarray:
    """Sum the light of each ring, NaN where too little of it is seen: (N, K)."""
    import sep

    seen = (~cutouts.bad).astype(np.float32)
    light = np.empty((len(cutouts.x), len(RINGS) - 1))
    for ring, (inner, outer) in enumerate(zip(width * RINGS[:-1], width * RINGS[1:], strict=True)):
        place = cutouts.x, cutouts.y, inner, outer
        light[:, ring], _, _ = sep.sum_circann(cutouts.data, *place, mask=cutouts.bad, subpix=0)
        area, _, _ = sep.sum_circann(seen, *place, subpix=0)
        light[area < LEAST_SEEN * np.pi * (outer**2 - inner**2), ring] = np.nan
    return light


def _pixels(width: float) -> np.ndarray:
    """How many pixels each ring has: (K,)."""
    return np.pi * width**2 * np.diff(RINGS**2)


def _noise_of(light: _Light, width: float) -> np.ndarray:
    """The noise of an aperture, and of the sky that was taken off all of its pixels: (N,).

    Stars that are too faint to be seen lie in it unevenly, by about as much as there are.
    """
    pixels = _pixels(width)[:INSIDE].sum()
    noise = light.noise * np.sqrt(pixels * (1 + pixels / light.readings))
    return np.hypot(noise, _unseen(light, width))


def _unseen(light: _Light, width: float) -> float:
    """The light of stars in an aperture that are too faint to be seen."""
    if not len(light.unseen):
        return 0.0
    return max(float(np.median(light.unseen)), 0.0) * float(_pixels(width)[:INSIDE].sum())


def _like_most(light: _Light, width: float) -> _Light:
    """Keep stars that are bright enough, and have as much of their light in the core as most."""
    light = light.where(light.held > LEAST_SIGNAL * _noise_of(light, width))
    if not len(light.rows):
        return light
    core = light.rings[:, 0] / light.held
    doubt = light.noise * np.sqrt(_pixels(width)[0]) / light.held
    usual = np.median(core[:ALIKE])
    scatter = MAD_TO_SIGMA * np.median(np.abs(core[:ALIKE] - usual))
    allowed = np.maximum(CORE_WITHIN, CORE_SCATTERS * scatter)
    return light.where(np.abs(core - usual) < np.hypot(allowed, CORE_SCATTERS * doubt))


def _spread(light: _Light, width: float) -> Spread:
    """Tell the profile by the brightest stars, as far as they do; else as stars usually are."""
    light = light.where(np.argsort(-light.held, kind="stable")[:TELLING])
    parts, errors = np.zeros(len(RINGS) - 1), np.full(len(RINGS) - 1, np.inf)
    for ring, (seen, pixels) in enumerate(zip(light.rings.T, _pixels(width), strict=True)):
        known = np.isfinite(seen)
        if not known.any():
            continue
        some = seen[known] / light.held[known]
        parts[ring] = np.median(some)
        scatter = MAD_TO_SIGMA * np.median(np.abs(some - parts[ring]))
        expected = np.median(light.noise[known] / light.held[known]) * np.sqrt(pixels)
        errors[ring] = _MEDIAN_ERROR * max(scatter, expected) / np.sqrt(len(some))
    sky = SKY_RING[0] * width, SKY_RING[1] * width
    return fit_spread(RINGS * width, RINGS[INSIDE] * width, parts, errors, sky, width)
